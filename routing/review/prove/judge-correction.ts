/** What a comparison means to people, where a judge made it: it sees less of every difference than there is. */

import type { Comparison } from './evidence';

/** What may be lost as the scores show it; where no judge was asked, what may be lost. */
export function testedMargin({ margin, judge }: Pick<Comparison, 'margin' | 'judge'>): number {
  return judge?.correction.margin ?? margin;
}

/** The difference as people would see it, in [−1, 1]. */
export function differenceToPeople({ delta, judge }: Pick<Comparison, 'delta' | 'judge'>): number {
  const seen = judge?.calibration.informedness?.value ?? 1;
  return seen > 0 ? Math.max(-1, Math.min(1, delta / seen)) : delta;
}

/** The largest loss that the comparison leaves possible, as people would see it: the lower end of its interval, in [−1, 1]. */
export function lowestToPeople({ low, judge }: Pick<Comparison, 'low' | 'judge'>): number {
  return low < 0 && judge !== undefined ? Math.max(-1, low / judge.correction.factor) : low;
}
