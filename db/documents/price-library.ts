/**
 * List prices and limits of current models, so that a user's file need not repeat them.
 *
 * data/model-prices.json is a cut of LiteLLM's price list with its own field names. It is read once, on first use, and an
 * entry is converted only when somebody asks for it. What a list does not say is unknown, never 0.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RoutingError } from '../../routing/errors';
import type { PriceStep, Prices } from '../../routing/money/price';
import type { Capability } from '../../routing/task/task';
import type { PicoUsdPerToken } from '../../routing/units';
import { packageRoot } from './package-root';
import type { Kind } from './well-known-providers';

/** An entry as the list has it: prices in US dollars per token. */
export type PriceListEntry = Readonly<Record<string, string | number | boolean>>;

/** What the library knows of one model. */
export interface LibraryModel {
  /** Name of the entry in the list. */
  readonly key: string;
  readonly prices: Prices;
  readonly contextWindowTokens?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities: readonly Capability[];
  /** First day on which it no longer answers, as `2026-11-30`; absent when none is announced. */
  readonly retires?: string;
}

/** How a model is called, as far as its list price depends on it. */
export interface PriceQuestion {
  readonly kind: Kind;
  /** Names by which the model may be listed, the most likely first. */
  readonly names: readonly string[];
  /** Regions its content stays in; a data zone has its own prices. */
  readonly regions: readonly string[];
  /** Name of the command-line program, for kind `command`. */
  readonly program?: string;
}

export interface PriceLibrary {
  /** The entry for a model as it is called; undefined when the list has none. */
  find(question: PriceQuestion): LibraryModel | undefined;
  /** The entry of exactly this name. */
  entry(key: string): LibraryModel | undefined;
  /** Names of all entries. */
  keys(): readonly string[];
}

let shipped: PriceLibrary | undefined;

/**
 * The list that ships with the package.
 *
 * @throws {RoutingError} `internal`, on first use, when the list cannot be read: the installation is broken
 */
export function loadPriceLibrary(): PriceLibrary {
  shipped ??= priceLibraryOf(readShippedList);
  return shipped;
}

function readShippedList(): Readonly<Record<string, PriceListEntry>> {
  try {
    return JSON.parse(readFileSync(join(packageRoot(), 'data', 'model-prices.json'), 'utf8')).models;
  } catch (cause) {
    throw new RoutingError('internal', 'The price library, data/model-prices.json, cannot be read. Install the package again.', { cause });
  }
}

/** A library over a list that is read when it is first needed. */
export function priceLibraryOf(readList: () => Readonly<Record<string, PriceListEntry>>): PriceLibrary {
  let list: Map<string, PriceListEntry> | undefined;
  const entries = () => {
    list ??= new Map(Object.entries(readList()));
    return list;
  };
  const entry = (key: string): LibraryModel | undefined => {
    const found = entries().get(key);
    return found === undefined ? undefined : libraryModelOf(key, found);
  };
  return {
    entry,
    keys: () => [...entries().keys()],
    find(question) {
      const names = question.names.map((name) => (question.program === 'claude' ? latestOf(name, entries().keys()) : name));
      const key = names
        .map((name) => listName(name, question))
        .find((candidate) => LIST_PROVIDERS[vendorKind(question)]?.includes(String(entries().get(candidate)?.litellm_provider)));
      return key === undefined ? undefined : entry(key);
    },
  };
}

/** What the list calls the providers of a kind. */
const LIST_PROVIDERS: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  anthropic: ['anthropic'],
  openai: ['openai'],
  google: ['gemini'],
  azure: ['azure'],
  bedrock: ['bedrock', 'bedrock_converse'],
};

const VENDOR_OF_PROGRAM: Readonly<Record<string, Kind>> = { claude: 'anthropic', codex: 'openai', gemini: 'google' };

/** A command-line agent is billed, or at least valued, at its vendor's list price. */
function vendorKind({ kind, program }: PriceQuestion): Kind {
  return kind === 'command' ? (VENDOR_OF_PROGRAM[program ?? ''] ?? kind) : kind;
}

/** The name under which the list has a model, given how it is called. */
function listName(name: string, question: PriceQuestion): string {
  switch (vendorKind(question)) {
    case 'google':
      return `gemini/${name}`;
    case 'azure':
      // A data zone costs more than the global deployment, so its price is never guessed from the other.
      return ['azure', ...question.regions, name].join('/');
    default:
      return name;
  }
}

