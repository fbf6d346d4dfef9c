import { lookup } from 'node:dns';
import { addressProblem, CLOSED_ADDRESS, guardedLookup, isOpenAddress } from '../../activities/providers/addresses';

const PRIVATE = [
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '100.64.0.1', // carrier-grade NAT
  '198.18.0.1',
  '::1',
  '::ffff:127.0.0.1', // IPv4 in IPv6
  '::ffff:a00:1',
  '64:ff9b::10.0.0.1', // IPv4 behind NAT64
  'fd00::1',
];
const NEVER = [
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  'ff02::1',
  '224.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  '::',
];
const PUBLIC = ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::1.1.1.1'];

test.each(PRIVATE)('%s is open only where private networks are', (address) => {
  expect([isOpenAddress(address, false), isOpenAddress(address, true)]).toEqual([false, true]);
});
test.each(NEVER)('%s is never open', (address) => {
  expect([isOpenAddress(address, false), isOpenAddress(address, true)]).toEqual([false, false]);
});
test.each(PUBLIC)('%s is open', (address) => {
  expect(isOpenAddress(address, false)).toBe(true);
});

test.each([
  'http://api.example.com/v1',
  'ftp://api.example.com',
  'api.example.com',
  'https://user:secret@api.example.com',
  'https://api.example.com/v1?key=1',
  'https://api.example.com/v1#x',
  'https://127.0.0.1/v1',
  'https://2130706433/v1', // 127.0.0.1 as one number
  'https://0x7f.1/v1',
  'https://[::1]/v1',
  'https://[::ffff:169.254.169.254]/latest',
])('%s cannot be a base URL', (url) => {
  const problem = addressProblem(url, false);
  expect(problem).toEqual(expect.any(String));
  expect(problem).not.toContain('secret');
});

test('plain http and private addresses may be base URLs where that is allowed', () => {
  expect(addressProblem('http://127.0.0.1:11434/v1', true)).toBeUndefined();
  expect(addressProblem('https://169.254.169.254/v1', true)).toEqual(expect.any(String));
  expect(addressProblem('https://api.example.com/v1', false)).toBeUndefined();
});

test('a name is checked by the address that it leads to when the socket is opened', async () => {
  const open = (allowed: boolean) =>
    new Promise<string>((resolve) => {
      guardedLookup(allowed)('localhost', { all: true }, (error, addresses) => resolve(error?.code ?? JSON.stringify(addresses)));
    });
  const expected = await new Promise((resolve) => lookup('localhost', { all: true }, (_error, addresses) => resolve(addresses)));
  expect(await open(false)).toBe(CLOSED_ADDRESS);
  expect(JSON.parse(await open(true))).toEqual(expected);
});
