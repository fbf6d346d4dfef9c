/** Ends a task with the answer of a step, and with the grade that this answer got when it was checked. */

import { loadRecordedStep } from '../../db/queries/cascades';
import { loadTaskToCall } from '../../db/queries/dispatch';
import { endTask } from '../../db/queries/ledger';
import type { Decision } from '../../routing/decision/decision';
import { RoutingError } from '../../routing/errors';
import type { GiveInput, Outcome } from '../../workflows/messages';
import { endWith } from '../call/complete';
import { answeredCall } from '../call/model-call';
import type { Deps } from '../deps';
import { stepAt } from './step-request';

/** Gives the task its outcome, or finds the one it has. */
export async function giveAnswer(deps: Deps, { taskId, decisionId, step, answer, as, reason }: GiveInput): Promise<Outcome> {
  const recorded = await loadRecordedStep(deps.db, taskId, step);
  const loaded = await loadTaskToCall(deps.db, { taskId, decisionId, number: answer, model: '' });
  if (loaded?.attempt == null || recorded === undefined) {
    throw new RoutingError('internal', `Task ${taskId} has no recorded answer of step ${step} to give.`);
  }
  const call = await answeredCall(deps, loaded, loaded.attempt);
  const decision = loaded.decision as Decision;
  const { check } = stepAt(decision, step);
  const detail = check?.terms.kind === 'grader' ? 'By the grader that was its check.' : 'Graded when its step ended.';
  const graded = recorded.score === null ? undefined : { score: recorded.score, detail };
  const { outcome } = await endTask(
    deps.db,
    endWith(call, taskId, { code: as, reason: as === 'answered' ? reason : `${reason}${leftOut(decision)}` }, graded),
  );
  return outcome.kind;
}

/** Which steps were never open to the task, where that may be why no better answer is given. */
function leftOut({ cascade }: Decision): string {
  const skipped = cascade?.skipped ?? [];
  if (skipped.length === 0) return '';
  return ` Left out from the start: ${skipped.map(({ place, model, rule }) => `step ${place} (${model}) by ${rule}`).join(', ')}.`;
}
