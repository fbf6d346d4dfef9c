/**
 * One replay, a past task on a model, or one judgement of its two answers: through the same filter, reservation and settlement as every
 * call.
 *
 * Everything it has done stands in rows, so whoever runs it next goes on from there: the row of the replay, which holds its share of
 * the review's cap, and the attempts of its task. What must wait gives up its place instead of holding it, because live tasks are
 * called from the same pool.
 */

import { loadReplay, type OpenedReplay } from '../../../db/queries/replay-inputs';
import { recordUncalled } from '../../../db/queries/replays';
import type { CallFailure } from '../../../routing/decision/failure';
import { RoutingError } from '../../../routing/errors';
import { isJudgeRole } from '../../../routing/judging/judgement';
import { nextReplayStep, type ReplayResult } from '../../../routing/review/replay/replay-step';
import type { ReplayInput, ReplayOutcome } from '../../../workflows/messages';
import { callModelOnce } from '../../call/model-call';
import type { Deps } from '../../deps';
import { cancelReplay, closeEnded, closeUnanswered } from './close';
import { openOne, type ReplaySubject, reservedForOneCall } from './open';
import { openCascade } from './open-cascade';
import { openJudgement } from './open-judgement';
import { stepThroughCascade } from './replay-cascade';
import { sentinelResult } from './sentinel';
import { SLOT_WAIT_MS, type Step } from './step';

/** Time until a replay asks again for the money that others hold, in milliseconds: about as long as a call takes. */
const CAP_WAIT_MS = 1_000;

/**
 * Replays one sampled task on one model, or has its answers judged in one order; or finds that done. Never pays twice for one call, whoever dies in between.
 *
 * @returns `done`: its row has a result. `capped`: the review's cap has no room for it. `closed`: nobody wants it any more. A pool: its
 *   next call is to be made there
 * @throws {RoutingError} `provider_busy` when its next call is to be made later, and when
 */
export async function replayOnce(deps: Deps, input: ReplayInput, signal: AbortSignal): Promise<ReplayOutcome> {
  for (;;) {
    const step = await takeStep(deps, input, signal);
    if (step.kind === 'elsewhere') return { pool: step.pool };
    if (step.kind !== 'again') return step.kind;
    if (step.afterMs > 0 || signal.aborted) {
      const message = `The replay at position ${input.position} of proposal ${input.proposalId} is to be tried again later.`;
      throw new RoutingError('provider_busy', message, { retryAfterMs: Math.max(1, step.afterMs) });
    }
  }
}

/** Reads how far it has come, and goes on by at most one call. */
async function takeStep(deps: Deps, input: ReplayInput, signal: AbortSignal): Promise<Step> {
  const replay = await loadReplay(deps.db, input);
  if (replay === undefined) {
    const message = `Proposal ${input.proposalId} has no sample at position ${input.position} of pass ${input.pass}.`;
    throw new RoutingError('unknown_proposal', message);
  }
  const { row, model, isWanted, isSentinel } = replay;
  if (row?.state === 'done') return { kind: 'done' };
  if (!isWanted) {
    if (row !== null) await cancelReplay(deps.db, row.replayTaskId);
    return { kind: 'closed' };
  }
  if (model === null) throw new RoutingError('internal', `Proposal ${input.proposalId} is replayed and names no ${input.role}.`);
  const subject: ReplaySubject = { ...replay, model };
  const { cascade } = replay;
  if (row !== null && cascade !== null) return stepThroughCascade({ deps, input, subject: { ...subject, cascade }, row, signal });
  if (row !== null) return carryOn(deps, input, subject, row, signal);
  if (isSentinel && !isJudgeRole(input.role)) return keep(deps, input, subject, await sentinelResult(input.role, replay.original, signal));

  const opened = isJudgeRole(input.role)
    ? await openJudgement(deps, { ...input, role: input.role }, subject)
    : cascade === null
      ? await openOne(deps, input, subject)
      : await openCascade(deps, input, { ...subject, cascade });
  switch (opened.kind) {
    case 'unneeded':
      return { kind: 'done' };
    case 'opened':
      if (cascade !== null) return { kind: 'again', afterMs: 0 };
      return call(deps, input, subject, opened.row, 1, signal);
    case 'exists':
      return { kind: 'again', afterMs: 0 };
    case 'cap-busy':
      return { kind: 'again', afterMs: CAP_WAIT_MS };
    case 'excluded':
      return keep(deps, input, subject, { outcome: 'excluded', why: opened.why });
    default:
      return { kind: opened.kind };
  }
}

