/**
 * Pairs that no grader scored, as a judge sees them. A judgement says which answer is better, so it becomes a pair that only one of
 * both models does well on, and meets the same test as graded answers. What judging cost is no cost of either answer.
 */

import { resolveJudgements } from '../../judging/judgement';
import type { Pair, PairedAnswer } from './evidence';

/** Nothing could score this answer; that is what a judge is for. */
const UNGRADED = 'no-grader';

/** The pairs with the scores that judgements give them; those that have scores already stay as they are. */
export function judgedPairs(pairs: readonly Pair[]): readonly Pair[] {
  return pairs.map(judgedPair);
}

function judgedPair(pair: Pair): Pair {
  const { baseline, candidate, judgements } = pair;
  if (isUngraded(baseline) && isUngraded(candidate)) {
    if (judgements === undefined) return pair;
    const resolved = resolveJudgements(judgements);
    if (resolved.kind === 'unjudged')
      return { ...pair, baseline: excluded(baseline, resolved.why), candidate: excluded(candidate, resolved.why) };
    const { verdict, isFlipped } = resolved;
    return {
      ...pair,
      baseline: scored(baseline, verdict === 'candidate' ? 0 : 1),
      candidate: scored(candidate, verdict === 'baseline' ? 0 : 1),
      judged: { verdict, isFlipped },
    };
  }
  // An answer beats none at all, and no judge is needed to see that.
  if (isUngraded(baseline) && candidate.end === 'failed') return { ...pair, baseline: scored(baseline, 1) };
  if (isUngraded(candidate) && baseline.end === 'failed') return { ...pair, candidate: scored(candidate, 1) };
  return pair;
}

function isUngraded({ end, why }: PairedAnswer): boolean {
  return end === 'excluded' && why === UNGRADED;
}

function scored({ why: _, ...answer }: PairedAnswer, score: number): PairedAnswer {
  return { ...answer, end: 'scored', score };
}

function excluded(answer: PairedAnswer, why: string): PairedAnswer {
  return { ...answer, why };
}
