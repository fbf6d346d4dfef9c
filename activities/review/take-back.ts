/** Taking a change back: the weight is gone or the old routes are in force again, that is read back, and the class cools down. */

import { canonicalJson } from '../../db/documents/canonical-json';
import { differencePolicies, policyFromJson, policySha256, policyToJson } from '../../db/documents/policy-document';
import { type AppliedRollout, applyRollout, countSetbacks, liveCanaries, moveRollout, type RolloutRow } from '../../db/queries/rollouts';
import { loadPolicy } from '../../db/queries/rules';
import { activeRoutes } from '../../db/queries/watched';
import type { Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import { withChange, withoutChange } from '../../routing/review/change';
import type { Deps } from '../deps';

/** Who moves a rollout when no person does, in the audit log. */
export const ROLLOUT_ACTOR = 'rollout';

/** Changes of the policy by others, one after the other, that one promotion or rollback waits out. */
const MOST_CONFLICTS = 20;

/** Whether the policy in force routes the classes of the change as the change does. */
export async function isInForce({ db }: Pick<Deps, 'db'>, { change }: Pick<RolloutRow, 'change'>): Promise<boolean> {
  const routes = await activeRoutes(db, change.classes);
  return change.classes.every((name) => canonicalJson(routes[name] ?? null) === canonicalJson(change.after[name] ?? null));
}

/**
 * One move on the way from ROLLING_BACK to COOLDOWN. Each may be repeated.
 *
 * @throws {RoutingError} `internal` when what was taken back is still to be seen
 */
export async function takeBack(deps: Deps, row: RolloutRow): Promise<void> {
  const { db } = deps;
  const move = { id: row.id, fromKey: row.moveKey, actor: ROLLOUT_ACTOR, reason: row.reason };
  if (row.state === 'ROLLED_BACK') {
    const { cooldownMs, maxCooldownMs } = row.plan.stability;
    const setbacks = await countSetbacks(db, row);
    await moveRollout(db, { ...move, to: 'COOLDOWN', key: 'cooldown', cooldownMs: Math.min(maxCooldownMs, cooldownMs * 2 ** setbacks) });
    return;
  }
  if (row.promotedVersion !== null && (await isInForce(deps, row))) {
    const { kind } = await applyChange(deps, row, true);
    // `already`: it was taken out before, and a person has put it back by hand since.
    if (kind !== 'already' && (await isInForce(deps, row))) throw stillThere(row);
  }
  if ((await liveCanaries(db)).some(({ rolloutId }) => rolloutId === row.id)) throw stillThere(row);
  await moveRollout(db, { ...move, to: 'ROLLED_BACK', key: 'rolled-back' });
}

function stillThere({ id }: RolloutRow): RoutingError {
  return new RoutingError('internal', `Rollout ${id} was taken back and is still followed. Run "signalbox rollback" now, and report this.`);
}

/** Puts the change in force, or takes it out, on whatever policy is active by now. */
export async function applyChange(deps: Deps, row: RolloutRow, isRollback: boolean): Promise<AppliedRollout> {
  let applied: AppliedRollout = { kind: 'conflict', version: 0 };
  for (let tries = 0; applied.kind === 'conflict' && tries < MOST_CONFLICTS; tries += 1) {
    const active = await activePolicy(deps);
    const next = isRollback ? withoutChange(active, row.change) : withChange(active, row.change);
    applied = await applyRollout(deps.db, {
      id: row.id,
      key: isRollback ? 'rolled-back' : 'promote',
      actor: ROLLOUT_ACTOR,
      expectedVersion: active.version,
      body: policyToJson({ ...next, version: 0 }), // a stored policy takes its number from its row
      sha256: policySha256(next),
      changes: differencePolicies(active, next),
      isRollback,
      reason: row.reason,
    });
  }
  return applied;
}

async function activePolicy({ db }: Deps): Promise<Policy> {
  const row = await loadPolicy(db);
  if (row === undefined) throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" once.');
  return { ...policyFromJson(row.body), version: row.version };
}
