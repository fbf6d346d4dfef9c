/**
 * Rollouts: begun, moved, renewed, applied and taken back, each by one call of a database function that compares and sets. What
 * the functions do stands in db/migrations/0004_review_functions.sql.
 *
 * JSON columns hold what the pure modules made, and nothing else writes them, so they are read as those types.
 */

import type { LiveCanary } from '../../routing/decision/canary';
import type { RouteChange } from '../../routing/review/change';
import type { RolloutPlan } from '../../routing/review/rollout/rollout-plan';
import type { WatchProgress } from '../../routing/review/rollout/watch';
import type { PauseReason, RolloutState } from '../../routing/review/states';
import { type Database, guarded } from '../connect';

/** What a rollout keeps from look to look. */
export interface RolloutMonitors {
  /** The last move that was considered, for people. */
  readonly lastWhy?: string;
  /** Looks in a row that should have said something and could not. */
  readonly silentLooks?: number;
  /** Evidence from before this instant is not counted: a person resumed what had paused for bad evidence. */
  readonly countedFromMs?: number;
  /** From when the deadline counts: a person resumed it. */
  readonly resumedAtMs?: number;
  /** Since when dispatch has followed the weight without a break. */
  readonly leasedFromMs?: number;
  /** Start of the soak, once it has begun. */
  readonly soakFromMs?: number;
  /** Quality of the arms as last seen, canary minus control. */
  readonly difference?: { readonly delta: number; readonly lower: number; readonly upper: number };
  readonly labelled?: { readonly canary: number; readonly control: number };
}

/** A rollout as stored. Instants are milliseconds since the epoch by the database's clock. */
export interface RolloutRow {
  readonly id: string;
  readonly proposalId: string;
  readonly reviewId: string;
  /** The class, or the group. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly state: RolloutState;
  /** Names the last move; no two moves of a rollout have the same. */
  readonly moveKey: string;
  readonly reason: string;
  readonly pauseReason: PauseReason | null;
  readonly resumeTo: 'CANARY' | 'SOAKING' | null;
  readonly step: number;
  readonly weight: number;
  readonly control: number;
  readonly change: RouteChange;
  readonly plan: RolloutPlan;
  readonly evidenceSha256: string;
  readonly baseVersion: number;
  readonly promotedVersion: number | null;
  readonly monitors: RolloutMonitors | null;
  readonly watch: WatchProgress | null;
  readonly failedLooks: number;
  readonly leaseUntilMs: number | null;
  readonly startedAtMs: number;
  readonly stepAtMs: number;
  readonly movedAtMs: number;
  readonly cooldownUntilMs: number | null;
  /** When it was read. */
  readonly nowMs: number;
}

const COLUMNS = `id, proposal_id AS "proposalId", review_id AS "reviewId", name, classes, state, move_key AS "moveKey", reason,
  pause_reason AS "pauseReason", resume_to AS "resumeTo", step, weight, control, change, plan, evidence_sha256 AS "evidenceSha256",
  base_version AS "baseVersion", promoted_version AS "promotedVersion", monitors, watch, failed_looks AS "failedLooks",
  extract(epoch FROM lease_until)::float8 * 1000 AS "leaseUntilMs", extract(epoch FROM started_at)::float8 * 1000 AS "startedAtMs",
  extract(epoch FROM step_at)::float8 * 1000 AS "stepAtMs", extract(epoch FROM moved_at)::float8 * 1000 AS "movedAtMs",
  extract(epoch FROM cooldown_until)::float8 * 1000 AS "cooldownUntilMs", extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"`;

/** Undefined: there is no such rollout. */
export function loadRollout(db: Database, id: string): Promise<RolloutRow | undefined> {
  return guarded('load a rollout', async () => {
    const [row] = await db.sql<RolloutRow[]>`SELECT ${db.sql.unsafe(COLUMNS)} FROM rollouts WHERE id = ${id}`;
    return row;
  });
}

