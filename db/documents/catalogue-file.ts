/**
 * Reads signalbox.yaml into what the program works with: the catalogue, how each provider is called, pools, budgets and
 * settings of the machine. Either all of it is right, or every problem is named.
 */

import type { Catalogue, Model } from '../../routing/catalogue';
import { DEFAULT_POLICY, type LearningParameters } from '../../routing/decision/policy';
import type { SlotSettings } from '../../routing/slots/settings';
import { type NanoUsd, usdToNano } from '../../routing/units';
import { buildModel } from './build-model';
import { buildProvider, kindOf, type ProviderEntry } from './build-provider';
import { buildSlots } from './build-slots';
import { findContradictions } from './catalogue-contradictions';
import { catalogueOf, type PoolConfig } from './catalogue-document';
import type { PriceLibrary } from './price-library';
import { type Problem, sortProblems } from './problem';
import { readDocument } from './read-document';
import { type BudgetYaml, type EwmaYaml, type RetentionYaml, type SignalboxYaml, signalboxYaml } from './signalbox-yaml';
import { readYaml, type YamlSource } from './yaml-source';

/** Limits of one scope. */
export interface BudgetLimitConfig {
  readonly scopeKind: 'global' | 'team' | 'project' | 'tag' | 'key';
  /** Name of the team, project, tag or key; empty for global. */
  readonly scopeId: string;
  readonly dailyNanoUsd?: NanoUsd;
  readonly monthlyNanoUsd?: NanoUsd;
  readonly perRequestNanoUsd?: NanoUsd;
  /** IANA name; days and months begin at midnight there. */
  readonly timeZone: string;
  /** A hard limit refuses; a soft one warns. */
  readonly hard: boolean;
  /** Shares of the limit, in (0, 1], at which people are warned. */
  readonly warnAtDaily: number;
  readonly warnAtMonthly: number;
}

/** An address that is told of warnings. */
export interface WebhookConfig {
  readonly url: string;
  /** Name of the environment variable that holds the secret it is signed with. */
  readonly secretEnv: string;
  readonly allowPrivateNetwork: boolean;
}

/** How long things are kept; absent: for ever. */
export interface RetentionSettings {
  /** Whole months after which a month of tasks is archived. */
  readonly tasksMonths?: number;
  /** Days after which prompts, graders and answers are erased. */
  readonly contentDays?: number;
  /** Days after which calls of embedded programs are forgotten. */
  readonly embeddedDays?: number;
}

export interface MachineSettings {
  /** Longest prompt that is accepted, in bytes of UTF-8. */
  readonly maxPromptBytes: number;
  /** How long a stopping worker waits for calls to end, in seconds. */
  readonly shutdownGraceSeconds: number;
}

export interface SignalboxConfig {
  /** Who acts where nobody says otherwise; absent: the user of the machine. */
  readonly operator?: string;
  readonly catalogue: Catalogue;
  /** In the order of the file. */
  readonly providers: readonly ProviderEntry[];
  /** Every pool that a model runs in, and those the file configures. */
  readonly pools: readonly PoolConfig[];
  readonly budgets: readonly BudgetLimitConfig[];
  /** Who is told of warnings. */
  readonly webhooks: readonly WebhookConfig[];
  /** Absent: no account is limited to slots. */
  readonly slots?: SlotSettings;
  readonly retention: RetentionSettings;
  readonly settings: MachineSettings;
  /** Learning parameters of the file's `ewma`; policy.yaml wins over them. */
  readonly ewma: LearningParameters;
  /** Nothing to stop for, but worth knowing: a model without a price, a name that may mean two things. */
  readonly warnings: readonly Problem[];
}

export type ParsedCatalogueFile = { readonly ok: SignalboxConfig } | { readonly problems: readonly Problem[] };

export const DEFAULT_SETTINGS: MachineSettings = { maxPromptBytes: 1024 * 1024, shutdownGraceSeconds: 200 };

/** A year and the month under way stay at hand; content stays for three windows of a review, calls of embedded programs for a year. */
export const DEFAULT_RETENTION = { tasksMonths: 13, contentDays: 90, embeddedDays: 400 } as const satisfies RetentionSettings;

/** Calls at a time; an agent keeps a whole process busy. */
const DEFAULT_CONCURRENCY = 8;
const DEFAULT_COMMAND_CONCURRENCY = 2;

/**
 * Reads signalbox.yaml.
 *
 * @param text     the file's content
 * @param fileName how problems name the file
 * @param library  where prices and limits come from that the file does not give
 * @returns the configuration, or every problem in the order of the file; never throws
 */
export function parseCatalogueFile(text: string, fileName: string, library: PriceLibrary): ParsedCatalogueFile {
  const source = readYaml(text, fileName);
  const { document, problems } = readDocument(signalboxYaml, source);
  const found = document === undefined ? [] : findContradictions(document, library);
  const all = [...problems, ...found.map(({ path, message, place }) => source.at(path, message, place))];
  if (document === undefined || all.length > 0) return { problems: sortProblems(all) };
  const config = buildConfig(document, library);
  return { ok: { ...config, warnings: sortProblems(findWarnings(document, config, source)) } };
}

