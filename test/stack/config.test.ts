/** Which parts are the user's own, as the environment says. */

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
  const address = { TEMPORAL_ADDRESS: 'ns.acct.tmprl.cloud:7233', TEMPORAL_NAMESPACE: 'ns.acct' };
  expect(readStackConfig({ ...address, TEMPORAL_TLS: 'true' }).temporal).toMatchObject({ namespace: 'ns.acct', tls: {} });
  expect(readStackConfig({ ...address, TEMPORAL_API_KEY: 'key' }).temporal).toMatchObject({ apiKey: 'key' });
  expect(
    readStackConfig({ ...address, TEMPORAL_TLS_CLIENT_CERT_PATH: '/c.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: '/k.pem' }).temporal,
  ).toMatchObject({
    tls: { clientCertificateFile: '/c.pem', clientKeyFile: '/k.pem' },
  });
});

test('names every bad setting at once, and never its value', () => {
  const read = () => readStackConfig({ DATABASE_URL: 'mysql://u:hunter2@h/x', TEMPORAL_ADDRESS: 'https://h', TEMPORAL_TLS: 'maybe' });
  expect(read).toThrow(
    expect.objectContaining({ code: 'bad_config', message: expect.stringMatching(/DATABASE_URL.*TEMPORAL_ADDRESS.*TEMPORAL_TLS/) }),
  );
  expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
});

test('a certificate without its key, and a key for no server, are contradictions', () => {
  expect(() => readStackConfig({ TEMPORAL_ADDRESS: 'h:1', TEMPORAL_TLS_CLIENT_CERT_PATH: '/c.pem' })).toThrow(/belong together/);
  expect(() => readStackConfig({ TEMPORAL_API_KEY: 'key' })).toThrow(/TEMPORAL_ADDRESS is not/);
});