/** Rollouts whose id begins so, at most `limit`, newest first. An empty beginning is that of all. */
export function findRollouts(db: Database, idPrefix: string, limit: number): Promise<readonly RolloutRow[]> {
  return guarded('list rollouts', () =>
    db.sql<RolloutRow[]>`
      SELECT ${db.sql.unsafe(COLUMNS)} FROM rollouts WHERE starts_with(id::text, ${idPrefix}) ORDER BY started_at DESC, id DESC LIMIT ${limit}`.then(
      (rows) => [...rows],
    ),
  );
}

export type StartedRollout =
  | { readonly kind: 'started' | 'exists'; readonly rolloutId: string }
  /** The class has a rollout under way, or the proposal may not be rolled out. */
  | { readonly kind: 'busy' | 'refused'; readonly why: string };

/** Begins the rollout of an approved proposal, with no task moved yet, or finds the one it has. */
export function startRollout(
  db: Database,
  rollout: { readonly id: string; readonly proposalId: string; readonly salt: string; readonly actor: string },
): Promise<StartedRollout> {
  return guarded('begin a rollout', async () => {
    const [row] = await db.sql<[{ result: StartedRollout }]>`SELECT start_rollout(${JSON.stringify(rollout)}::text::jsonb) AS result`;
    return row.result;
  });
}

export interface RolloutMoveRow {
  readonly id: string;
  /** `PROMOTED` is reached by `applyRollout` alone. */
  readonly to: Exclude<RolloutState, 'APPROVED' | 'PROMOTED'>;
  /** Names this very move, so that making it again finds it made. */
  readonly key: string;
  /** The move that was the last one when this was decided. */
  readonly fromKey?: string;
  readonly actor: string;
  readonly reason: string;
  readonly pauseReason?: PauseReason;
  readonly resumeTo?: 'CANARY' | 'SOAKING';
  /** Begins the step anew, also when it is the same. */
  readonly step?: number;
  readonly weight?: number;
  readonly control?: number;
  readonly monitors?: RolloutMonitors;
  readonly watch?: WatchProgress;
  readonly cooldownMs?: number;
}

/** `already`: this very move was made before. `refused`: it stands where this cannot be done, or was moved by somebody else. */
export interface MovedRollout {
  readonly kind: 'moved' | 'already' | 'refused';
  readonly state: RolloutState;
}

/** @throws {RoutingError} `not_approved` for a weight whose approval or base is gone */
export function moveRollout(db: Database, move: RolloutMoveRow): Promise<MovedRollout> {
  return guarded('move a rollout', async () => {
    const [row] = await db.sql<[{ result: MovedRollout }]>`SELECT move_rollout(${JSON.stringify(move)}::text::jsonb) AS result`;
    return row.result;
  });
}

export type RenewedRollout =
  | { readonly kind: 'renewed'; readonly state: RolloutState }
  | { readonly kind: 'void'; readonly state: RolloutState; readonly why: string };

/** Renews the lease of a weight and stores what was seen. `void`: its approval or its base is gone, and it is not renewed. */
export function renewRollout(
  db: Database,
  renewal: { readonly id: string; readonly monitors: RolloutMonitors; readonly failedLooks: number },
): Promise<RenewedRollout> {
  return guarded('renew a rollout', async () => {
    const [row] = await db.sql<[{ result: RenewedRollout }]>`SELECT renew_rollout(${JSON.stringify(renewal)}::text::jsonb) AS result`;
    return row.result;
  });
}

export interface RolloutApplication {
  readonly id: string;
  readonly key: string;
  readonly actor: string;
  /** The version that the body was made from, compared and set. */
  readonly expectedVersion: number;
  readonly body: unknown;
  readonly sha256: string;
  readonly changes: unknown;
  readonly isRollback: boolean;
  readonly reason: string;
}

export type AppliedRollout =
  | { readonly kind: 'applied' | 'already' | 'conflict'; readonly version: number }
  | { readonly kind: 'refused'; readonly why: string };

