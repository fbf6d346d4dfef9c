/**
 * How many tasks of each stratum to replay.
 *
 * The interval is narrowest when strata are sampled by size times spread; a floor keeps the rare and the quiet strata visible, because
 * each of them may veto.
 */

import { requireCount } from './range';

/** A stratum to sample from. */
export interface SamplingStratum {
  readonly name: string;
  /** Tasks of the frame that belong to the stratum, at least 0. */
  readonly N: number;
  /** Standard deviation of the paired difference in it, at least 0. */
  readonly S: number;
}

/** `neyman` shares by N·S, `proportional` by N alone. */
export type AllocationMethod = 'neyman' | 'proportional';

/**
 * Neyman's optimal shares n·N·S/ΣN·S, before rounding and floors; by N alone when no stratum varies.
 *
 * @param n tasks to share out, at least 0
 * @throws {RangeError} when there is no task to draw from, or an argument is outside its range
 * @see Neyman (1934), "On the two different aspects of the representative method", JRSS 97:558
 */
export function neymanShares(strata: readonly SamplingStratum[], n: number): number[] {
  requireFrame(strata);
  requireCount('n', n);
  return shares(strata, n, 'neyman');
}

/**
 * Whole tasks per stratum, in the order given. Every stratum gets the floor (or all it has); the rest is shared by the method, rounded
 * by largest remainder, the earlier stratum first among equals. What exceeds a stratum goes to the others, so the sum is n, or the
 * whole frame when that is smaller.
 *
 * @param n     tasks to draw, at least the sum of the floors
 * @param floor tasks at least per stratum
 * @throws {RangeError} when there is no task to draw from, n cannot pay for the floors, or an argument is outside its range
 */
export function allocate(strata: readonly SamplingStratum[], n: number, floor: number, method: AllocationMethod): number[] {
  requireFrame(strata);
  requireCount('n', n);
  requireCount('floor', floor);
  const drawn = strata.map(({ N }) => Math.min(floor, N));
  let rest = n - drawn.reduce((total, size) => total + size, 0);
  if (rest < 0) throw new RangeError(`n is ${n}; the floors alone need ${n - rest}. Draw more, lower the floor, or merge strata.`);

  // Strata whose share exceeds what they have are taken whole; that raises the others' shares, which may fill further ones.
  let open = strata.map((_, index) => index).filter((index) => drawn[index]! < strata[index]!.N);
  for (;;) {
    const quotas =
      open.length === 0
        ? []
        : shares(
            open.map((index) => strata[index]!),
            rest,
            method,
          );
    const filled = open.filter((index, at) => drawn[index]! + quotas[at]! >= strata[index]!.N);
    if (filled.length === 0) {
      for (const [at, size] of largestRemainder(quotas, rest).entries()) drawn[open[at]!]! += size;
      return drawn;
    }
    for (const index of filled) {
      rest -= strata[index]!.N - drawn[index]!;
      drawn[index] = strata[index]!.N;
    }
    open = open.filter((index) => !filled.includes(index));
  }
}

function shares(strata: readonly SamplingStratum[], n: number, method: AllocationMethod): number[] {
  const bySpread = method === 'neyman' && strata.some(({ N, S }) => N * S > 0);
  const weights = strata.map(({ N, S }) => (bySpread ? N * S : N));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (n * weight) / total);
}

/** Whole numbers with the sum `total`: every quota rounded down, then one more for the largest fractions. */
function largestRemainder(quotas: readonly number[], total: number): number[] {
  const sizes = quotas.map(Math.floor);
  const missing = total - sizes.reduce((sum, size) => sum + size, 0);
  const byFraction = quotas.map((quota, at) => ({ at, fraction: quota - sizes[at]! })).sort((x, y) => y.fraction - x.fraction);
  for (const { at } of byFraction.slice(0, missing)) sizes[at]! += 1;
  return sizes;
}

function requireFrame(strata: readonly SamplingStratum[]): void {
  for (const { name, N, S } of strata) {
    requireCount(`N of stratum "${name}"`, N);
    if (!(S >= 0 && Number.isFinite(S))) throw new RangeError(`S of stratum "${name}" is ${S}; it must be at least 0.`);
  }
  if (!strata.some(({ N }) => N > 0)) throw new RangeError('There is no task to draw from: give at least one stratum with N above 0.');
}
