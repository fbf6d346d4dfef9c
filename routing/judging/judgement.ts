/**
 * A judgement in one order, and what the two orders come to. A judge that prefers the answer it reads first contradicts itself when
 * the order is changed: a win counts only when both orders agree.
 */

import type { Preference } from './read-preference';

/** The orders in which a judge reads the two answers of a pair, each a call of its own. */
export const JUDGE_ROLES = ['judge-baseline-first', 'judge-candidate-first'] as const;
export type JudgeRole = (typeof JUDGE_ROLES)[number];

/** Whether a role is a judge's, and not that of one of the models under test. */
export function isJudgeRole(role: string): role is JudgeRole {
  return (JUDGE_ROLES as readonly string[]).includes(role);
}

/** Which model gave the better answer. */
export type PairVerdict = 'baseline' | 'candidate' | 'tie';

/** How a verdict is kept as a number: 1 for the candidate, 0 for the baseline, one half for neither. */
const SCORES: Readonly<Record<PairVerdict, number>> = { baseline: 0, tie: 0.5, candidate: 1 };

/** The score of what a judge prefers in an order. */
export function scoreOfPreference(role: JudgeRole, preference: Preference): number {
  const first: PairVerdict = role === 'judge-baseline-first' ? 'baseline' : 'candidate';
  const second: PairVerdict = first === 'baseline' ? 'candidate' : 'baseline';
  return SCORES[preference === 'tie' ? 'tie' : preference === 'first' ? first : second];
}

/** One judgement of a pair: with a score as kept, or without one and why. */
export interface Judgement {
  readonly end: 'scored' | 'failed' | 'excluded';
  /** 1, 0.5 or 0; present when scored. */
  readonly score?: number;
  /** A failure class, `judge` for an answer that is no verdict, `judge-family`, `not-admissible`, `spend-cap` or `gone`. */
  readonly why?: string;
}

/** A pair in both orders; null: not judged so. */
export interface Judgements {
  readonly baselineFirst: Judgement | null;
  readonly candidateFirst: Judgement | null;
}

/** What both orders come to: a verdict, with whether they contradicted each other; or why there is none. */
export type ResolvedJudgement =
  | { readonly kind: 'judged'; readonly verdict: PairVerdict; readonly isFlipped: boolean }
  | { readonly kind: 'unjudged'; readonly why: string };

/** A verdict when both orders were judged: theirs where they agree, else a tie. */
export function resolveJudgements({ baselineFirst, candidateFirst }: Judgements): ResolvedJudgement {
  const one = scoreIn(baselineFirst);
  const other = scoreIn(candidateFirst);
  if (typeof one === 'string') return { kind: 'unjudged', why: one };
  if (typeof other === 'string') return { kind: 'unjudged', why: other };
  const verdict = one !== other ? 'tie' : one === SCORES.candidate ? 'candidate' : one === SCORES.baseline ? 'baseline' : 'tie';
  return { kind: 'judged', verdict, isFlipped: one !== other };
}

function scoreIn(judgement: Judgement | null): number | string {
  if (judgement === null) return 'not-replayed';
  if (judgement.end !== 'scored' || judgement.score === undefined) return judgement.why ?? 'judge';
  return judgement.score;
}