/** Puts a version of the policy in force in the name of a rollout. `conflict`: another version is active than the one expected. */
export function applyRollout(db: Database, application: RolloutApplication): Promise<AppliedRollout> {
  return guarded('apply a rollout', async () => {
    const [row] = await db.sql<[{ result: AppliedRollout }]>`SELECT apply_rollout(${JSON.stringify(application)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Puts the rules of an earlier version in force, and ends every rollout. Undefined: there is no such version. */
export function rollBackPolicy(
  db: Database,
  rollback: { readonly version?: number; readonly actor: string; readonly reason: string },
): Promise<{ readonly version: number; readonly restored: number; readonly ended: readonly string[] } | undefined> {
  return guarded('roll the policy back', async () => {
    const [row] = await db.sql<[{ result: { version: number; restored: number; ended: string[] } | null }]>`
      SELECT rollback_policy(${JSON.stringify(rollback)}::text::jsonb) AS result`;
    return row.result ?? undefined;
  });
}

/** What dispatch follows at this moment. */
export function liveCanaries(db: Database): Promise<readonly LiveCanary[]> {
  return guarded('read the live canaries', async () => {
    const [row] = await db.sql<[{ canaries: LiveCanary[] }]>`SELECT live_canaries() AS canaries`;
    return row.canaries;
  });
}

/**
 * Stores how far a watch has come, if it is where it was: two looks at once count no outcome twice.
 *
 * @returns false when another look was first
 */
export function saveWatch(db: Database, id: string, looksBefore: number, watch: WatchProgress): Promise<boolean> {
  return guarded('store a watch', async () => {
    const rows = await db.sql`
      UPDATE rollouts SET watch = ${JSON.stringify(watch)}::text::jsonb
        WHERE id = ${id} AND state = 'WATCHED' AND (watch->>'looks')::integer = ${looksBefore} RETURNING id`;
    return rows.length > 0;
  });
}

/** How often this candidate was rejected for, or taken back from, a class of this rollout before. */
export function countSetbacks(db: Database, rollout: Pick<RolloutRow, 'id' | 'proposalId' | 'classes' | 'plan'>): Promise<number> {
  return guarded('count earlier setbacks', async () => {
    const [row] = await db.sql<[{ setbacks: number }]>`
      SELECT (SELECT count(*) FROM rollouts WHERE id <> ${rollout.id} AND cooldown_until IS NOT NULL
          AND classes && ${[...rollout.classes]} AND plan->>'candidate' = ${rollout.plan.candidate})::integer
        + (SELECT count(*) FROM proposals WHERE state = 'REJECTED' AND classes && ${[...rollout.classes]}
          AND candidate = ${rollout.plan.candidate})::integer AS setbacks`;
    return row.setbacks;
  });
}

/** Rollouts whose cool-down is over by the database's clock. */
export function cooledDownRollouts(db: Database): Promise<readonly string[]> {
  return guarded('find rollouts that have cooled down', async () => {
    const rows = await db.sql<{ id: string }[]>`SELECT id FROM rollouts WHERE state = 'COOLDOWN' AND cooldown_until <= clock_timestamp()`;
    return rows.map(({ id }) => id);
  });
}

/** Changes that somebody must look after, and what does: the rollout until it is promoted, the watch from then on. */
export function rolloutsToAttend(db: Database): Promise<readonly { readonly rolloutId: string; readonly by: 'rollout' | 'watch' }[]> {
  return guarded('look for rollouts that nobody looks after', async () => {
    // What has just moved is on its way from one to the other.
    const rows = await db.sql<{ rolloutId: string; by: 'rollout' | 'watch' }[]>`
      SELECT id AS "rolloutId", CASE WHEN promoted_version IS NULL THEN 'rollout' ELSE 'watch' END AS by FROM rollouts
      WHERE state NOT IN ('COOLDOWN', 'IDLE', 'ABORTED') AND moved_at < clock_timestamp() - interval '5 seconds' ORDER BY id`;
    return [...rows];
  });
}
