/**
 * One look at a rollout: what its arms show, the move that follows, and that move made.
 *
 * Everything is a row, and every move compares and sets: a look that is repeated, or that runs twice at once, or that was
 * overtaken by a person, finds what was done and does it no second time.
 */

import { randomUUID } from 'node:crypto';
import { loadArmFigures } from '../../db/queries/arms';
import { loadGrounds } from '../../db/queries/rollout-grounds';
import {
  loadRollout,
  type MovedRollout,
  moveRollout,
  type RolloutMonitors,
  type RolloutMoveRow,
  type RolloutRow,
  renewRollout,
  startRollout,
} from '../../db/queries/rollouts';
import { isRoutingError, RoutingError, type RoutingErrorCode } from '../../routing/errors';
import { type ArmFigures, armDifference } from '../../routing/review/rollout/arms';
import { lostApproval } from '../../routing/review/rollout/lost-approval';
import { nextRolloutMove, type RolloutMove, type RolloutStanding } from '../../routing/review/rollout/rollout';
import { ABORTABLE_STATES } from '../../routing/review/states';
import type { Look } from '../../workflows/messages';
import type { Deps } from '../deps';
import { applyChange, ROLLOUT_ACTOR, takeBack } from './take-back';

/** Moves of one look: from the first weight to the end of a cool-down there are fewer. */
const MOST_MOVES = 12;

/** No look comes sooner after another, in milliseconds. */
const LEAST_PAUSE_MS = 100;

/** Errors of the outside world: they say nothing of the analysis, and the look is tried again. */
const OUTSIDE: ReadonlySet<RoutingErrorCode> = new Set(['database_unreachable', 'database_full', 'schema_out_of_date']);

/** Begins the rollout of an approved proposal, or finds it. Null: it may not be rolled out, and why. */
export async function beginRollout(
  { db }: Deps,
  { proposalId }: { readonly proposalId: string },
): Promise<{ readonly rolloutId: string | null; readonly why?: string }> {
  const begun = await startRollout(db, { id: randomUUID(), proposalId, salt: randomUUID(), actor: ROLLOUT_ACTOR });
  return 'why' in begun ? { rolloutId: null, why: begun.why } : { rolloutId: begun.rolloutId };
}

/** Looks, and makes every move that follows at once. */
export async function lookAtRollout(deps: Deps, { rolloutId }: { readonly rolloutId: string }, signal: AbortSignal): Promise<Look> {
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    signal.throwIfAborted();
    const row = await requireRollout(deps, rolloutId);
    const look = await lookOnce(deps, row);
    if (look !== 'moved') return look;
  }
  const { state, plan } = await requireRollout(deps, rolloutId);
  return { state, isOver: false, nextMs: plan.canary.tickMs };
}

/** Ends a rollout that nobody wants any more, unless it is promoted, or on its way back or over. Safe to repeat. */
export async function abortRollout(
  deps: Deps,
  { rolloutId, why }: { readonly rolloutId: string; readonly why: string },
): Promise<{ readonly state: string }> {
  const row = await requireRollout(deps, rolloutId);
  if (!ABORTABLE_STATES.includes(row.state)) return { state: row.state };
  const { state } = await moveRollout(deps.db, { id: row.id, to: 'ABORTED', key: 'aborted', actor: ROLLOUT_ACTOR, reason: why });
  return { state };
}

/** The rollout. @throws {RoutingError} `unknown_rollout` */
export async function requireRollout({ db }: Pick<Deps, 'db'>, id: string): Promise<RolloutRow> {
  const row = await loadRollout(db, id);
  if (row === undefined) throw new RoutingError('unknown_rollout', `There is no rollout ${id}. "signalbox rollout list" shows all.`);
  return row;
}

/** What both arms of a rollout have shown since its evidence counts. */
export function armsOf(db: Deps['db'], { id, plan, monitors, stepAtMs }: RolloutRow): Promise<ArmFigures> {
  return loadArmFigures(db, {
    rolloutId: id,
    candidate: plan.candidate,
    scale: plan.scale,
    labelWindowMs: plan.canary.labelWindowMs,
    countedFromMs: monitors?.countedFromMs ?? 0,
    stepFromMs: stepAtMs,
    soakFromMs: monitors?.soakFromMs,
  });
}

