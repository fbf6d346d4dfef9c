/** Refuses a task that asks for a provider or a model that does not exist: it could only be refused later, after it was kept. */

import { didYouMean } from '../db/documents/nearest-word';
import { RoutingError } from '../routing/errors';

/** The part of a task's constraints that names things. */
export interface AskedNames {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly excludeModels?: readonly string[] | undefined;
}

/**
 * @param models those of the catalogue, by id
 * @throws {RoutingError} `unknown_provider`, `unknown_model`
 */
export function requireKnownNames(
  { provider, model, excludeModels = [] }: AskedNames,
  models: ReadonlyMap<string, { readonly provider: string }>,
): void {
  if (provider !== undefined) {
    const known = new Set([...models.values()].map((each) => each.provider));
    if (!known.has(provider)) {
      const hint = didYouMean(provider, known) || ` Known are: ${[...known].join(', ')}.`;
      throw new RoutingError('unknown_provider', `There is no provider "${provider}" with a model in the catalogue.${hint}`);
    }
  }
  for (const id of [...(model === undefined ? [] : [model]), ...excludeModels]) {
    if (models.has(id)) continue;
    const hint = didYouMean(id, models.keys()) || ' Models are named provider/model; add it to signalbox.yaml, or name another.';
    throw new RoutingError('unknown_model', `There is no model "${id}" in the catalogue.${hint}`);
  }
}
