/** Refuses what is said of a model that does not exist: a rating would be kept and never count. */

import { nearestWord } from '../../db/documents/nearest-word';
import { RoutingError } from '../../routing/errors';

/** More names are no help. */
const MOST_NAMES = 5;

/**
 * @param models ids of the catalogue
 * @throws {RoutingError} `unknown_model` with the nearest names
 */
export function requireModel(id: string, models: Iterable<string>): void {
  const known = [...models];
  if (known.includes(id)) return;
  const near = nearestModels(id, known);
  const hint = near.length === 0 ? '"signalbox models list" names all.' : `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`;
  throw new RoutingError('unknown_model', `There is no model "${id}" in the catalogue. ${hint}`);
}

/** The id that is spelt most like it, and those of other providers with the same or nearly the same name. */
function nearestModels(id: string, known: readonly string[]): string[] {
  const nearest = nearestWord(id, known);
  const nameOf = (model: string) => model.slice(model.indexOf('/') + 1);
  const name = nearestWord(nameOf(id), known.map(nameOf));
  const namesakes = known.filter((model) => nameOf(model) === name);
  return [...new Set([...(nearest === undefined ? [] : [nearest]), ...namesakes])].slice(0, MOST_NAMES);
}
