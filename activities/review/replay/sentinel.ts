/**
 * Sentinels: pairs whose candidate answer is known to be bad. A scoring that cannot tell them from good answers cannot tell a bad
 * candidate from a good one either, and nothing it says counts.
 */

import type { Grader } from '../../../db/documents/grader';
import type { ReplayRole, ReplayToMake } from '../../../db/queries/replay-inputs';
import { type ReplayResult, replayResult } from '../../../routing/review/replay/replay-step';
import { grade } from '../../graders';

/** An answer to nothing: it is polite, well-formed, and does none of the work. */
const KNOWN_BAD = 'I am afraid that I have nothing to say about this.';

/**
 * The two sides of a sentinel, neither of which is called: the baseline's is what the original scored, the candidate's is what the
 * task's own grader gives to the bad answer. Excluded where the task has no grader, or the grader fails.
 */
export async function sentinelResult(role: ReplayRole, original: ReplayToMake['original'], signal: AbortSignal): Promise<ReplayResult> {
  if (original === null) return { outcome: 'excluded', why: 'gone' };
  const answered = { kind: 'completed', code: 'sentinel', latencyMs: null };
  if (original.grader === null) return replayResult({ ...answered, score: null, isGraded: false });
  if (role === 'baseline') return replayResult({ ...answered, score: original.score, isGraded: true });
  const { score } = await grade(original.grader as Grader, KNOWN_BAD, signal);
  return replayResult({ ...answered, score: score ?? null, isGraded: true });
}
