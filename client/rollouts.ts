/**
 * What people do with rollouts: look at them, pause, resume and abort them, and roll the policy back.
 *
 * The row is changed first and counts at once, for dispatch too; the workflow is told after that, and would find it at its next
 * look. So all of it works while Temporal does not.
 */

import type { Client } from '@temporalio/client';
import type { Database } from '../db/connect';
import { countGoldenRuns, type GoldenRuns } from '../db/queries/golden-set';
import { findRollouts, moveRollout, type RolloutMonitors, type RolloutRow, rollBackPolicy } from '../db/queries/rollouts';
import { RoutingError } from '../routing/errors';
import { ABORTABLE_STATES } from '../routing/review/states';
import { ROLLOUT_SIGNAL, rolloutWorkflowId } from '../workflows/messages';

export type { GoldenRuns } from '../db/queries/golden-set';
export type { RolloutRow } from '../db/queries/rollouts';

/** Who does what to which rollout, and why. */
export interface RolloutOrder {
  /** Its id, or the beginning of it. */
  readonly id: string;
  readonly actor: string;
  readonly note: string;
}

/** How long Temporal may take to hear of a change, in milliseconds; it is not waited for longer. */
const TEMPORAL_PATIENCE_MS = 2_000;

/** Rollouts, newest first. */
export function listRollouts(db: Database, limit = 50): Promise<readonly RolloutRow[]> {
  return findRollouts(db, '', limit);
}

/**
 * The rollout whose id begins so.
 *
 * @throws {RoutingError} `unknown_rollout`; `bad_input` when more than one begins so
 */
export async function loadRollout(db: Database, idPrefix: string): Promise<RolloutRow> {
  const found = idPrefix === '' ? [] : await findRollouts(db, idPrefix.toLowerCase(), 2);
  const [rollout, another] = found;
  if (rollout === undefined) {
    throw new RoutingError('unknown_rollout', `There is no rollout ${idPrefix}. "signalbox rollout list" shows all.`);
  }
  if (another !== undefined) {
    throw new RoutingError('bad_input', `More than one rollout begins with ${idPrefix}. Give more of its id.`);
  }
  return rollout;
}

/** How far the golden set of a promoted change has been run. Undefined: it has none. */
export async function loadGoldenRuns(db: Database, { id, plan }: Pick<RolloutRow, 'id' | 'plan'>): Promise<GoldenRuns | undefined> {
  return plan.watch.goldenTasks === 0 ? undefined : countGoldenRuns(db, id);
}

/**
 * Stops a rollout where it is: it keeps its weight and goes no further until somebody resumes or aborts it.
 *
 * @throws {RoutingError} `unknown_rollout`; `conflict` when it is where nothing can be paused
 */
export async function pauseRollout(db: Database, temporal: Client | undefined, order: RolloutOrder): Promise<RolloutRow> {
  const rollout = await loadRollout(db, order.id);
  if (rollout.state === 'PAUSED') return rollout;
  const isSoaking = rollout.state === 'SOAKING';
  if (!isSoaking && rollout.state !== 'CANARY') throw cannot('pause', rollout);
  await change(db, rollout, order, { to: 'PAUSED', name: 'pause', pauseReason: 'Operator', resumeTo: isSoaking ? 'SOAKING' : 'CANARY' });
  return told(db, temporal, rollout);
}

/**
 * Lets a rollout that waits go on. One that had paused because its evidence was bad begins its step anew, and counts only what
 * comes from now on; the deadline counts from now on as well.
 *
 * @throws {RoutingError} `unknown_rollout`; `conflict` when it does not wait; `not_approved` when its approval or its base is gone
 */
export async function resumeRollout(db: Database, temporal: Client | undefined, order: RolloutOrder): Promise<RolloutRow> {
  const rollout = await loadRollout(db, order.id);
  if (rollout.state === 'CANARY' || rollout.state === 'SOAKING') return rollout;
  if (rollout.state !== 'PAUSED' && rollout.state !== 'HOLD') throw cannot('resume', rollout);
  const { plan, step, nowMs } = rollout;
  const { soakFromMs, ...monitors }: RolloutMonitors = { ...rollout.monitors, resumedAtMs: nowMs, leasedFromMs: nowMs, silentLooks: 0 };
  const startsAnew = rollout.pauseReason !== null && rollout.pauseReason !== 'Operator' && rollout.pauseReason !== 'NoData';
  if (startsAnew) {
    const weight = plan.canary.steps[step] ?? 0;
    await change(db, rollout, order, {
      to: 'CANARY',
      name: 'resume',
      step,
      weight,
      control: weight,
      monitors: { ...monitors, countedFromMs: nowMs },
    });
  } else {
    const kept = soakFromMs === undefined ? monitors : { ...monitors, soakFromMs };
    await change(db, rollout, order, { to: rollout.resumeTo ?? 'CANARY', name: 'resume', monitors: kept });
  }
  return told(db, temporal, rollout);
}

