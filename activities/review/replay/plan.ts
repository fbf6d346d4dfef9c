/** What a shard must know before it can put replays on a queue. */

import { loadReplayModels, type ReplayPart } from '../../../db/queries/replay-inputs';
import { RoutingError } from '../../../routing/errors';
import { rubricFor } from '../../../routing/judging/settings';
import type { Deps } from '../../deps';

/** Where the calls of a proposal's models run, and how long they may take. */
export interface ReplayPlan {
  /** Pools of the models; null: the model is no longer in the catalogue, and no call of it will be made. */
  readonly pools: { readonly baseline: string | null; readonly candidate: string | null };
  /** The candidate is a cascade: its calls may be in several pools, the first in that of its first model. Absent: it is a model. */
  readonly isCascade?: true;
  /** The judge's pool, and the positions whose answers it is asked about; absent: none is. */
  readonly judge?: { readonly pool: string | null; readonly positions: readonly number[] };
  /** Longest time of one call, in milliseconds. */
  readonly maxCallMs: number;
  /** Longest time that all replays of the review may take, in milliseconds. */
  readonly maxMs: number;
  /** A call whose worker is silent for this long is given to another. */
  readonly heartbeatMs: number;
}

/** @throws {RoutingError} `unknown_proposal` */
export async function planReplays({ db, rules, heartbeatMs }: Deps, part: ReplayPart): Promise<ReplayPlan> {
  const found = await loadReplayModels(db, part);
  if (found === undefined) throw new RoutingError('unknown_proposal', `There is no proposal ${part.proposalId}.`);
  const { judge, ungraded: positions } = found;
  const isJudged = judge !== null && rubricFor(judge, found.name) !== undefined && positions.length > 0;
  const [{ attempts }, { catalogue }] = await Promise.all([rules.policy(found.policyVersion), rules.catalogue(found.catalogueVersion)]);
  const poolOf = (model: string | null) => (model === null ? null : (catalogue.models.get(model)?.pool ?? null));
  return {
    pools: { baseline: poolOf(found.baseline), candidate: poolOf(found.candidate) },
    ...(found.isCascade ? { isCascade: true } : {}),
    ...(isJudged ? { judge: { pool: poolOf(judge.model), positions } } : {}),
    maxCallMs: attempts.maxCallMs,
    maxMs: found.maxMs,
    heartbeatMs,
  };
}
