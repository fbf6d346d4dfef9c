/**
 * The cost–quality plane of a class: what one model for all of it would do, and what a random mix of two would. Anything cleverer has
 * to beat them.
 */

import type { NanoUsd } from '../../units';
import type { HullPoint } from '../findings';

/** A model with what it is expected to cost and to reach on the class. */
export interface PlanePoint {
  readonly model: string;
  readonly costPerTaskNanoUsd: NanoUsd;
  /** In [0, 1]. */
  readonly quality: number;
}

/**
 * The cheapest single model, and the cheapest random mix, whose expected quality is at least the baseline's.
 *
 * The cheapest way to a quality on the upper convex hull is a point of it or a mix of two neighbours. A mix is given only where it is
 * cheaper than the best single model; neither is given where the baseline itself is cheapest.
 *
 * @param others models that could serve the class, in any order
 */
export function plainAlternatives(
  baseline: PlanePoint,
  others: readonly PlanePoint[],
): { readonly singleSwap?: HullPoint; readonly mix?: HullPoint } {
  const all = [baseline, ...others];
  const single = cheapest(others.filter(({ quality }) => quality >= baseline.quality).map(pure));
  const mix = cheapest(
    all.flatMap((better) =>
      all.flatMap((worse) =>
        better.quality > baseline.quality && worse.quality < baseline.quality ? [blend(better, worse, baseline.quality)] : [],
      ),
    ),
  );
  const isSwap = single !== undefined && single.costPerTaskNanoUsd < baseline.costPerTaskNanoUsd;
  const mixMustBeat = isSwap ? single.costPerTaskNanoUsd : baseline.costPerTaskNanoUsd;
  return {
    ...(isSwap ? { singleSwap: single } : {}),
    ...(mix !== undefined && mix.costPerTaskNanoUsd < mixMustBeat ? { mix } : {}),
  };
}

function pure({ model, costPerTaskNanoUsd, quality }: PlanePoint): HullPoint {
  return { shares: { [model]: 1 }, costPerTaskNanoUsd, quality };
}

/** The mix of a better and a worse model that reaches a quality between theirs. */
function blend(better: PlanePoint, worse: PlanePoint, quality: number): HullPoint {
  const share = (quality - worse.quality) / (better.quality - worse.quality);
  const cost = share * better.costPerTaskNanoUsd + (1 - share) * worse.costPerTaskNanoUsd;
  return { shares: { [better.model]: share, [worse.model]: 1 - share }, costPerTaskNanoUsd: Math.round(cost), quality };
}

/** Of equally cheap ones, the better; of those, the first. */
function cheapest(points: readonly HullPoint[]): HullPoint | undefined {
  return points.reduce<HullPoint | undefined>((best, point) => {
    if (best === undefined) return point;
    const lead = best.costPerTaskNanoUsd - point.costPerTaskNanoUsd || point.quality - best.quality;
    return lead > 0 ? point : best;
  }, undefined);
}
