/** What a rollout was approved on, and what of it holds now. */

import type { ClassDemands } from '../../routing/review/figures/figures';
import type { ModelApproval } from '../../routing/review/rollout/lost-approval';
import { type Database, guarded } from '../connect';

export interface RolloutGrounds {
  /** Upper bound of the cost ratio that the replay showed; null: it showed none. */
  readonly maxCostRatio: number | null;
  readonly maxLatencyRatio: number | null;
  /** What the tasks of the class demanded in the window of the review; null: not known. */
  readonly demands: ClassDemands | null;
  /** What the candidate was approved for by the catalogue of the review, and by the one in force. */
  readonly approvedThen: ModelApproval | null;
  readonly approvedNow: ModelApproval | null;
}

/** Undefined: there is no such rollout. */
export function loadGrounds(db: Database, rolloutId: string): Promise<RolloutGrounds | undefined> {
  return guarded('load what a rollout was approved on', async () => {
    const { sql } = db;
    const approvalIn = (version: ReturnType<typeof sql>) => sql`
      (SELECT jsonb_build_object('status', m.status, 'privacyTiers', m.privacy_tiers, 'regions', m.regions)
        FROM catalogue_models m WHERE m.catalogue_version = ${version} AND m.model = r.plan->>'candidate')`;
    const [row] = await sql<RolloutGrounds[]>`
      SELECT (p.comparisons->-1->'cost'->'ratio'->>'hi')::float8 AS "maxCostRatio",
        (v.settings->'proof'->>'maxLatencyRatio')::float8 AS "maxLatencyRatio",
        (SELECT c->'demands' FROM jsonb_array_elements(v.analysis->'classes') AS c WHERE c->>'name' = r.name LIMIT 1) AS demands,
        ${approvalIn(sql`v.catalogue_version`)} AS "approvedThen",
        ${approvalIn(sql`(SELECT version FROM catalogue_versions WHERE active)`)} AS "approvedNow"
      FROM rollouts r JOIN proposals p ON p.id = r.proposal_id JOIN reviews v ON v.id = r.review_id WHERE r.id = ${rolloutId}`;
    return row;
  });
}
