/** What providers need from the environment, so that a missing key is told before a task is refused for it. */

import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ProviderEntry } from '../../db/documents/build-provider';
import type { Environment } from '../stack/engine-cache';

/** What an entry lacks, as the rest of a sentence that begins with its name; undefined when it can be called. */
export function missingOf(provider: ProviderEntry, env: Environment): string | undefined {
  const { kind, apiKeyEnv, command } = provider;
  const hasKey = apiKeyEnv !== undefined && isSet(env, apiKeyEnv);
  switch (kind) {
    case 'anthropic':
    case 'openai':
    case 'google':
    case 'azure':
      if (hasKey) return undefined;
      return apiKeyEnv === undefined ? 'names no api_key_env' : `needs ${apiKeyEnv}`;
    case 'bedrock': {
      if (hasKey || (isSet(env, 'AWS_ACCESS_KEY_ID') && isSet(env, 'AWS_SECRET_ACCESS_KEY'))) return undefined;
      const pair = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
      return `needs ${apiKeyEnv === undefined ? pair : `${apiKeyEnv}, or ${pair}`}`;
    }
    case 'openai-compatible':
      return apiKeyEnv === undefined || hasKey ? undefined : `needs ${apiKeyEnv}`;
    case 'command':
      return command === undefined || isProgram(command.program, env.PATH ?? '')
        ? undefined
        : `needs the program "${command.program}" in PATH`;
    case 'scripted':
    case 'recorded':
      return undefined;
  }
}

function isSet(env: Environment, variable: string): boolean {
  return env[variable] !== undefined && env[variable] !== '';
}

function isProgram(program: string, path: string): boolean {
  const places = isAbsolute(program)
    ? [program]
    : path
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, program));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
