/**
 * Cascades among the options of a class: a cheaper model with a check before the one that serves it now, against staying, one other
 * model, and a random mix. A replay compares one model with one model, so a cascade is weighed and shown, and never proposed: a person
 * puts it into policy.yaml, and "stats checks" says how right its check is.
 */

import { breakEvenAccuracy, cascadePays, cascadeProspect, plainProspects, qualityOfMix, termsOfMargins } from '../../cascade/economics';
import type { CascadeOption } from '../findings';
import type { PlanePoint } from './hull';

/** How often a check is taken to be right, on good and bad answers alike, where none was measured: a good one. */
const ASSUMED_ACCURACY = 0.9;

/**
 * Every cheaper model before the present one, the most saving first; none where no model is both cheaper and known.
 *
 * The check is taken to cost as much as the cheap answer. What the strong model reaches on tasks that the cheap one failed is not known
 * from figures of either alone: it is taken as on all, which is the best to be hoped for.
 *
 * @param others models that could serve the class, with their expected quality
 * @param margin the loss of quality that a change may make, in [0, 1]
 */
export function weighCascades(baseline: PlanePoint, others: readonly PlanePoint[], margin: number): readonly CascadeOption[] {
  const strong = { quality: baseline.quality, costNanoUsd: baseline.costPerTaskNanoUsd };
  const options = others.flatMap(({ model, quality, costPerTaskNanoUsd }): CascadeOption[] => {
    if (model === baseline.model || costPerTaskNanoUsd >= strong.costNanoUsd) return [];
    const terms = termsOfMargins({ quality, costNanoUsd: costPerTaskNanoUsd }, strong, costPerTaskNanoUsd);
    const accuracy = { sensitivity: ASSUMED_ACCURACY, specificity: ASSUMED_ACCURACY };
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
      },
    ];
  });
  return options.sort((a, b) => Number(b.pays) - Number(a.pays) || a.costPerTaskNanoUsd - b.costPerTaskNanoUsd).slice(0, MOST_SHOWN);
}

/** Cascades that a report shows of a class. */
const MOST_SHOWN = 3;
