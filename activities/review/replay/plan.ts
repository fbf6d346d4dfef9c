/** What a shard must know before it can put replays on a queue. */

import { loadReplayModels } from '../../../db/queries/replay-inputs';
import { RoutingError } from '../../../routing/errors';
import type { Deps } from '../../deps';

/** Where the calls of a proposal's two models run, and how long they may take. */
export interface ReplayPlan {
  /** Pools of the models; null: the model is no longer in the catalogue, and no call of it will be made. */
  readonly pools: { readonly baseline: string | null; readonly candidate: string | null };
  /** Longest time of one call, in milliseconds. */
  readonly maxCallMs: number;
  /** Longest time that all replays of the review may take, in milliseconds. */
  readonly maxMs: number;
  /** A call whose worker is silent for this long is given to another. */
  readonly heartbeatMs: number;
}

/** @throws {RoutingError} `unknown_proposal` */
export async function planReplays({ db, rules, heartbeatMs }: Deps, { proposalId }: { readonly proposalId: string }): Promise<ReplayPlan> {
  const found = await loadReplayModels(db, proposalId);
  if (found === undefined) throw new RoutingError('unknown_proposal', `There is no proposal ${proposalId}.`);
  const [{ attempts }, { catalogue }] = await Promise.all([rules.policy(found.policyVersion), rules.catalogue(found.catalogueVersion)]);
  const poolOf = (model: string | null) => (model === null ? null : (catalogue.models.get(model)?.pool ?? null));
  return {
    pools: { baseline: poolOf(found.baseline), candidate: poolOf(found.candidate) },
    maxCallMs: attempts.maxCallMs,
    maxMs: found.maxMs,
    heartbeatMs,
  };
}