/** The program `claude` takes a family's name (`opus`) for its latest model; any other name stays as it is. */
function latestOf(family: string, keys: Iterable<string>): string {
  let latest = family;
  let highest = -1;
  for (const key of keys) {
    const version = /^claude-([a-z]+)-(\d{1,2})(?:-(\d{1,2}))?$/.exec(key);
    if (version === null || version[1] !== family) continue;
    const rank = Number(version[2]) * 100 + Number(version[3] ?? 0);
    if (rank > highest) [latest, highest] = [key, rank];
  }
  return latest;
}

function libraryModelOf(key: string, entry: PriceListEntry): LibraryModel {
  const contextWindowTokens = positiveInteger(entry.max_input_tokens);
  const maxOutputTokens = positiveInteger(entry.max_output_tokens);
  return {
    key,
    prices: pricesOf(entry),
    ...(contextWindowTokens !== undefined && { contextWindowTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    capabilities: CAPABILITY_FIELDS.filter(([field]) => entry[field] === true).map(([, capability]) => capability),
    ...(typeof entry.deprecation_date === 'string' && { retires: entry.deprecation_date }),
  };
}

const CAPABILITY_FIELDS: readonly (readonly [field: string, capability: Capability])[] = [
  ['supports_function_calling', 'tools'],
  ['supports_vision', 'vision'],
  ['supports_pdf_input', 'pdf'],
  ['supports_audio_input', 'audio'],
  ['supports_response_schema', 'structured-output'],
  ['supports_reasoning', 'reasoning'],
  ['supports_web_search', 'web-search'],
  ['supports_prompt_caching', 'prompt-caching'],
];

function positiveInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function pricesOf(entry: PriceListEntry): Prices {
  const thresholds = Object.keys(entry)
    .map((field) => /^input_cost_per_token_above_(\d+)k_tokens$/.exec(field)?.[1])
    .filter((thousands) => thousands !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  const base = stepOf(entry, 0, '', undefined);
  if (base === undefined) throw new TypeError('An entry of the price list has no input or no output price. Cut the list again.');
  const steps = [base, ...thresholds.map((thousands) => stepOf(entry, thousands, '', base) ?? base)];
  if (stepOf(entry, 0, '_batches', base) === undefined) return { steps };
  // Where the list has no batch price for long requests, the price without a discount cannot be too low.
  return { steps, batchSteps: steps.map((step) => stepOf(entry, step.aboveInputTokens / 1000, '_batches', step) ?? step) };
}

/**
 * The prices of one step, or undefined when the list has none for it.
 *
 * @param tier    what the list appends for a service tier: `_batches`, or nothing
 * @param standIn the step whose prices stand in where the list has none, if they are dearer than what absence means
 */
function stepOf(entry: PriceListEntry, thousands: number, tier: string, standIn: PriceStep | undefined): PriceStep | undefined {
  const price = (field: string): PicoUsdPerToken | undefined => {
    const usdPerToken = entry[`${field}${thousands === 0 ? '' : `_above_${thousands}k_tokens`}${tier}`];
    return typeof usdPerToken === 'number' && usdPerToken > 0 ? Math.round(usdPerToken * 1e12) : undefined;
  };
  const input = price('input_cost_per_token');
  const output = price('output_cost_per_token') ?? standIn?.output;
  if (input === undefined || output === undefined) return undefined;
  const atLeast = (own: PicoUsdPerToken | undefined, other: PicoUsdPerToken | undefined, billedAs: PicoUsdPerToken) =>
    own ?? (other !== undefined && other > billedAs ? other : undefined);
  const reasoning = atLeast(price('output_cost_per_reasoning_token'), standIn?.reasoning, output);
  const cacheRead = atLeast(price('cache_read_input_token_cost'), standIn?.cacheRead, input);
  const cacheWrite = atLeast(price('cache_creation_input_token_cost'), standIn?.cacheWrite, input);
  const cacheWrite1h = atLeast(price('cache_creation_input_token_cost_above_1hr'), standIn?.cacheWrite1h, cacheWrite ?? input);
  return {
    aboveInputTokens: thousands * 1000,
    input,
    output,
    ...(reasoning !== undefined && { reasoning }),
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(cacheWrite1h !== undefined && { cacheWrite1h }),
  };
}