/** Keeps a result that needed no call. */
async function keep({ db, newId }: Deps, input: ReplayInput, { taskId, model }: ReplaySubject, result: ReplayResult): Promise<Step> {
  const isKept = await recordUncalled(db, { ...input, taskId, model, replayTaskId: newId() }, result);
  return { kind: isKept ? 'done' : 'closed' };
}

/** Goes on where somebody stopped: finds the end of the last call under its number, or makes the next one. */
async function carryOn(deps: Deps, input: ReplayInput, subject: ReplaySubject, row: OpenedReplay, signal: AbortSignal): Promise<Step> {
  const { last, calls, sinceLastMs: sinceMs, elapsedMs } = row;
  if (last === null || last.failure === null) return call(deps, input, subject, row, Math.max(1, calls), signal);
  const step = await judge(deps, input, subject, row, { failure: last.failure, calls, sinceMs, elapsedMs });
  return step ?? call(deps, input, subject, row, calls + 1, signal);
}

/** Makes a call, or finds it made; then the replay is done, or its failure is judged. */
async function call(
  deps: Deps,
  input: ReplayInput,
  subject: ReplaySubject,
  row: OpenedReplay,
  number: number,
  signal: AbortSignal,
): Promise<Step> {
  const { replayTaskId: taskId, decisionId } = row;
  const isNew = number > row.calls;
  if (isNew && row.reservedNano - row.spentNano < (await reservedForOneCall(deps, subject, row.request))) {
    // The catalogue has other prices than when the money was taken from the cap, or a call cost more than its worst case.
    await closeUnanswered(deps.db, taskId, { class: 'spend-cap', message: 'What is reserved for this replay no longer covers a call.' });
    return { kind: 'done' };
  }
  const startedAt = performance.now();
  const { attempts } = await deps.rules.policy(subject.policyVersion);
  const outcome = await callModelOnce(deps, { taskId, decisionId, number, model: subject.model, maxCallMs: attempts.maxCallMs }, signal);
  if (outcome.kind === 'ended') {
    await closeEnded(deps.db, taskId);
    return { kind: 'done' };
  }
  // It keeps its place in the queue, and finds its slot when it comes again.
  if (outcome.kind === 'await-slot') return { kind: 'again', afterMs: SLOT_WAIT_MS };
  const { failure } = outcome;
  const calls = NOT_ATTEMPTED.has(failure.class) ? number - 1 : number;
  const elapsedMs = row.elapsedMs + performance.now() - startedAt;
  return (await judge(deps, input, subject, row, { failure, calls, sinceMs: 0, elapsedMs })) ?? { kind: 'again', afterMs: 0 };
}

/** Failures that are worth another try and leave no attempt behind. */
const NOT_ATTEMPTED: ReadonlySet<CallFailure['class']> = new Set(['cooling-down', 'budget-busy']);

/** What follows from a failed call: its wait, or the end of the replay. Undefined: the next call may be made now. */
async function judge(
  { db, rules }: Deps,
  { tries }: ReplayInput,
  { policyVersion }: ReplaySubject,
  { replayTaskId }: OpenedReplay,
  failed: Pick<Parameters<typeof nextReplayStep>[0], 'failure' | 'calls' | 'sinceMs' | 'elapsedMs'>,
): Promise<Step | undefined> {
  const { attempts: limits } = await rules.policy(policyVersion);
  const step = nextReplayStep({ ...failed, tries, limits, seed: replayTaskId });
  if (step.kind === 'call') return step.afterMs > 0 ? { kind: 'again', afterMs: step.afterMs } : undefined;
  await closeUnanswered(db, replayTaskId, failed.failure);
  return { kind: 'done' };
}
