/**
 * Cascades among the options of a class: a cheaper model with a check before the one that serves it now, against staying, one other
 * model, and a random mix. Weighed and shown for every class; proposed only where the policy offers a check (see cascade-candidate.ts).
 */

import { breakEvenAccuracy, cascadePays, cascadeProspect, plainProspects, qualityOfMix, termsOfMargins } from '../../cascade/economics';
import { ASSUMED_ACCURACY } from '../../cascade/trial-check';
import type { CascadeOption, OfferedCheck } from '../findings';
import type { PlanePoint } from './hull';

/**
 * Every cheaper model before the present one, the most saving first; none where no model is both cheaper and known.
 *
 * Without an offered check, one is assumed that costs as much as the cheap answer. What the strong model reaches on tasks that the
 * cheap one failed is not known from figures of either alone: it is taken as on all, which is the best to be hoped for.
 *
 * @param others models that could serve the class, with their expected quality
 * @param margin the loss of quality that a change may make, in [0, 1]
 * @param offered the check that the policy offers after a model; undefined: none
 */
export function weighCascades(
  baseline: PlanePoint,
  others: readonly PlanePoint[],
  margin: number,
  offered: (model: string) => OfferedCheck | undefined = () => undefined,
): readonly CascadeOption[] {
  const strong = { quality: baseline.quality, costNanoUsd: baseline.costPerTaskNanoUsd };
  const options = others.flatMap(({ model, quality, costPerTaskNanoUsd }): CascadeOption[] => {
    if (model === baseline.model || costPerTaskNanoUsd >= strong.costNanoUsd) return [];
    const check = offered(model);
    const terms = termsOfMargins({ quality, costNanoUsd: costPerTaskNanoUsd }, strong, check?.costNanoUsd ?? costPerTaskNanoUsd);
    const accuracy = check ?? { sensitivity: ASSUMED_ACCURACY, specificity: ASSUMED_ACCURACY };
    const prospect = cascadeProspect(terms, accuracy);
    return [
      {
        models: [model, baseline.model],
        assumedAccuracy: ASSUMED_ACCURACY,
        costPerTaskNanoUsd: Math.round(prospect.costNanoUsd),
        quality: prospect.quality,
        mixQuality: qualityOfMix(plainProspects(terms), prospect.costNanoUsd),
        escalationRate: prospect.escalationRate,
        pays: cascadePays(terms, accuracy, margin),
        neededAccuracy: breakEvenAccuracy(terms, margin) ?? null,
        ...(check === undefined ? {} : { check }),
      },
    ];
  });
  return options.sort((a, b) => Number(b.pays) - Number(a.pays) || a.costPerTaskNanoUsd - b.costPerTaskNanoUsd);
}

/** Cascades that a report shows of a class. */
export const MOST_SHOWN = 3;
