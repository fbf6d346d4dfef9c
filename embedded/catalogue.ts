/** The models that a routing system chooses from. */

import { parseCatalogueFile } from '../db/documents/catalogue-file';
import { didYouMean } from '../db/documents/nearest-word';
import { loadPriceLibrary } from '../db/documents/price-library';
import { loadStartingCatalogue } from '../db/documents/starting-files';
import type { Catalogue } from '../routing/catalogue';

/** A signalbox.yaml: its text, or an object with the same keys. */
export type CatalogueSource = string | { readonly providers: Readonly<Record<string, unknown>>; readonly [key: string]: unknown };

const NO_MODELS: Catalogue = { version: '', models: new Map(), defaultModels: new Map() };

/**
 * The catalogue of a source, or the one that ships with the package; only some of its models, where they are named.
 *
 * @returns with problems, in words, when something is wrong
 */
export function catalogueFor(
  source: CatalogueSource | undefined,
  only: readonly string[] | undefined,
): { readonly catalogue: Catalogue; readonly problems: string[] } {
  const read = source === undefined ? { ok: loadStartingCatalogue() } : parse(source);
  if ('problems' in read) {
    return {
      catalogue: NO_MODELS,
      problems: read.problems.map(({ path, message }) => `catalogue${path === '' ? '' : `.${path}`}: ${message.replace(/\.$/u, '')}`),
    };
  }
  const { catalogue } = read.ok;
  if (only === undefined) return { catalogue, problems: [] };
  const problems = only
    .filter((id) => !catalogue.models.has(id))
    .map((id) => `models: there is no model "${id}".${didYouMean(id, catalogue.models.keys()) || ' Models are named provider/model'}`);
  const models = new Map([...catalogue.models].filter(([id]) => only.includes(id)));
  return { catalogue: { ...catalogue, models }, problems };
}

/** JSON is YAML, so an object is read as the file that it would be. */
function parse(source: CatalogueSource) {
  return parseCatalogueFile(typeof source === 'string' ? source : JSON.stringify(source), 'catalogue', loadPriceLibrary());
}
