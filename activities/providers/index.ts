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
 * @param secrets the value of an environment variable; undefined when it is unset or empty
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
      return scriptedProvider(config);
    case 'recorded':
      return config.options.file === undefined ? 'it has no data set. Set its option file.' : recordedProvider(config);
  }
}

type Secrets = (envName: string) => string | undefined;

function withKey(config: ProviderConfig, secrets: Secrets, make: (key: string) => Provider | string): Provider | string {
  if (config.apiKeyEnv === undefined) return 'its entry names no api_key_env. Name the environment variable that holds the key.';
  const key = secrets(config.apiKeyEnv);
  return key === undefined ? `${config.apiKeyEnv} is not set. Put the key into that environment variable.` : make(key);
}

function makeBedrock(config: ProviderConfig, secrets: Secrets): Provider | string {
  if (!/^[a-z0-9-]{1,40}$/.test(config.options.region ?? '')) return 'it has no valid AWS region. Set its option region.';
  const apiKey = config.apiKeyEnv === undefined ? undefined : secrets(config.apiKeyEnv);
  if (apiKey !== undefined) return bedrockProvider(config, { apiKey });
  const accessKeyId = secrets('AWS_ACCESS_KEY_ID');
  const secretAccessKey = secrets('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return `neither ${config.apiKeyEnv ?? 'api_key_env'} nor the pair AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set.`;
  }
  const sessionToken = secrets('AWS_SESSION_TOKEN');
  return bedrockProvider(config, { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) });
}
