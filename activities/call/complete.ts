/**
 * The end of an answered task: its grade, the rating that follows from it, its one outcome.
 */

import type { Grader } from '../../db/documents/grader';
import { loadAnswer } from '../../db/queries/dispatch';
import { endTask, type TaskEnd } from '../../db/queries/ledger';
import type { Model } from '../../routing/catalogue';
import type { Decision } from '../../routing/decision/decision';
import type { Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { CallOutcome } from '../../workflows/messages';
import type { Deps } from '../deps';
import { grade } from '../graders';
import { type Grade, soundGrade } from '../graders/grade';
import type { Answer } from '../providers/provider';

/** An answered call, as far as the end of its task needs it. */
export interface AnsweredCall {
  readonly attemptId: string;
  readonly model: Model;
  readonly decision: Decision;
  readonly policy: Policy;
  readonly grader: Grader | undefined;
}

/** Content of an answer, as `answers` keeps it. */
export interface StoredAnswer extends Pick<Answer, 'text' | 'toolCalls' | 'finishReason' | 'recordedQuality'> {
  /** What its model stated of it, a fraction in [0, 1]; only where a cascade asked for it. */
  readonly confidence?: number;
}

/** A score in [0, 1] on the scale of ratings, 1 to 5. */
export function ratingOfScore(score: number): number {
  return 1 + 4 * score;
}

/** How an answered task ends. Runs the task's grader, if it has one; a grader that fails leaves the task without a score. */
export async function endingOf(call: AnsweredCall, taskId: string, answer: StoredAnswer, signal: AbortSignal): Promise<TaskEnd> {
  const graded = await gradeOf(call.grader, answer, signal);
  return endWith(call, taskId, { code: 'answered', reason: `${call.model.displayName} answered.` }, graded);
}

/** The end of a task that is given this answer, with its grade if it has one. */
export function endWith(
  call: AnsweredCall,
  taskId: string,
  { code, reason }: { readonly code: string; readonly reason: string },
  graded: Grade | undefined,
): TaskEnd {
  return {
    taskId,
    kind: 'completed',
    code,
    reason,
    model: call.model.id,
    attemptId: call.attemptId,
    taskClass: call.decision.taskClass,
    ...(graded === undefined ? {} : { scoreDetail: graded.detail }),
    ...(graded?.score === undefined
      ? {}
      : {
          score: graded.score,
          rating: {
            // The attempt's own id: grading it again finds the rating it has.
            id: call.attemptId,
            taskId,
            provider: call.model.provider,
            model: call.model.id,
            score: ratingOfScore(graded.score),
            tier: call.decision.tier,
            taskClass: call.decision.taskClass,
            source: 'grader',
            ratedBy: call.grader?.kind ?? 'recorded',
            alpha: call.policy.learning.alpha,
            seed: call.policy.learning.seed,
          },
        }),
  };
}

/** What the grader says of an answer; undefined: there is none, and the answer was not recorded with its quality. */
export async function gradeOf(grader: Grader | undefined, answer: StoredAnswer, signal: AbortSignal): Promise<Grade | undefined> {
  if (grader === undefined) {
    return answer.recordedQuality === undefined
      ? undefined
      : soundGrade({ score: answer.recordedQuality, detail: 'Recorded with the answer.' });
  }
  return grade(grader, answer.text, signal);
}

/** Grades an answer that is stored already, and ends its task. Safe to repeat. */
export async function completeTask(deps: Deps, call: AnsweredCall, taskId: string, signal: AbortSignal): Promise<CallOutcome> {
  const stored = (await loadAnswer(deps.db, taskId, call.attemptId)) as StoredAnswer | undefined;
  if (stored === undefined) throw new RoutingError('internal', `Attempt ${call.attemptId} is answered and has no answer.`);
  const { outcome } = await endTask(deps.db, await endingOf(call, taskId, stored, signal));
  return { kind: 'ended', outcome: outcome.kind };
}
