/**
 * The check of a step's answer, recorded once: what was recorded is not checked again, whoever asks. The answer is graded too where its
 * task has a grader, whether it is given or not: only so can it be said later how often the check is right.
 */

import type { Grader } from '../../db/documents/grader';
import { loadStatedAnswers, loadStepToCheck, recordStep, type StepToCheck } from '../../db/queries/cascades';
import type { Check, Checked } from '../../routing/cascade/check';
import type { Decision } from '../../routing/decision/decision';
import { RoutingError } from '../../routing/errors';
import type { CheckStepInput, CheckStepResult } from '../../workflows/messages';
import { gradeOf, type StoredAnswer } from '../call/complete';
import type { Deps } from '../deps';
import { runCheck } from './checks';
import type { CheckSubject } from './checks/subject';
import { stepAt } from './step-request';

/** @param signal ends a program that checks or grades; then nothing is recorded, and the next run begins anew */
export async function checkStep(deps: Deps, input: CheckStepInput, signal: AbortSignal): Promise<CheckStepResult> {
  const { taskId, decisionId, step, crashed, isLost } = input;
  const loaded = await loadStepToCheck(deps.db, input);
  if (loaded === undefined || loaded.answer === null) {
    throw new RoutingError('internal', `Task ${taskId} has no answer of step ${step} to check.`);
  }
  if (loaded.recorded !== null) return loaded.recorded.result;
  const decision = loaded.decision as Decision;
  const terms = stepAt(decision, step).check?.terms;
  const body = (loaded.answer.body ?? undefined) as StoredAnswer | undefined;
  const checked = await resultOf(terms, body, crashed);
  const score = checked.score ?? (await scoreOf());
  signal.throwIfAborted();
  const { result } = await recordStep(deps.db, {
    ...{ taskId, decisionId, step, attemptId: loaded.answer.attemptId, checkKind: terms?.kind, checkAttemptId: loaded.asked?.attemptId },
    ...{ ...checked, stated: checked.stated ?? body?.confidence, score },
  });
  return result;

  async function resultOf(check: Check | undefined, answer: StoredAnswer | undefined, why: string | undefined): Promise<StepVerdict> {
    if (check === undefined) return { result: 'unchecked', why: 'The step has no check.' };
    if (why !== undefined) return { result: 'crashed', why: `The check could not be made: ${why}.` };
    if (answer === undefined) return { result: 'crashed', why: 'The answer was erased before it was checked.' };
    return runCheck(check, subjectOf(deps, loaded as StepToCheck, decision, answer), signal);
  }

  /** By the task's grader alone, so that no check is measured by itself but where it is the grader. */
  async function scoreOf(): Promise<number | undefined> {
    if (body === undefined || isLost) return undefined;
    return (await gradeOf(graderOf(loaded as StepToCheck), body, signal))?.score;
  }
}

type StepVerdict = Omit<Checked, 'result'> & { readonly result: CheckStepResult };

function graderOf({ grader }: StepToCheck): Grader | undefined {
  return (grader ?? undefined) as Grader | undefined;
}

function subjectOf({ db }: Deps, loaded: StepToCheck, { taskClass }: Decision, answer: StoredAnswer): CheckSubject {
  return {
    answer,
    grader: graderOf(loaded),
    asked: (loaded.asked?.body ?? undefined) as CheckSubject['asked'],
    stated: () => loadStatedAnswers(db, taskClass, loaded.answer?.model ?? ''),
  };
}
