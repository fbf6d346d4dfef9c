/** What a change saves in a month: the bound that a report may claim. */

import type { ClassFigures } from '../figures/figures';
import type { Finding } from '../findings';
import type { Comparison } from '../prove/evidence';
import type { ReportedSaving } from './report';

/**
 * The saving of a month at the window's volume, from the paired costs of the replay.
 *
 * With R the candidate's cost over the baseline's on the same tasks, the baseline's tasks save `cost · (1 − R)`; the bound takes the
 * upper end of R's interval. Tasks that another model serves now would move too: what they save is not counted, what they would
 * cost more is.
 *
 * @param figures of the class over the window; undefined: nothing is known of its costs and nothing is claimed
 */
export function reportedSaving(
  { cost, baseline, candidate }: Pick<Comparison, 'cost' | 'baseline' | 'candidate'>,
  figures: ClassFigures | undefined,
  { costPerMonthNanoUsd }: Pick<Finding, 'costPerMonthNanoUsd'>,
): ReportedSaving {
  const served = figures?.models.find(({ model }) => model === baseline);
  if (cost.ratio === null) return nothing('One of the models cost nothing in the replay, so that the saving has no interval.');
  if (figures === undefined || served === undefined || figures.costNanoUsd <= 0) {
    return nothing(`The window has no costs of ${baseline}, so that no saving is claimed.`);
  }
  const perMonth = costPerMonthNanoUsd / figures.costNanoUsd;
  const others = figures.models.filter(({ model }) => model !== baseline && model !== candidate);
  const savingAt = (ratio: number) => {
    const own = served.cost.count * served.cost.mean * (1 - ratio);
    const losses = others.map(({ cost: { count, mean } }) => count * Math.min(0, mean - ratio * served.cost.mean));
    return Math.floor(perMonth * losses.reduce((sum, loss) => sum + loss, own));
  };
  return {
    atLeastNanoUsd: savingAt(cost.ratio.hi),
    expectedNanoUsd: savingAt(cost.ratio.ratio),
    basis: `What ${baseline} costs on this class now, times the lower bound of the saving in ${cost.baseline.n} pairs of the same task.`,
  };
}

function nothing(basis: string): ReportedSaving {
  return { atLeastNanoUsd: null, expectedNanoUsd: null, basis };
}
