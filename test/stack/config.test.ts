/** Which parts are the user's own, as the environment says. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStackConfig } from '../../client/stack/config';

test('without settings everything is embedded, and an empty variable is no setting', () => {
  expect(readStackConfig({ PATH: '/bin' })).toEqual({});
  expect(readStackConfig({ DATABASE_URL: '', TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '' })).toEqual({});
});

test('each part is replaced on its own', () => {
  expect(readStackConfig({ DATABASE_URL: 'postgres://u:p@db.example/x' })).toEqual({ databaseUrl: 'postgres://u:p@db.example/x' });
  expect(readStackConfig({ TEMPORAL_ADDRESS: 'temporal.example:7233' })).toEqual({
    temporal: { address: 'temporal.example:7233', namespace: 'default' },
  });
});

test('a server with certificates or a key is reached by TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-config-'));
  const [certificate, key] = [join(folder, 'client.pem'), join(folder, 'client.key')];
  writeFileSync(certificate, 'certificate');
  writeFileSync(key, 'key');
  const address = { TEMPORAL_ADDRESS: 'ns.acct.tmprl.cloud:7233', TEMPORAL_NAMESPACE: 'ns.acct' };
  expect(readStackConfig({ ...address, TEMPORAL_TLS: 'true' }).temporal).toMatchObject({ namespace: 'ns.acct', tls: {} });
  expect(readStackConfig({ ...address, TEMPORAL_API_KEY: 'secret' }).temporal).toMatchObject({ apiKey: 'secret', tls: true });
  const mutual = readStackConfig({ ...address, TEMPORAL_TLS_CLIENT_CERT_PATH: certificate, TEMPORAL_TLS_CLIENT_KEY_PATH: key }).temporal;
  expect(mutual).toMatchObject({ tls: { clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) } } });
  rmSync(folder, { recursive: true });
});

test('a certificate file that cannot be read is named', () => {
  const read = () =>
    readStackConfig({ TEMPORAL_ADDRESS: 'h:1', TEMPORAL_TLS_CLIENT_CERT_PATH: '/none/c.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: '/none/k.pem' });
  expect(read).toThrow(expect.objectContaining({ code: 'bad_config', message: expect.stringContaining('/none/c.pem') }));
});

test('names every bad setting at once, and never its value', () => {
  const read = () => readStackConfig({ DATABASE_URL: 'mysql://u:hunter2@h/x', TEMPORAL_ADDRESS: 'https://h' });
  expect(read).toThrow(expect.objectContaining({ code: 'bad_config', message: expect.stringMatching(/DATABASE_URL.*TEMPORAL_ADDRESS/) }));
  expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
});

test('a certificate without its key, and a key for no server, are contradictions', () => {
  expect(() => readStackConfig({ TEMPORAL_ADDRESS: 'h:1', TEMPORAL_TLS_CLIENT_CERT_PATH: '/c.pem' })).toThrow(/belong together/);
  expect(() => readStackConfig({ TEMPORAL_API_KEY: 'key' })).toThrow(/TEMPORAL_ADDRESS is not/);
});
