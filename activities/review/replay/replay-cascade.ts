/**
 * The replay of a task through a cascade: the calls, checks and the answer that dispatch would make, one after the other, each through
 * the same filter, reservation and settlement.
 *
 * How far it has come is read from its attempts and from the results of its checks, so whoever runs it next goes on from there. A call
 * that is refused before it begins leaves no row, and is asked for again.
 */

import type { Grader } from '../../../db/documents/grader';
import { type CascadeAttempt, type CascadeRows, loadCascadeRows } from '../../../db/queries/cascades';
import type { OpenedReplay } from '../../../db/queries/replay-inputs';
import type { CallPart, CascadeEvent } from '../../../routing/cascade/next-step';
import type { Decision } from '../../../routing/decision/decision';
import { RoutingError } from '../../../routing/errors';
import { type CascadeReplayStep, nextCascadeReplayStep } from '../../../routing/review/replay/cascade-replay-step';
import type { NanoUsd } from '../../../routing/units';
import type { PlannedCascadeStep, ReplayInput } from '../../../workflows/messages';
import { callModelOnce } from '../../call/model-call';
import { checkStep } from '../../cascade/check-step';
import { giveAnswer } from '../../cascade/give-answer';
import { plannedSteps } from '../../cascade/planned-steps';
import { stepAt } from '../../cascade/step-request';
import type { Deps } from '../../deps';
import { closeEnded, closeUnanswered } from './close';
import { type CascadeSubject, reservedForPart } from './open-cascade';
import { SLOT_WAIT_MS, type Step } from './step';

/** A replay that is under way. */
interface Run {
  readonly deps: Deps;
  readonly input: ReplayInput;
  readonly subject: CascadeSubject;
  readonly row: OpenedReplay;
  readonly signal: AbortSignal;
}

/** How far it has come. */
interface Progress extends Run {
  readonly decision: Decision;
  readonly steps: readonly PlannedCascadeStep[];
  readonly rows: CascadeRows;
}

/** A call of a step, by its number in the task. */
type StepCall = Pick<CascadeAttempt, 'number' | 'place' | 'part' | 'model'>;

/** Goes on by at most one call: where it has a pool, whatever follows a call begins anew, so that none takes longer than one call may. */
export async function stepThroughCascade(run: Run): Promise<Step> {
  const progress = await loadProgress(run);
  const running = progress.rows.attempts.find(({ state }) => state === 'running');
  return running === undefined ? follow(progress, nextStep(progress)) : makeCall(progress, running);
}

async function loadProgress(run: Run): Promise<Progress> {
  const { deps, row, subject } = run;
  const rows = await loadCascadeRows(deps.db, row.replayTaskId, row.decisionId);
  const decision = rows?.decision as Decision | undefined;
  if (rows === undefined || decision?.cascade === undefined) {
    throw new RoutingError('internal', `Replay ${row.replayTaskId} of a cascade has no decision with steps.`);
  }
  const { steps } = plannedSteps(decision.cascade, (subject.original?.grader ?? null) as Grader | null);
  return { ...run, decision, steps, rows };
}

/** @param unrecorded a call that was refused before it began */
function nextStep({ row, decision, steps, rows }: Progress, unrecorded: readonly CascadeEvent[] = []): CascadeReplayStep {
  const ceiling = decision.cascade?.costCeilingNanoUsd;
  return nextCascadeReplayStep({
    ...{ steps, limits: decision.limits, seed: row.replayTaskId, elapsedMs: rows.elapsedMs },
    events: [...eventsOf(rows, steps), ...unrecorded],
    ...(ceiling === undefined ? {} : { costCeilingNanoUsd: ceiling }),
  });
}

async function follow(progress: Progress, next: CascadeReplayStep): Promise<Step> {
  const { deps, input, row, steps, rows, signal } = progress;
  const { replayTaskId: taskId, decisionId } = row;
  switch (next.kind) {
    case 'leave-out':
    case 'give-up':
      await closeUnanswered(deps.db, taskId, next.failure);
      return { kind: 'done' };
    case 'give': {
      const { place } = stepOf(steps, next.step);
      const answer = rows.attempts.find((attempt) => attempt.place === place && attempt.part === 'answer' && attempt.state === 'answered');
      await giveAnswer(deps, { taskId, decisionId, step: place, answer: answer?.number ?? 0, as: next.as, reason: next.why });
      await closeEnded(deps.db, taskId);
      return { kind: 'done' };
    }
    case 'check': {
      const { place, link, programMs } = stepOf(steps, next.step);
      const { answer, asked, crashed } = next;
      const known = { ...(asked !== undefined && { asked }), ...(crashed !== undefined && { crashed }) };
      await checkStep(deps, { taskId, decisionId, step: place, answer, ...known }, signal);
      return programMs === undefined ? { kind: 'again', afterMs: 0 } : after(input, link.pool);
    }
    case 'call': {
      if (next.afterMs > 0) return { kind: 'again', afterMs: next.afterMs };
      const step = stepOf(steps, next.step);
      const pool = poolOf(step, next.part);
      if (input.pool !== undefined && input.pool !== pool) return { kind: 'elsewhere', pool };
      const number = rows.attempts.reduce((most, attempt) => Math.max(most, attempt.number), 0) + 1;
      return makeCall(progress, { number, place: step.place, part: next.part, model: next.model });
    }
  }
}

