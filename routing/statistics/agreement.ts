/**
 * How far a judge and people agree beyond chance.
 *
 * Two figures, as each misleads alone: when nearly all answers are good, kappa can be .13 at 91 % agreement, and AC1 does not punish
 * a judge that calls everything good.
 */

import { requireCount } from './range';

/** A k × k table of counts: rows are one rater's categories, columns the other's, in the same order. */
export type AgreementMatrix = readonly (readonly number[])[];

/** How much a disagreement weighs by its distance in categories: all the same, by distance, or by its square (for scores). */
export type KappaWeights = 'none' | 'linear' | 'quadratic';

const DISAGREEMENT: Readonly<Record<KappaWeights, (distance: number) => number>> = {
  none: (distance) => (distance === 0 ? 0 : 1),
  linear: (distance) => distance,
  quadratic: (distance) => distance ** 2,
};

/**
 * Cohen's kappa, in [−1, 1]: 1 − observed disagreement / disagreement expected of independent raters with the same margins. A judge
 * is used from quadratic-weighted 0.60 on.
 *
 * @throws {RangeError} when the table is not square with counts, or both raters used one and the same category only: chance would
 *   then agree always, and kappa is 0/0
 * @see Cohen (1960), "A coefficient of agreement for nominal scales"; (1968), "Weighted kappa", Psychological Bulletin 70(4)
 */
export function cohenKappa(matrix: AgreementMatrix, weights: KappaWeights = 'none'): number {
  const { total, rows, columns } = marginsOf(matrix);
  const weigh = DISAGREEMENT[weights];
  let observed = 0;
  let expected = 0;
  matrix.forEach((row, i) => {
    row.forEach((count, j) => {
      observed += weigh(Math.abs(i - j)) * count;
      expected += (weigh(Math.abs(i - j)) * rows[i]! * columns[j]!) / total;
    });
  });
  if (expected === 0) throw new RangeError('Both raters used one category only, so kappa is undefined. Rate more varied answers.');
  return 1 - observed / expected;
}

/**
 * Gwet's AC1, in [−1, 1]: (p_a − p_e)/(1 − p_e) with chance agreement `p_e = Σ π_c(1 − π_c)/(k − 1)`, π_c the mean share of
 * category c.
 *
 * @throws {RangeError} when the table is not square with counts
 * @see Gwet (2008), "Computing inter-rater reliability and its variance in the presence of high agreement", BJMSP 61(1)
 */
export function gwetAc1(matrix: AgreementMatrix): number {
  const { total, rows, columns } = marginsOf(matrix);
  let agreed = 0;
  let chance = 0;
  matrix.forEach((row, category) => {
    const share = (rows[category]! + columns[category]!) / (2 * total);
    agreed += row[category]! / total;
    chance += (share * (1 - share)) / (matrix.length - 1);
  });
  return (agreed - chance) / (1 - chance);
}

function marginsOf(matrix: AgreementMatrix): { total: number; rows: number[]; columns: number[] } {
  if (matrix.length < 2) throw new RangeError('Agreement needs at least two categories.');
  const rows = matrix.map(() => 0);
  const columns = matrix.map(() => 0);
  let total = 0;
  matrix.forEach((row, i) => {
    if (row.length !== matrix.length) throw new RangeError(`Row ${i} has ${row.length} counts for ${matrix.length} categories.`);
    row.forEach((count, j) => {
      requireCount(`Count ${j} of row ${i}`, count);
      rows[i]! += count;
      columns[j]! += count;
      total += count;
    });
  });
  if (total === 0) throw new RangeError('The table of agreement counts nothing.');
  return { total, rows, columns };
}
