/** What the end of a judge's call says of the two answers that it was shown. */

import { type JudgeRole, scoreOfPreference } from '../../judging/judgement';
import { readPreference } from '../../judging/read-preference';
import { type ReplayEnd, type ReplayResult, replayResult } from './replay-step';

/** Why a pair is left out that the judge did not judge: it refused, said nothing, or nothing that is a verdict. */
const NO_VERDICT = { outcome: 'excluded', why: 'judge' } as const;

/**
 * A score of the pair, or an exclusion: whatever a judge fails at says nothing of the models that it was to judge.
 *
 * @param end its `answer` is what the judge wrote; null: nothing that is kept
 */
export function judgementResult(role: JudgeRole, end: ReplayEnd & { readonly answer: string | null }): ReplayResult {
  if (end.kind !== 'completed') {
    const result = replayResult(end);
    return result.outcome === 'failed' ? NO_VERDICT : result;
  }
  const preference = end.answer === null ? undefined : readPreference(end.answer);
  if (preference === undefined) return NO_VERDICT;
  return { outcome: 'scored', score: scoreOfPreference(role, preference), ...(end.latencyMs === null ? {} : { latencyMs: end.latencyMs }) };
}