/**
 * Ends a rollout: from the next decision on its class is on the old route.
 *
 * @throws {RoutingError} `unknown_rollout`; `too_late` when it has been promoted or has ended
 */
export async function abortRollout(db: Database, temporal: Client | undefined, order: RolloutOrder): Promise<RolloutRow> {
  const rollout = await loadRollout(db, order.id);
  if (rollout.state === 'ABORTED') return rollout;
  if (rollout.promotedVersion !== null && rollout.state !== 'IDLE') {
    throw new RoutingError(
      'too_late',
      `Rollout ${rollout.id} has been promoted as policy version ${rollout.promotedVersion}. Take that back with "signalbox rollback".`,
    );
  }
  if (!ABORTABLE_STATES.includes(rollout.state)) {
    throw new RoutingError(
      'too_late',
      `Rollout ${rollout.id} is ${rollout.state}: it moves no task any more, and there is nothing to abort.`,
    );
  }
  const { state } = await moveRollout(db, { id: rollout.id, to: 'ABORTED', key: 'aborted', actor: order.actor, reason: order.note });
  if (state !== 'ABORTED') throw cannot('abort', { ...rollout, state });
  return told(db, temporal, rollout);
}

/** What a rollback did: the version it made, the one whose rules are in force again, the rollouts it ended. */
export interface PolicyRollback {
  readonly version: number;
  readonly restored: number;
  readonly ended: readonly string[];
}

/**
 * Puts the rules of an earlier version in force, by default of the one before the present, and ends every rollout: all in one
 * transaction, and in effect for the next decision.
 *
 * @throws {RoutingError} `unknown_policy` when there is no such version
 */
export async function rollbackPolicy(
  db: Database,
  temporal: Client | undefined,
  { version, actor, reason }: { readonly version?: number; readonly actor: string; readonly reason: string },
): Promise<PolicyRollback> {
  const done = await rollBackPolicy(db, { actor, reason, ...(version === undefined ? {} : { version }) });
  if (done === undefined) {
    const what = version === undefined ? 'no version before the one in force' : `no policy version ${version}`;
    throw new RoutingError('unknown_policy', `There is ${what}. "signalbox policy history" lists all; nothing was changed.`);
  }
  await Promise.all(done.ended.map((id) => tell(temporal, id)));
  return done;
}

interface Change {
  readonly to: 'PAUSED' | 'CANARY' | 'SOAKING';
  readonly name: string;
  readonly pauseReason?: 'Operator';
  readonly resumeTo?: 'CANARY' | 'SOAKING';
  readonly step?: number;
  readonly weight?: number;
  readonly control?: number;
  readonly monitors?: RolloutMonitors;
}

/** Moves it, unless somebody else did meanwhile. */
async function change(db: Database, rollout: RolloutRow, { actor, note }: RolloutOrder, { name, ...move }: Change): Promise<void> {
  const key = `${name}-${Math.round(rollout.movedAtMs * 1_000)}`;
  const { kind, state } = await moveRollout(db, { id: rollout.id, fromKey: rollout.moveKey, key, actor, reason: note, ...move });
  if (kind === 'refused') throw cannot(name, { ...rollout, state });
}

async function told(db: Database, temporal: Client | undefined, { id }: RolloutRow): Promise<RolloutRow> {
  await tell(temporal, id);
  return loadRollout(db, id);
}

/** A workflow that does not hear of it finds it at its next look. */
async function tell(temporal: Client | undefined, id: string): Promise<void> {
  const signal = () => temporal?.workflow.getHandle(rolloutWorkflowId(id)).signal(ROLLOUT_SIGNAL) ?? Promise.resolve();
  await (temporal?.withDeadline(Date.now() + TEMPORAL_PATIENCE_MS, signal) ?? Promise.resolve()).catch(() => {});
}

function cannot(what: string, { id, state }: Pick<RolloutRow, 'id' | 'state'>): RoutingError {
  return new RoutingError(
    'conflict',
    `Rollout ${id} is ${state}, and there is nothing to ${what}. Nothing was changed; look at "signalbox rollout show ${id}".`,
  );
}
