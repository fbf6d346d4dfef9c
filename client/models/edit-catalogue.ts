/**
 * A change of one model in signalbox.yaml: written into the text that is there, checked as a whole, and put in force together
 * with the file.
 */

import { parseDocument } from 'yaml';
import type { Database } from '../../db/connect';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { didYouMean } from '../../db/documents/nearest-word';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { formatProblems } from '../../db/documents/problem';
import { activeCatalogue } from '../../db/queries/rules';
import type { Model } from '../../routing/catalogue';
import { RoutingError } from '../../routing/errors';
import { type AppliedCatalogue, applyConfiguredCatalogue } from '../stack/apply-rules';
import { type CatalogueFile, catalogueFileOf } from './catalogue-file';
import { pricesToYaml } from './prices-to-yaml';
import { replaceFile } from './replace-file';
import { setInYaml, type YamlInput } from './set-in-yaml';

/** A model by the keys of the file. */
export interface ModelName {
  readonly provider: string;
  /** Below the provider's `models`. */
  readonly model: string;
}

/** Keys of a model and their values. */
export interface ModelKeys {
  readonly [key: string]: YamlInput;
}

/** @throws {RoutingError} `bad_argument` when the file has it; `bad_config` when the file would be wrong with it */
export function addModel(file: CatalogueFile, name: ModelName, keys: ModelKeys): CatalogueFile {
  const id = idOf(name);
  if (file.config.catalogue.models.has(id)) {
    throw new RoutingError(
      'bad_argument',
      `${file.path} has "${id}" already; nothing was changed. Change it with "signalbox models update ${id}".`,
    );
  }
  return withText(file, setInYaml(file.text, pathOf(name), keys));
}

/** @throws {RoutingError} `unknown_model`; `bad_config` when the file would be wrong with it */
export function updateModel(file: CatalogueFile, name: ModelName, { prices, ...keys }: ModelKeys): CatalogueFile {
  const model = modelOf(file, name);
  let { text } = file;
  for (const [key, value] of Object.entries(keys)) text = setInYaml(text, [...pathOf(name), key], value);
  for (const [path, value] of priceChanges(file, name, model, prices)) text = setInYaml(text, [...pathOf(name), 'prices', ...path], value);
  return withText(file, text);
}

/**
 * @param retires day from which it is not called any more, as 2026-11-30; absent: as it was
 * @throws {RoutingError} `unknown_model`, `bad_argument` when it is retired already
 */
export function deprecateModel(file: CatalogueFile, name: ModelName, retires: string | undefined): CatalogueFile {
  if (modelOf(file, name).status.kind === 'retired') {
    throw new RoutingError('bad_argument', `"${idOf(name)}" is retired already and is never called. Nothing was changed.`);
  }
  return updateModel(file, name, { status: 'deprecated', ...(retires === undefined ? {} : { retires }) });
}

/**
 * Prices take the place of the library's as a whole: what the file does not say yet is written beside what changes, so that a
 * new price for input does not lose the others.
 */
function priceChanges(file: CatalogueFile, name: ModelName, model: Model, changed: YamlInput | undefined): [string[], YamlInput][] {
  if (typeof changed !== 'object' || Array.isArray(changed)) return [];
  const isWritten = parseDocument(file.text, { stringKeys: true }).hasIn([...pathOf(name), 'prices']);
  if (isWritten || model.prices === undefined) return Object.entries(changed).map(([key, value]) => [[key], value]);
  return [[[], { ...pricesToYaml(model.prices), ...changed }]];
}

function modelOf({ path, config }: CatalogueFile, name: ModelName): Model {
  const id = idOf(name);
  const model = config.catalogue.models.get(id);
  if (model !== undefined) return model;
  throw new RoutingError(
    'unknown_model',
    `There is no model "${id}" in ${path}.${didYouMean(id, config.catalogue.models.keys()) || ' "signalbox models list" names all.'}`,
  );
}

/** The file with another text; throws `bad_config` when it would be wrong with it. */
export function withText({ path, overrides }: CatalogueFile, text: string): CatalogueFile {
  const parsed = parseCatalogueFile(text, path, loadPriceLibrary());
  if ('ok' in parsed) return catalogueFileOf(path, text, overrides);
  throw new RoutingError(
    'bad_config',
    `With this change, the file would be wrong; nothing was changed.\n${formatProblems(parsed.problems)}`,
  );
}

function idOf({ provider, model }: ModelName): string {
  return `${provider}/${model}`;
}

function pathOf({ provider, model }: ModelName): string[] {
  return ['providers', provider, 'models', model];
}

/**
 * Whether a file is what is in force, so that putting it in force after a change changes nothing else.
 *
 * @throws {RoutingError} `conflict` when it is not
 */
export async function requireInForce(db: Database, { path, effective }: CatalogueFile): Promise<void> {
  const active = await activeCatalogue(db);
  if (active === undefined || active.version === effective.catalogue.version) return;
  throw new RoutingError(
    'conflict',
    `The catalogue in force is not what ${path} says here, so more would change than was asked for; nothing was changed. Run "signalbox policy apply" with this file first; set the ROUTING_ variables here that "signalbox up" had; or add --yes to put the whole file in force.`,
  );
}

/**
 * Writes the file and puts it in force. When it cannot be put in force, the file stays as it was.
 *
 * @param db absent: only the file is written
 * @throws {RoutingError} `bad_input` when the file cannot be written; of the database
 */
export function saveCatalogue(
  db: Database | undefined,
  { path, text, effective }: CatalogueFile,
  actor: string,
): Promise<AppliedCatalogue | undefined> {
  return replaceFile(path, text, async () => (db === undefined ? undefined : applyConfiguredCatalogue(db, effective, actor)));
}
