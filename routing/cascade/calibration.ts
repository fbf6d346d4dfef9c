/**
 * What a stated confidence was worth before. Models state high numbers whatever they know, but a model that states more where it is
 * more often right can be corrected: the share of right answers is fitted to what it stated, and may only rise with it.
 */

/** One graded answer of a model: what it stated, and whether the grader found it good. */
export interface StatedAnswer {
  /** A fraction in [0, 1]. */
  readonly stated: number;
  readonly isGood: boolean;
}

/** The share of good answers from a stated confidence on, up to the next entry. */
export interface CalibrationStep {
  readonly from: number;
  /** In (0, 1). */
  readonly share: number;
  readonly answers: number;
}

/**
 * The shares that fit the graded answers best among those that never fall as the stated confidence rises, by pooling adjacent
 * violators. Each pool is moved towards one half by a good and a bad answer that were not there, so that three lucky answers are no
 * certainty.
 *
 * @see Barlow, Bartholomew, Bremner, Brunk (1972), "Statistical Inference under Order Restrictions"
 */
export function calibrationOf(answers: readonly StatedAnswer[]): readonly CalibrationStep[] {
  const byStated = new Map<number, { good: number; answers: number }>();
  for (const { stated, isGood } of answers) {
    const at = byStated.get(stated) ?? { good: 0, answers: 0 };
    at.good += isGood ? 1 : 0;
    at.answers += 1;
    byStated.set(stated, at);
  }
  const pools: { from: number; good: number; answers: number }[] = [];
  for (const [from, counts] of [...byStated].sort(([a], [b]) => a - b)) {
    let pool = { from, ...counts };
    for (
      let before = pools.at(-1);
      before !== undefined && before.good * pool.answers >= pool.good * before.answers;
      before = pools.at(-1)
    ) {
      pools.pop();
      pool = { from: before.from, good: before.good + pool.good, answers: before.answers + pool.answers };
    }
    pools.push(pool);
  }
  // Moving small pools towards one half can break the order that pooling made; the running maximum of lower ends mends it safely:
  // a share is never more than that of any higher confidence.
  const shares = pools.map(({ good, answers }) => (good + 1) / (answers + 2));
  for (let index = shares.length - 2; index >= 0; index--) shares[index] = Math.min(shares[index]!, shares[index + 1]!);
  return pools.map(({ from, answers }, index) => ({ from, share: shares[index]!, answers }));
}

/** The share of good answers to expect where this was stated; undefined when nothing was graded. Below the lowest stated, its share. */
export function calibrated(steps: readonly CalibrationStep[], stated: number): number | undefined {
  return (steps.findLast(({ from }) => from <= stated) ?? steps[0])?.share;
}
