/** Pairs and passes for tests of the verifier. */

import type { PassToCompare } from '../../routing/review/prove/compare';
import type { Pair, PairedAnswer } from '../../routing/review/prove/evidence';
import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';

export const scored = (score: number, more: Partial<PairedAnswer> = {}): PairedAnswer => ({
  end: 'scored',
  score,
  costNanoUsd: 1_000,
  latencyMs: 100,
  ...more,
});
export const failed: PairedAnswer = { end: 'failed', why: 'content-refused', costNanoUsd: 500 };
export const excluded: PairedAnswer = { end: 'excluded', why: 'overloaded', costNanoUsd: 0 };

export function pairOf(index: number, baseline: PairedAnswer, candidate: PairedAnswer, more: Partial<Pair> = {}): Pair {
  const taskId = `task-${String(index).padStart(5, '0')}`;
  return { taskId, stratum: 'all', cluster: taskId, block: 0, pass: 1, isSentinel: false, baseline, candidate, ...more };
}

/** Pairs by how both models did: a both succeed, b candidate only, c baseline only, d neither. */
export function pairsOf(
  { a = 0, b = 0, c = 0, d = 0 }: { a?: number; b?: number; c?: number; d?: number },
  more: Partial<Pair> = {},
): Pair[] {
  const scores = [...Array(a).fill([1, 1]), ...Array(b).fill([0, 1]), ...Array(c).fill([1, 0]), ...Array(d).fill([0, 0])] as [
    number,
    number,
  ][];
  return scores.map(([baseline, candidate], index) => pairOf(index, scored(baseline), scored(candidate, { costNanoUsd: 400 }), more));
}

/** A pass with one stratum and the defaults of a review, but for what is given. */
export function passOf(pairs: readonly Pair[], more: Partial<PassToCompare> = {}): PassToCompare {
  const { proof, replay } = DEFAULT_REVIEW_SETTINGS;
  return {
    pass: 1,
    baseline: 'acme/large',
    candidate: 'acme/small',
    kind: 'swap',
    pairs,
    strata: [{ name: 'all', size: 5_000, drawn: pairs.length }],
    earlier: [],
    tolerance: 0.05,
    margin: 0.05,
    floor: null,
    proof,
    planned: { power: replay.power, discordance: replay.discordance },
    seed: 'test',
    ...more,
  };
}