function buildConfig(document: SignalboxYaml, library: PriceLibrary): Omit<SignalboxConfig, 'warnings'> {
  const entries = Object.entries(document.providers);
  const providers = entries.map(([name, entry]) => buildProvider(name, kindOf(name, entry)!, entry));
  const models = providers.flatMap((provider) => {
    const entry = document.providers[provider.name]!;
    return Object.entries(entry.models).map(([id, model]) => buildModel(id, model, provider, entry, library));
  });
  const defaultModels = entries.flatMap(([name, { default_model: id }]) => (id === undefined ? [] : [[name, `${name}/${id}`] as const]));
  return {
    ...catalogueOf(
      models,
      new Map(defaultModels),
      providers,
      buildPools(document, models, providers),
      document.slots && buildSlots(document.slots),
    ),
    ...(document.operator !== undefined && { operator: document.operator }),
    budgets: (document.budgets ?? []).map(buildBudget),
    webhooks: (document.warnings?.webhooks ?? []).map(({ url, secret_env: secretEnv, allow_private_network: isPrivate }) => ({
      url,
      secretEnv,
      allowPrivateNetwork: isPrivate ?? false,
    })),
    retention: buildRetention(document.retention),
    settings: {
      maxPromptBytes: document.settings?.max_prompt_bytes ?? DEFAULT_SETTINGS.maxPromptBytes,
      shutdownGraceSeconds: document.settings?.shutdown_grace_seconds ?? DEFAULT_SETTINGS.shutdownGraceSeconds,
    },
    ewma: learningOf(document.ewma, DEFAULT_POLICY.learning),
  };
}

function findWarnings(document: SignalboxYaml, config: Pick<SignalboxConfig, 'catalogue' | 'pools'>, source: YamlSource): Problem[] {
  const warnings: Problem[] = [];
  const gemini = document.providers.gemini;
  if (gemini !== undefined && gemini.kind === undefined && gemini.command === undefined) {
    const message = 'Read as the command-line agent "gemini". For Google\'s API, name the provider "google" or set "kind: google".';
    warnings.push(source.at(['providers', 'gemini'], message, 'key'));
  }
  const usedPools = new Set<string>();
  for (const { id, provider, prices, allowUnknownPrice, status, pool } of config.catalogue.models.values()) {
    usedPools.add(pool);
    if (prices !== undefined || allowUnknownPrice || status.kind === 'retired') continue;
    const path = ['providers', provider, 'models', id.slice(provider.length + 1)];
    const message = 'No price is known, so calls will be refused. Give "prices", "priced_as" or "allow_unknown_price: true".';
    warnings.push(source.at(path, message, 'key'));
  }
  for (const { name } of config.pools) {
    if (!usedPools.has(name)) warnings.push(source.at(['pools', name], 'No model runs in this pool.', 'key'));
  }
  return warnings;
}

/** Learning parameters as a file's `ewma` gives them, over those that hold where it is silent. */
export function learningOf(ewma: EwmaYaml | undefined, base: LearningParameters): LearningParameters {
  return {
    alpha: ewma?.alpha ?? base.alpha,
    minRatings: ewma?.min_ratings ?? base.minRatings,
    poorThreshold: ewma?.poor_threshold ?? base.poorThreshold,
    seed: ewma?.seed ?? base.seed,
  };
}

function buildRetention(yaml: RetentionYaml | undefined): RetentionSettings {
  const {
    tasks_months: tasksMonths = DEFAULT_RETENTION.tasksMonths,
    content_days: contentDays = DEFAULT_RETENTION.contentDays,
    embedded_days: embeddedDays = DEFAULT_RETENTION.embeddedDays,
  } = yaml ?? {};
  return {
    ...(tasksMonths !== 'forever' && { tasksMonths }),
    ...(contentDays !== 'forever' && { contentDays }),
    ...(embeddedDays !== 'forever' && { embeddedDays }),
  };
}

function buildPools(document: SignalboxYaml, models: readonly Model[], providers: readonly ProviderEntry[]): PoolConfig[] {
  const names = new Set([...models.map((model) => model.pool), ...Object.keys(document.pools ?? {})]);
  const commands = new Set(providers.filter(({ kind }) => kind === 'command').map(({ name }) => name));
  const runningCommands = new Set(models.filter(({ provider }) => commands.has(provider)).map(({ pool }) => pool));
  return [...names].map((name) => {
    const { concurrency, calls_per_second: callsPerSecond } = document.pools?.[name] ?? {};
    return {
      name,
      concurrency: concurrency ?? (runningCommands.has(name) ? DEFAULT_COMMAND_CONCURRENCY : DEFAULT_CONCURRENCY),
      ...(callsPerSecond !== undefined && { callsPerSecond }),
    };
  });
}

function buildBudget(budget: BudgetYaml): BudgetLimitConfig {
  const colon = budget.scope.indexOf(':');
  return {
    scopeKind: (colon < 0 ? budget.scope : budget.scope.slice(0, colon)) as BudgetLimitConfig['scopeKind'],
    scopeId: colon < 0 ? '' : budget.scope.slice(colon + 1),
    ...(budget.daily_usd !== undefined && { dailyNanoUsd: usdToNano(budget.daily_usd) }),
    ...(budget.monthly_usd !== undefined && { monthlyNanoUsd: usdToNano(budget.monthly_usd) }),
    ...(budget.per_request_usd !== undefined && { perRequestNanoUsd: usdToNano(budget.per_request_usd) }),
    timeZone: budget.time_zone ?? 'UTC',
    hard: budget.hard ?? true,
    warnAtDaily: budget.warn_at_daily ?? 0.75,
    warnAtMonthly: budget.warn_at_monthly ?? 0.8,
  };
}
