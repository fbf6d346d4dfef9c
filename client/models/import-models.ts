/**
 * Models of another file, written into a signalbox.yaml whose comments and layout stay: those of another signalbox.yaml, or prices
 * and limits of LiteLLM's list.
 */

import { listedModel } from '../../db/documents/build-model';
import { canonicalJson } from '../../db/documents/canonical-json';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import {
  type LibraryModel,
  loadPriceLibrary,
  type PriceLibrary,
  type PriceListEntry,
  priceLibraryOf,
} from '../../db/documents/price-library';
import { formatProblems } from '../../db/documents/problem';
import type { ModelYaml, ProviderYaml } from '../../db/documents/signalbox-yaml';
import { readYaml } from '../../db/documents/yaml-source';
import { RoutingError } from '../../routing/errors';
import type { CatalogueFile } from './catalogue-file';
import { withText } from './edit-catalogue';
import { pricesToYaml } from './prices-to-yaml';
import { setInYaml, type YamlInput } from './set-in-yaml';

/** A file to import from, by what it holds. */
export type ImportSource =
  | { readonly kind: 'registry'; readonly providers: Providers }
  | { readonly kind: 'prices'; readonly list: PriceLibrary };

type Providers = Readonly<Record<string, ProviderYaml>>;

/**
 * What a text is: LiteLLM's list, as it stands in its repository or as Signalbox ships it, or a signalbox.yaml.
 *
 * @param name how errors name the file
 * @throws {RoutingError} `bad_config` naming every problem of a signalbox.yaml; `bad_input` for a list without a model
 */
export function importSourceOf(text: string, name: string): ImportSource {
  const list = priceListOf(text);
  if (list !== undefined) {
    if (list.size === 0)
      throw new RoutingError('bad_input', `${name} has no model with a price for input and output; nothing was imported.`);
    return { kind: 'prices', list: priceLibraryOf(() => Object.fromEntries(list)) };
  }
  const parsed = parseCatalogueFile(text, name, loadPriceLibrary());
  if ('problems' in parsed) {
    throw new RoutingError(
      'bad_config',
      `${name} is neither a signalbox.yaml nor a list of prices; nothing was imported.\n${formatProblems(parsed.problems)}`,
    );
  }
  return { kind: 'registry', providers: (readYaml(text, name).value as { readonly providers: Providers }).providers };
}

/** Entries with the prices that a call is charged by; undefined: this is no such list. */
function priceListOf(text: string): ReadonlyMap<string, PriceListEntry> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const top = objectOf(value);
  const entries = Object.entries(objectOf(top?.models) ?? top ?? {}).flatMap(([key, entry]) => {
    const found = objectOf(entry);
    return found !== undefined && 'litellm_provider' in found ? [[key, found as PriceListEntry] as const] : [];
  });
  if (top === undefined || entries.length === 0) return undefined;
  return new Map(entries.filter(([, entry]) => [entry.input_cost_per_token, entry.output_cost_per_token].every(isPrice)));
}

function isPrice(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/**
 * The file with the models of the source in it. Of another signalbox.yaml, every model is added or has the keys that stand there; of
 * a list, the file's own models get the prices, limits and abilities that it has for them.
 *
 * @throws {RoutingError} `bad_config` when the file would be wrong with them
 */
export function importModels(file: CatalogueFile, source: ImportSource): CatalogueFile {
  const text = source.kind === 'registry' ? withRegistry(file, source.providers) : withPrices(file, source.list);
  return text === file.text ? file : withText(file, text);
}

function withRegistry(file: CatalogueFile, providers: Providers): string {
  const own = providersOf(file);
  let { text } = file;
  for (const [provider, entry] of Object.entries(providers)) {
    const known = own[provider];
    if (known === undefined) {
      text = setInYaml(text, ['providers', provider], entry as YamlInput);
      continue;
    }
    for (const [model, keys] of Object.entries(entry.models)) {
      text = withKeys(text, ['providers', provider, 'models', model], known.models[model], keys as Readonly<Record<string, YamlInput>>);
    }
  }
  return text;
}

/** Keys that say what the entry says already are left as they are written. */
function withKeys(text: string, path: readonly string[], entry: ModelYaml | undefined, keys: Readonly<Record<string, YamlInput>>): string {
  if (entry === undefined) return setInYaml(text, path, keys);
  const before = entry as Readonly<Record<string, unknown>>;
  return Object.entries(keys)
    .filter(([key, value]) => before[key] === undefined || canonicalJson(before[key]) !== canonicalJson(value))
    .reduce((written, [key, value]) => setInYaml(written, [...path, key], value), text);
}

function withPrices(file: CatalogueFile, list: PriceLibrary): string {
  const own = providersOf(file);
  let { text } = file;
  for (const provider of file.config.providers) {
    const entry = own[provider.name];
    for (const [id, keys] of Object.entries(entry?.models ?? {})) {
      const listed = entry === undefined ? undefined : listedModel(id, keys, provider, entry, list);
      const model = file.config.catalogue.models.get(`${provider.name}/${id}`);
      if (listed === undefined || model === undefined) continue;
      const now = {
        prices: model.prices && pricesToYaml(model.prices),
        context_window: model.contextWindowTokens,
        max_output: model.maxOutputTokens,
      };
      text = withKeys(text, ['providers', provider.name, 'models', id], withoutAbsent(now) as ModelYaml, listedKeys(listed));
    }
  }
  return text;
}

function listedKeys({ prices, contextWindowTokens, maxOutputTokens }: LibraryModel): Readonly<Record<string, YamlInput>> {
  return withoutAbsent({ prices: pricesToYaml(prices), context_window: contextWindowTokens, max_output: maxOutputTokens });
}

function withoutAbsent(keys: Readonly<Record<string, YamlInput | undefined>>): Readonly<Record<string, YamlInput>> {
  return Object.fromEntries(Object.entries(keys).filter((pair): pair is [string, YamlInput] => pair[1] !== undefined));
}

function providersOf({ path, text }: CatalogueFile): Providers {
  return (readYaml(text, path).value as { readonly providers: Providers }).providers;
}
