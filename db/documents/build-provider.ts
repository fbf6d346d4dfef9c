/**
 * How a provider is called, from what its file entry says and what its name stands for.
 */

import type { ProviderYaml } from './signalbox-yaml';
import { type CommandEntry, commandDefaults, DEFAULT_API_KEY_ENV, type Kind, WELL_KNOWN_PROVIDERS } from './well-known-providers';

/** How a provider entry is called; the provider contract's configuration, structurally. */
export interface ProviderEntry {
  readonly name: string;
  readonly kind: Kind;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly allowPrivateNetwork: boolean;
  readonly command?: CommandEntry;
}

/** The kind of an entry: what it says, else what its name stands for; undefined when neither tells. */
export function kindOf(name: string, provider: ProviderYaml): Kind | undefined {
  return provider.kind ?? (provider.command === undefined ? WELL_KNOWN_PROVIDERS.get(name)?.kind : 'command');
}

/** @param kind as `kindOf` gives it */
export function buildProvider(name: string, kind: Kind, entry: ProviderYaml): ProviderEntry {
  const wellKnown = WELL_KNOWN_PROVIDERS.get(name);
  // What a name stands for holds only where the entry does not say that it is something else.
  const known = wellKnown?.kind === kind ? wellKnown : undefined;
  const baseUrl = entry.base_url ?? known?.baseUrl;
  const isOwnAddress = entry.base_url === undefined || kind === 'azure';
  const apiKeyEnv = entry.api_key_env ?? (isOwnAddress ? (known?.apiKeyEnv ?? DEFAULT_API_KEY_ENV[kind]) : undefined);
  return {
    name,
    kind,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(apiKeyEnv !== undefined && { apiKeyEnv }),
    options: entry.options ?? {},
    allowPrivateNetwork: entry.allow_private_network ?? known?.allowPrivateNetwork ?? false,
    ...(kind === 'command' && { command: buildCommand(name, entry.command ?? {}) }),
  };
}

function buildCommand(name: string, entry: NonNullable<ProviderYaml['command']>): CommandEntry {
  const program = entry.program ?? name;
  const defaults = commandDefaults(program);
  return {
    program,
    args: entry.args ?? defaults.args,
    promptBy: entry.prompt_by ?? defaults.promptBy,
    env: entry.env ?? defaults.env,
    autoApprove: entry.auto_approve ?? defaults.autoApprove,
    output: entry.output ?? defaults.output,
    maxOutputBytes: entry.max_output_bytes ?? defaults.maxOutputBytes,
  };
}
