/** Names of models in other systems, beside the catalogue: which are known, which a person has mapped, and what the others may be. */

import type { Database } from '../../db/connect';
import { type ForeignModel, listForeignModels, mapModels } from '../../db/queries/model-mappings';
import { catalogueModels } from '../../db/queries/rules';
import { requireModel } from '../ratings/require-model';
import { suggestModel } from './suggest-model';

export interface NamedModel extends ForeignModel {
  /** Model of the catalogue that its tasks count for; null: for none. */
  readonly countsFor: string | null;
  /** Where it counts for none: what it may stand for. */
  readonly suggestion: string | null;
}

/** All names that imported tasks have. */
export async function foreignModels(db: Database): Promise<readonly NamedModel[]> {
  const catalogue = [...(await catalogueModels(db)).keys()];
  const known = new Set(catalogue);
  return (await listForeignModels(db)).map((named) => {
    const meant = named.mappedTo ?? named.name;
    const countsFor = known.has(meant) ? meant : null;
    return { ...named, countsFor, suggestion: countsFor === null ? (suggestModel(named.name, catalogue) ?? null) : null };
  });
}

/** @throws {RoutingError} `unknown_model` when a name is to stand for what the catalogue does not have; then none was mapped */
export async function mapForeignModels(db: Database, mappings: ReadonlyMap<string, string>, actor: string): Promise<number> {
  if (mappings.size === 0) return 0;
  const catalogue = await catalogueModels(db);
  for (const model of mappings.values()) requireModel(model, catalogue.keys());
  return mapModels(db, mappings, actor);
}
