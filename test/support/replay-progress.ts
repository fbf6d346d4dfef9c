/** What a review's replays come to, counted from their rows. */

import type { Database } from '../../db/connect';
import type { NanoUsd } from '../../routing/units';

/** Where the replays of a review stand. */
export interface ReplayProgress {
  /** Replays planned: two for each sampled task. */
  readonly planned: number;
  readonly open: number;
  readonly scored: number;
  readonly failed: number;
  readonly excluded: number;
  readonly capNano: NanoUsd;
  readonly reservedNano: NanoUsd;
  readonly spentNano: NanoUsd;
}

/** Counts of one review. Undefined: no such review. */
export async function replayProgress(db: Database, reviewId: string): Promise<ReplayProgress | undefined> {
  const [row] = await db.sql<[{ result: ReplayProgress | null }?]>`
    SELECT jsonb_build_object('capNano', v.replay_cap_nano, 'reservedNano', v.replay_reserved_nano, 'spentNano', v.replay_spent_nano,
      'planned', (SELECT 2 * count(*) FROM replay_samples s JOIN proposals p ON p.id = s.proposal_id WHERE p.review_id = v.id),
      'open', count(r.*) FILTER (WHERE r.state = 'open'), 'scored', count(r.*) FILTER (WHERE r.outcome = 'scored'),
      'failed', count(r.*) FILTER (WHERE r.outcome = 'failed'), 'excluded', count(r.*) FILTER (WHERE r.outcome = 'excluded')) AS result
    FROM reviews v LEFT JOIN replay_results r ON r.review_id = v.id WHERE v.id = ${reviewId} GROUP BY v.id`;
  return row?.result ?? undefined;
}
