/**
 * The four cells of paired outcomes: what every comparison of two models on the same tasks starts from.
 *
 * A failed call counts as a failed task. Leaving such pairs out would flatter the model that fails most.
 */

import { requireCount } from './range';

/** How both models ended on the same tasks: counts. */
export interface PairCells {
  /** Both succeeded. */
  readonly a: number;
  /** Only the candidate succeeded. */
  readonly b: number;
  /** Only the baseline succeeded. */
  readonly c: number;
  /** Neither succeeded. */
  readonly d: number;
}

/** The discordant pairs among n pairs: all that a difference of paired rates depends on. */
export interface DiscordantPairs {
  /** Only the candidate succeeded. */
  readonly b: number;
  /** Only the baseline succeeded. */
  readonly c: number;
  /** Pairs. */
  readonly n: number;
}

/** 1 for a success, 0 for a failure, null where there was no answer: a timeout, a refusal, or nothing that can be parsed. */
export type PairedOutcome = 0 | 1 | null;

/**
 * Counts the cells of [baseline, candidate] pairs. A candidate without an answer has failed (intention to treat); a pair without
 * a baseline compares nothing, so it is excluded and counted.
 *
 * @throws {RangeError} when an outcome is not 0, 1 or null
 */
export function pairCells(pairs: readonly (readonly [number | null, number | null])[]): PairCells & { excluded: number } {
  const cells = { a: 0, b: 0, c: 0, d: 0, excluded: 0 };
  for (const [baseline, candidate] of pairs) {
    requireOutcome('A baseline outcome', baseline);
    requireOutcome('A candidate outcome', candidate);
    if (baseline === null) cells.excluded += 1;
    else if (candidate === 1) cells[baseline === 1 ? 'a' : 'b'] += 1;
    else cells[baseline === 1 ? 'c' : 'd'] += 1;
  }
  return cells;
}

function requireOutcome(name: string, outcome: number | null): asserts outcome is PairedOutcome {
  if (outcome !== 0 && outcome !== 1 && outcome !== null)
    throw new RangeError(`${name} is ${outcome}; it must be 1 (success), 0 (failure) or null (no answer).`);
}

/** @throws {RangeError} when b, c are not counts of at least 0, n is not one of at least `atLeast`, or b + c exceeds n */
export function requireDiscordantPairs({ b, c, n }: DiscordantPairs, atLeast = 1): void {
  requireCount('n', n, atLeast);
  requireCount('b', b);
  requireCount('c', c);
  if (b + c > n) throw new RangeError(`b + c is ${b + c}, more than the ${n} pairs.`);
}