async function lookOnce(deps: Deps, row: RolloutRow): Promise<Look | 'moved'> {
  switch (row.state) {
    case 'PROMOTED':
    case 'WATCHED':
    case 'COOLDOWN':
    case 'IDLE':
    case 'ABORTED':
      return { state: row.state, isOver: true, nextMs: 0 };
    case 'ROLLING_BACK':
    case 'ROLLED_BACK':
      await takeBack(deps, row);
      return 'moved';
    default:
      return carryOut(deps, row, await judge(deps, row));
  }
}

/** The move that follows, and what to remember. A failure of the analysis itself is counted, and too many pause the rollout. */
interface Judgement {
  readonly move: RolloutMove;
  readonly monitors: RolloutMonitors;
  readonly failedLooks: number;
}

async function judge(deps: Deps, row: RolloutRow): Promise<Judgement> {
  const hasLapsed = row.weight > 0 && (row.leaseUntilMs ?? 0) < row.nowMs;
  const leasedFromMs = hasLapsed || row.weight === 0 ? row.nowMs : (row.monitors?.leasedFromMs ?? row.startedAtMs);
  const monitors: RolloutMonitors = { ...row.monitors, leasedFromMs };
  try {
    return await judgeByFigures(deps, row, monitors);
  } catch (error) {
    if (isRoutingError(error) && OUTSIDE.has(error.code)) throw error;
    const failedLooks = Math.min(row.failedLooks + 1, 1_000);
    const why = `${failedLooks} looks in a row failed; the last with ${isRoutingError(error) ? error.code : 'an unexpected error'}.`;
    const isTooMany = failedLooks >= row.plan.canary.consecutiveErrorLimit && (row.state === 'CANARY' || row.state === 'SOAKING');
    const move: RolloutMove = isTooMany ? { kind: 'pause', reason: 'AnalysisError', why } : { kind: 'continue', why, isSilent: false };
    return { move, monitors: { ...monitors, lastWhy: why }, failedLooks };
  }
}

async function judgeByFigures({ db }: Deps, row: RolloutRow, monitors: RolloutMonitors): Promise<Judgement> {
  const { plan } = row;
  const grounds = await loadGrounds(db, row.id);
  const lost = lostApproval(plan.candidate, grounds?.demands ?? null, grounds?.approvedThen ?? null, grounds?.approvedNow ?? null);
  if (lost !== undefined) return { move: { kind: 'abort', why: lost }, monitors, failedLooks: 0 };
  const figures = await armsOf(db, row);
  const standing: RolloutStanding = {
    state: row.state as RolloutStanding['state'], // the others were dealt with
    step: row.step,
    silentLooks: monitors.silentLooks ?? 0,
    maxCostRatio: grounds?.maxCostRatio ?? null,
    maxLatencyRatio: grounds?.maxLatencyRatio ?? null,
  };
  const move = nextRolloutMove(plan, standing, figures, {
    nowMs: row.nowMs,
    stepAtMs: row.stepAtMs,
    startedAtMs: monitors.resumedAtMs ?? row.startedAtMs,
    leasedFromMs: monitors.leasedFromMs ?? row.startedAtMs,
  });
  const { even, soak } = figures;
  const difference = armDifference([even, soak], plan.canary.alpha, plan.canary.nStar);
  const seen: RolloutMonitors = {
    ...monitors,
    lastWhy: move.why,
    silentLooks: move.kind === 'continue' && move.isSilent ? standing.silentLooks + 1 : 0,
    labelled: { canary: even.canary.labelled + soak.canary.labelled, control: even.control.labelled + soak.control.labelled },
    ...(difference && { difference: rounded(difference) }),
  };
  return { move, monitors: seen, failedLooks: 0 };
}

/** Stored and shown: the last digits depend on the machine. */
function rounded({ delta, lower, upper }: { readonly delta: number; readonly lower: number; readonly upper: number }) {
  const round = (value: number) => Math.round(value * 1e9) / 1e9;
  return { delta: round(delta), lower: round(lower), upper: round(upper) };
}

