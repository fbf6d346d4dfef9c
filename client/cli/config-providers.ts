/** Providers as they are configured: whether each can be called from here, and its models with priority and rating. */

import type { ProviderEntry } from '../../db/documents/build-provider';
import type { StoredCatalogue } from '../../db/documents/catalogue-document';
import type { ModelStats } from '../../db/queries/stats';
import type { Model } from '../../routing/catalogue';
import type { Environment } from '../stack/engine-cache';
import { missingOf } from './provider-needs';
import type { Output } from './terminal/output';
import { indented } from './terminal/text';

export interface ProvidersSource {
  readonly catalogue: Pick<StoredCatalogue, 'catalogue' | 'providers'>;
  /** Empty where no stack can be asked. */
  readonly stats: readonly ModelStats[];
}

export interface ConfiguredProvider {
  readonly provider: string;
  readonly kind: string;
  readonly isAvailable: boolean;
  /** What it lacks, as the rest of a sentence; null: nothing. */
  readonly missing: string | null;
  /** The environment variable that its key is in, and whether it is set here; null: it needs none. */
  readonly keyVariable: string | null;
  readonly hasKey: boolean | null;
  readonly defaultModel: string | null;
  /** Highest priority first. */
  readonly models: readonly {
    readonly model: string;
    readonly tier: string;
    readonly status: string;
    /** 0 to 100. */
    readonly priority: number;
    /** EWMA over all its ratings, 1 to 5; null: never rated. */
    readonly ewma: number | null;
    readonly ratings: number;
  }[];
}

/** Never says what a key is, only whether there is one. */
export function providersOf({ catalogue: { catalogue, providers }, stats }: ProvidersSource, env: Environment): ConfiguredProvider[] {
  const rated = new Map(stats.map((model) => [model.model, model]));
  return providers.map((entry) => {
    const { name, kind, apiKeyEnv } = entry;
    const missing = missingOf(entry, env) ?? null;
    return {
      provider: name,
      kind,
      isAvailable: missing === null,
      missing,
      keyVariable: apiKeyEnv ?? null,
      hasKey: apiKeyEnv === undefined ? null : Boolean(env[apiKeyEnv]),
      defaultModel: catalogue.defaultModels.get(name) ?? null,
      models: modelsOf(entry, catalogue.models.values(), rated),
    };
  });
}

function modelsOf({ name }: ProviderEntry, models: Iterable<Model>, rated: ReadonlyMap<string, ModelStats>): ConfiguredProvider['models'] {
  return [...models]
    .filter(({ provider }) => provider === name)
    .sort((a, b) => b.defaultPriority - a.defaultPriority)
    .map(({ id, capabilityTier, status, defaultPriority }) => {
      const { ewma = null, ratings = 0 } = rated.get(id) ?? {};
      return { model: id, tier: capabilityTier, status: status.kind, priority: defaultPriority, ewma, ratings };
    });
}

/** One part for each provider. */
export function describeProviders(providers: readonly ConfiguredProvider[], { colors, table }: Output): string[] {
  const columns = [
    { title: 'model' },
    { title: 'tier' },
    ...(['priority', 'rating', 'ratings'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: '' },
  ];
  return providers.map(({ provider, kind, isAvailable, missing, keyVariable, hasKey, defaultModel, models }) => {
    const key = keyVariable === null ? 'no key needed' : `key present: ${hasKey ? 'yes' : 'no'} (${keyVariable})`;
    const state = isAvailable ? colors.green('available') : colors.red(`not available: ${missing}`);
    const rows = models.map(({ model, tier, status, priority, ewma, ratings }) => [
      model,
      tier,
      priority,
      ewma === null ? null : ewma.toFixed(2),
      ratings,
      [model === defaultModel ? 'default' : '', status === 'active' ? '' : status].filter(Boolean).join(', '),
    ]);
    return `${colors.bold(provider)} (${kind}), ${state}, ${key}\n${indented(table(columns, rows))}`;
  });
}
