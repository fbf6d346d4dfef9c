/**
 * The providers of a catalogue, each made from its entry and the keys that the environment holds.
 */

import type { Model } from '../../routing/catalogue';
import { addressProblem } from './addresses';
import { anthropicProvider } from './anthropic';
import { azureProvider } from './azure';
import { bedrockProvider } from './bedrock';
import { makeCommand } from './command';
import { googleProvider } from './google';
import { openaiProvider } from './openai';
import { openaiCompatibleProvider } from './openai-compatible';
import type { Provider, ProviderConfig } from './provider';
import { recordedProvider } from './recorded';
import { scriptedProvider } from './scripted';

/** Why a provider entry cannot be called, for people. */
export interface ProviderProblem {
  readonly provider: string;
  readonly message: string;
}

export interface Providers {
  /** The provider that serves a model; undefined when its entry is missing or cannot be called, see `problems`. */
  for(model: Model): Provider | undefined;
  /** Names of the entries that can be called: what they need is there. */
  configured(): ReadonlySet<string>;
  /** Why the other entries cannot be called. */
  problems(): readonly ProviderProblem[];
}

/**
 * Makes every provider that can be made. Nothing is called or loaded yet: a package is loaded on its first call, so that a
 * process that uses only scripted models loads none.
 *
 * @param secrets the value of an environment variable; undefined when it is unset
 */
export function createProviders(configs: readonly ProviderConfig[], secrets: (envName: string) => string | undefined): Providers {
  const made = new Map(configs.map((config) => [config.name, makeProvider(config, secrets)] as const));
  const usable = new Map([...made].filter((entry): entry is [string, Provider] => typeof entry[1] !== 'string'));
  return {
    for: (model) => usable.get(model.provider),
    configured: () => new Set(usable.keys()),
    problems: () => [...made].flatMap(([provider, reason]) => (typeof reason === 'string' ? [{ provider, message: reason }] : [])),
  };
}

/** The provider of an entry, or the reason why there is none. */
function makeProvider(config: ProviderConfig, secrets: (envName: string) => string | undefined): Provider | string {
  const problem = config.baseUrl === undefined ? undefined : addressProblem(config.baseUrl, config.allowPrivateNetwork);
  if (problem !== undefined) return `its base_url cannot be used: ${problem}`;
  switch (config.kind) {
    case 'anthropic':
      return withKey(config, secrets, (key) => anthropicProvider(config, key));
    case 'openai':
      return withKey(config, secrets, (key) => openaiProvider(config, key));
    case 'google':
      return withKey(config, secrets, (key) => googleProvider(config, key));
    case 'azure':
      return withKey(config, secrets, (key) => {
        if (config.baseUrl === undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/i.test(config.options.resource ?? '')) {
          return 'it has neither a base_url nor a valid name of an Azure resource. Set one of them.';
        }
        return azureProvider(config, key);
      });
    case 'bedrock':
      return makeBedrock(config, secrets);
    case 'openai-compatible':
      if (config.baseUrl === undefined) return 'it has no base_url. Set the address that ends before /chat/completions.';
      return config.apiKeyEnv === undefined
        ? openaiCompatibleProvider(config, undefined)
        : withKey(config, secrets, (key) => openaiCompatibleProvider(config, key));
    case 'command':
      return makeCommand(config, secrets);
    case 'scripted':
      return numberProblem(config, ['latency_ms']) ?? scriptedProvider(config);
    case 'recorded':
      if (config.options.file === undefined) return 'it has no data set. Set its option file.';
      return numberProblem(config, ['faults_percent', 'pace', 'degraded_percent']) ?? recordedProvider(config);
  }
}

type Secrets = (envName: string) => string | undefined;

/** Options are texts; these must be numbers, 0 or more. */
function numberProblem({ options }: ProviderConfig, names: readonly string[]): string | undefined {
  const wrong = names.find((name) => !/^\d{1,9}(\.\d{1,9})?$/.test(options[name] ?? '0'));
  return wrong === undefined ? undefined : `its option ${wrong} is not a number. Give a number, 0 or more.`;
}

/**
 * The value of a secret, handed to `make`, or what is wrong with it. A secret that no header can carry is refused here: the
 * error of the header would show it.
 */
function withSecret(name: string, secrets: Secrets, make: (secret: string) => Provider | string): Provider | string {
  const secret = secrets(name)?.trim() ?? '';
  if (secret === '') return `${name} is not set. Put the key into that environment variable.`;
  return /^[\x21-\x7e]+$/.test(secret) ? make(secret) : `${name} holds characters that no key has. Set it again.`;
}

function withKey(config: ProviderConfig, secrets: Secrets, make: (key: string) => Provider | string): Provider | string {
  if (config.apiKeyEnv === undefined) return 'its entry names no api_key_env. Name the environment variable that holds the key.';
  return withSecret(config.apiKeyEnv, secrets, make);
}

function makeBedrock(config: ProviderConfig, secrets: Secrets): Provider | string {
  if (!/^[a-z0-9-]{1,40}$/.test(config.options.region ?? '')) return 'it has no valid AWS region. Set its option region.';
  const { apiKeyEnv, options } = config;
  if (apiKeyEnv !== undefined && secrets(apiKeyEnv)) return withSecret(apiKeyEnv, secrets, (apiKey) => bedrockProvider(config, { apiKey }));
  const idEnv = options.access_key_id_env ?? 'AWS_ACCESS_KEY_ID';
  const secretEnv = options.secret_access_key_env ?? 'AWS_SECRET_ACCESS_KEY';
  const sessionEnv = options.session_token_env ?? 'AWS_SESSION_TOKEN';
  if (!secrets(idEnv) || !secrets(secretEnv)) return `neither ${apiKeyEnv ?? 'a key'} nor the pair ${idEnv} and ${secretEnv} is set.`;
  return withSecret(idEnv, secrets, (accessKeyId) =>
    withSecret(secretEnv, secrets, (secretAccessKey) => {
      const credentials = { accessKeyId, secretAccessKey };
      if (!secrets(sessionEnv)) return bedrockProvider(config, credentials);
      return withSecret(sessionEnv, secrets, (sessionToken) => bedrockProvider(config, { ...credentials, sessionToken }));
    }),
  );
}
