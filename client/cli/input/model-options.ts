/** The options that say what a model is, and the keys of signalbox.yaml that they are written to. */

import { type Command, Option } from 'commander';
import { CAPABILITY_TIERS, type CapabilityTier, COST_TIERS, type CostTier } from '../../../routing/catalogue';
import { CAPABILITIES, type Capability, PRIVACY_TIERS, type PrivacyTier, TASK_TYPES, type TaskType } from '../../../routing/task/task';
import type { ModelKeys, ModelName } from '../../models/edit-catalogue';
import { integerBetween, list, numberBetween } from './option-values';

/** As the command line gives them. */
export interface ModelOptions {
  readonly displayName?: string;
  readonly providerModel?: string;
  readonly tier?: CapabilityTier;
  readonly costTier?: CostTier;
  readonly defaultPriority?: number;
  readonly strengths?: readonly TaskType[];
  readonly capabilities?: readonly Capability[];
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly privacyTiers?: readonly PrivacyTier[];
  readonly regions?: readonly string[];
  /** US dollars per million tokens. */
  readonly priceInput?: number;
  readonly priceOutput?: number;
  readonly priceCacheRead?: number;
  readonly priceCacheWrite?: number;
  /** US dollars. */
  readonly pricePerCall?: number;
  readonly pricedAs?: string;
  readonly quality?: number;
  readonly pool?: string;
}

const MOST_TOKENS = 100_000_000;
const price = numberBetween(0, 10_000);

/** Adds them to a command. */
export function addModelOptions(command: Command): Command {
  return command
    .optionsGroup('What it is:')
    .option('--display-name <name>', 'for people')
    .option('--provider-model <name>', 'what the provider calls it')
    .addOption(new Option('--tier <tier>', 'the hardest work it is meant for').choices(CAPABILITY_TIERS))
    .addOption(new Option('--cost-tier <tier>', 'its place in its vendor’s line-up').choices(COST_TIERS))
    .option('--default-priority <0-100>', 'its 25th part stands in for ratings', numberBetween(0, 100))
    .option('--strengths <types>', 'task types it is good at, with commas', list(TASK_TYPES))
    .option('--capabilities <names>', `what it can do, with commas: ${CAPABILITIES.join(', ')}`, list(CAPABILITIES))
    .option('--context-window <tokens>', 'input and output together', integerBetween(1, MOST_TOKENS))
    .option('--max-output <tokens>', 'longest answer', integerBetween(1, MOST_TOKENS))
    .option('--quality <0-1>', 'expected share of good answers before outcomes are known', numberBetween(0, 1))
    .option('--pool <name>', 'queue of its calls')
    .optionsGroup('What it may be given:')
    .option('--privacy-tiers <tiers>', `approved for, with commas: ${PRIVACY_TIERS.join(', ')}`, list(PRIVACY_TIERS))
    .option('--regions <regions>', 'approved for tasks with that residency, with commas', list())
    .optionsGroup('What it costs, in US dollars per million tokens:')
    .option('--price-input <usd>', 'input', price)
    .option('--price-output <usd>', 'output', price)
    .option('--price-cache-read <usd>', 'tokens read from a prompt cache', price)
    .option('--price-cache-write <usd>', 'tokens written to a prompt cache', price)
    .option('--price-per-call <usd>', 'dollars per call, beside its tokens', price)
    .option('--priced-as <entry>', 'entry of the price library to take prices and limits from')
    .optionsGroup('Options:');
}

/** Keys of a model entry, those that were given. */
export function modelKeysOf(options: ModelOptions): ModelKeys {
  const prices = given({
    input: options.priceInput,
    output: options.priceOutput,
    cache_read: options.priceCacheRead,
    cache_write: options.priceCacheWrite,
    per_call_usd: options.pricePerCall,
  });
  return given({
    display_name: options.displayName,
    provider_model: options.providerModel,
    capability_tier: options.tier,
    cost_tier: options.costTier,
    default_priority: options.defaultPriority,
    strengths: options.strengths,
    capabilities: options.capabilities,
    context_window: options.contextWindow,
    max_output: options.maxOutput,
    privacy_tiers: options.privacyTiers,
    regions: options.regions,
    quality: options.quality,
    pool: options.pool,
    prices: Object.keys(prices).length === 0 ? undefined : prices,
    priced_as: options.pricedAs,
  });
}

/** `anthropic/claude-haiku-6`, or the name alone with its provider beside it. */
export function modelNameOf(id: string, provider = id.split('/')[0]!): ModelName {
  return { provider, model: id.startsWith(`${provider}/`) ? id.slice(provider.length + 1) : id };
}

/** The object without the keys that nobody gave. */
function given(object: { readonly [key: string]: ModelKeys[string] | undefined }): ModelKeys {
  return Object.fromEntries(Object.entries(object).filter((entry): entry is [string, ModelKeys[string]] => entry[1] !== undefined));
}