/** Makes a call, or finds the end of one whose worker died. */
async function makeCall(progress: Progress, { number, place, part, model }: StepCall): Promise<Step> {
  const { deps, input, row, decision, steps, rows, signal } = progress;
  const { replayTaskId: taskId, decisionId } = row;
  const isNew = rows.attempts.every((attempt) => attempt.number !== number);
  if (isNew && row.reservedNano - spentOn(rows.attempts) < (await worstCaseOf(progress, place, part))) {
    // The catalogue has other prices than when the money was taken from the cap, or a call cost more than its worst case.
    await closeUnanswered(deps.db, taskId, { class: 'spend-cap', message: 'What is reserved for this replay no longer covers a call.' });
    return { kind: 'done' };
  }
  const { maxCallMs } = decision.limits;
  const outcome = await callModelOnce(deps, { taskId, decisionId, number, model, maxCallMs, step: place, part }, signal);
  if (outcome.kind === 'ended') {
    await closeEnded(deps.db, taskId);
    return { kind: 'done' };
  }
  if (outcome.kind === 'await-slot') return { kind: 'again', afterMs: SLOT_WAIT_MS };
  const step = steps.findIndex((each) => each.place === place);
  const pool = poolOf(stepOf(steps, step), part);
  if (outcome.kind === 'answered') return after(input, pool);

  const now = await loadProgress(progress);
  if (now.rows.attempts.some((attempt) => attempt.number === number)) return after(input, pool);
  // It was refused before it began, and nobody would remember: what follows is decided at once.
  const failed = { model, failure: outcome.failure, failedAtMs: now.rows.elapsedMs };
  const next = nextStep(now, [{ kind: 'failed', step, part, failed, costNanoUsd: 0 }]);
  return next.kind === 'call' ? { kind: 'again', afterMs: Math.max(1, next.afterMs) } : follow(now, next);
}

function worstCaseOf({ deps, subject, decision }: Progress, place: number, part: CallPart): Promise<NanoUsd> {
  return reservedForPart(deps, subject, stepAt(decision, place), part);
}

/** What follows a call: in a run of its own where it has a pool. */
function after({ pool: own }: ReplayInput, pool: string): Step {
  return own === undefined ? { kind: 'again', afterMs: 0 } : { kind: 'elsewhere', pool };
}

function poolOf({ link, check }: PlannedCascadeStep, part: CallPart): string {
  return ((part === 'check' ? check?.link : undefined) ?? link).pool;
}

/** All that has happened, as dispatch would remember it. */
function eventsOf({ attempts, checked }: CascadeRows, steps: readonly PlannedCascadeStep[]): readonly CascadeEvent[] {
  const indexOf = (place: number) => steps.findIndex((step) => step.place === place);
  const results = checked.map(({ place, result }): CascadeEvent => ({ kind: 'checked', step: indexOf(place), result }));
  const calls = attempts.map(({ number, place, part, model, state, failure, costNano, endedMs }): CascadeEvent => {
    const common = { step: indexOf(place), part, costNanoUsd: costNano ?? 0 };
    if (state === 'answered') return { kind: 'answered', number, ...common };
    const unknown = { class: 'in-doubt' as const, message: 'The end of this call is unknown.' };
    return { kind: 'failed', failed: { model, failure: failure ?? unknown, failedAtMs: endedMs ?? 0 }, ...common };
  });
  // A result comes after every call of its step, and before those of the next.
  return [...calls, ...results]
    .map((event, index) => ({ event, index }))
    .sort((a, b) => a.event.step - b.event.step || a.index - b.index)
    .map(({ event }) => event);
}

function spentOn(attempts: readonly CascadeAttempt[]): number {
  return attempts.reduce((sum, { costNano }) => sum + (costNano ?? 0), 0);
}

function stepOf(steps: readonly PlannedCascadeStep[], index: number): PlannedCascadeStep {
  return steps[index] as PlannedCascadeStep;
}
