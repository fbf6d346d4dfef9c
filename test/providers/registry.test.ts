import { createProviders } from '../../activities/providers';
import { PROVIDER_KINDS, type ProviderConfig } from '../../activities/providers/provider';
import { testModel } from '../support/model-call';

function config(changes: Partial<ProviderConfig>): ProviderConfig {
  return { name: 'test', kind: 'scripted', options: {}, allowPrivateNetwork: false, ...changes };
}

const none = (): undefined => undefined;
const problem = (changes: Partial<ProviderConfig>, secrets: (name: string) => string | undefined = none): string | undefined =>
  createProviders([config(changes)], secrets).problems()[0]?.message;

test('serves a model by the provider entry that it names', () => {
  const providers = createProviders([config({ name: 'a' }), config({ name: 'b', kind: 'openai', apiKeyEnv: 'B_KEY' })], () => 'key');
  expect(providers.for(testModel({ provider: 'a' }))?.kind).toBe('scripted');
  expect(providers.for(testModel({ provider: 'b' }))?.kind).toBe('openai');
  expect(providers.for(testModel({ provider: 'c' }))).toBeUndefined();
  expect(providers.configured()).toEqual(new Set(['a', 'b']));
});

test('an entry without its key cannot be called, and says which variable to set; the others can', () => {
  const providers = createProviders([config({ name: 'a' }), config({ name: 'b', kind: 'openai', apiKeyEnv: 'B_KEY' })], none);
  expect(providers.configured()).toEqual(new Set(['a']));
  expect(providers.for(testModel({ provider: 'b' }))).toBeUndefined();
  expect(providers.problems()).toEqual([{ provider: 'b', message: expect.stringContaining('B_KEY') }]);
});

test.each([
  ['a base URL in a private network', { kind: 'openai', baseUrl: 'https://10.0.0.1/v1', apiKeyEnv: 'K' }, 'private network'],
  ['a base URL that is not https', { kind: 'openai', baseUrl: 'http://api.example.com', apiKeyEnv: 'K' }, 'https'],
  ['no name of a key', { kind: 'anthropic' }, 'api_key_env'],
  ['no Azure resource', { kind: 'azure', apiKeyEnv: 'K' }, 'resource'],
  ['an Azure resource that is another host', { kind: 'azure', apiKeyEnv: 'K', options: { resource: 'evil.com/#' } }, 'resource'],
  ['no AWS region', { kind: 'bedrock', apiKeyEnv: 'K' }, 'region'],
  ['an AWS region that is another host', { kind: 'bedrock', apiKeyEnv: 'K', options: { region: 'x.evil.com/#' } }, 'region'],
  ['no base URL', { kind: 'openai-compatible' }, 'base_url'],
  ['no program', { kind: 'command' }, 'command'],
  ['no data set', { kind: 'recorded' }, 'file'],
  ['a share that is no number', { kind: 'recorded', options: { file: 'x', faults_percent: 'some' } }, 'faults_percent'],
  ['a delay that is no number', { options: { latency_ms: '-1' } }, 'latency_ms'],
] as [string, Partial<ProviderConfig>, string][])('an entry with %s says so', (_name, changes, word) => {
  expect(problem(changes, () => 'key')).toContain(word);
});

test('Bedrock wants a key of its own or the pair of AWS keys', () => {
  const bedrock = { kind: 'bedrock', apiKeyEnv: 'AWS_BEARER_TOKEN_BEDROCK', options: { region: 'eu-west-1' } } as const;
  expect(problem(bedrock)).toContain('AWS_ACCESS_KEY_ID');
  expect(problem(bedrock, (name) => (name === 'AWS_BEARER_TOKEN_BEDROCK' ? 'key' : undefined))).toBeUndefined();
  expect(problem(bedrock, (name) => (name.startsWith('AWS_') && name !== 'AWS_BEARER_TOKEN_BEDROCK' ? 'key' : undefined))).toBeUndefined();
});

test('a key that no header can carry is not shown, only its variable', () => {
  const message = problem({ kind: 'openai', apiKeyEnv: 'K' }, () => 'sk-canary\nsecond line');
  expect(message).toContain('K holds characters');
  expect(message).not.toContain('canary');
  expect(problem({ kind: 'openai', apiKeyEnv: 'K' }, () => ' ')).toContain('not set');
});

test('a local server needs no key', () => {
  expect(problem({ kind: 'openai-compatible', baseUrl: 'http://localhost:11434/v1', allowPrivateNetwork: true })).toBeUndefined();
});

test('every kind of provider is either made or says what it misses', () => {
  for (const kind of PROVIDER_KINDS) {
    const providers = createProviders([config({ kind })], none);
    expect(providers.configured().size + providers.problems().length).toBe(1);
  }
});