async function carryOut(deps: Deps, row: RolloutRow, judgement: Judgement): Promise<Look | 'moved'> {
  const { move, monitors } = judgement;
  const make = (to: RolloutMoveRow['to'], key: string, further: Partial<RolloutMoveRow> = {}) =>
    makeMove(deps, row, { to, key, reason: move.why, monitors, ...further });
  switch (move.kind) {
    case 'continue':
      return keepWeight(deps, row, judgement);
    case 'advance':
      return make('CANARY', `step-${move.step}`, { step: move.step, weight: move.weight, control: move.control });
    case 'soak': {
      const { weight, control } = move;
      return make('SOAKING', 'soak', { weight, control, monitors: { ...monitors, soakFromMs: row.nowMs } });
    }
    case 'pause':
      return make('PAUSED', keyAfter('pause', row), { pauseReason: move.reason, resumeTo: row.state === 'SOAKING' ? 'SOAKING' : 'CANARY' });
    case 'hold':
      return make('HOLD', keyAfter('hold', row), { resumeTo: row.state === 'SOAKING' ? 'SOAKING' : 'CANARY' });
    case 'roll-back':
      return make('ROLLING_BACK', 'roll-back');
    case 'abort':
      return make('ABORTED', 'aborted');
    case 'promote':
      return promote(deps, row, move.why);
  }
}

/** A key for a move that may be made more than once in a life: no two moves end at one instant. */
function keyAfter(name: string, { movedAtMs }: RolloutRow): string {
  return `${name}-${Math.round(movedAtMs * 1_000)}`;
}

/** Makes a move, if nobody else has moved the rollout meanwhile. One whose approval or base is gone is aborted instead. */
async function makeMove(
  { db }: Deps,
  row: RolloutRow,
  move: Pick<RolloutMoveRow, 'to' | 'key' | 'reason'> & Partial<RolloutMoveRow>,
): Promise<'moved'> {
  const common = { id: row.id, fromKey: row.moveKey, actor: ROLLOUT_ACTOR };
  await moveRollout(db, { ...common, ...move }).catch((error: unknown): Promise<MovedRollout> => {
    if (!isRoutingError(error) || error.code !== 'not_approved') throw error;
    return moveRollout(db, {
      ...common,
      to: 'ABORTED',
      key: 'aborted',
      reason: 'Its approval no longer counts, or the policy under it was changed.',
    });
  });
  return 'moved';
}

/** Renews the lease, so that dispatch goes on to follow the weight. */
async function keepWeight(deps: Deps, row: RolloutRow, { monitors, failedLooks }: Judgement): Promise<Look | 'moved'> {
  const renewed = await renewRollout(deps.db, { id: row.id, monitors, failedLooks });
  if (renewed.kind === 'void') return makeMove(deps, row, { to: 'ABORTED', key: 'aborted', reason: `It is void: ${renewed.why}.` });
  return { state: renewed.state, isOver: false, nextMs: nextLookMs(row) };
}

/** A tick, sooner where the step's time is over sooner, and never so long that the lease could run out. */
function nextLookMs({ state, step, stepAtMs, nowMs, plan }: RolloutRow): number {
  const { tickMs, leaseMs, dwellMs, soakMs } = plan.canary;
  const lastsMs = state === 'SOAKING' ? soakMs : state === 'CANARY' ? (dwellMs[step] ?? 0) : 0;
  const leftMs = stepAtMs + lastsMs - nowMs;
  const tick = Math.min(tickMs, leaseMs / 3);
  return Math.ceil(Math.max(LEAST_PAUSE_MS, leftMs > 0 ? Math.min(tick, leftMs) : tick));
}

/** Puts the approved routes in force on whatever else was changed for other classes meanwhile. */
async function promote(deps: Deps, row: RolloutRow, why: string): Promise<'moved'> {
  const applied = await applyChange(deps, { ...row, reason: why }, false);
  if (applied.kind !== 'refused') return 'moved';
  // Refused because somebody paused it: then the move below is refused as well, and the next look sees the pause.
  return makeMove(deps, row, { to: 'ABORTED', key: 'aborted', reason: `It could not be promoted: ${applied.why}.` });
}
