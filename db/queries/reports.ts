/** What a report is made of beside the proposals themselves, and the report once it is made. */

import { eq } from 'drizzle-orm';
import { RoutingError } from '../../routing/errors';
import type { ReplayFact } from '../../routing/review/report/facts';
import type { ReviewReport } from '../../routing/review/report/report';
import { type Database, guarded } from '../connect';
import { readStored } from '../documents/read-stored';
import { reviewReport } from '../documents/review-report';
import { policyVersions, reviews } from '../schema';

/** Of a review, what only its report asks for. Instants are milliseconds since the epoch, by the clock of the database. */
export interface ReportOccasion {
  readonly now: number;
  readonly startedAt: number;
  /** Null: not reported yet. */
  readonly reportedAt: number | null;
  readonly trigger: { readonly kind: string; readonly detail: string };
  /** Of the policy that the proposals change. */
  readonly policySha256: string;
}

/** @throws {RoutingError} `unknown_review` */
export function loadReportOccasion(db: Database, reviewId: string): Promise<ReportOccasion> {
  return guarded('load what the report of a review says of it', async () => {
    const [row] = await db.drizzle
      .select({
        startedAt: reviews.startedAt,
        reportedAt: reviews.reportedAt,
        kind: reviews.triggerKind,
        detail: reviews.triggerDetail,
        policySha256: policyVersions.sha256,
      })
      .from(reviews)
      .innerJoin(policyVersions, eq(policyVersions.version, reviews.baseVersion))
      .where(eq(reviews.id, reviewId));
    if (row === undefined) throw unknownReview(reviewId);
    const [clock] = await db.sql<[{ now: number }]>`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now`;
    return {
      now: clock.now,
      startedAt: row.startedAt.getTime(),
      reportedAt: row.reportedAt?.getTime() ?? null,
      trigger: { kind: row.kind, detail: row.detail },
      policySha256: row.policySha256,
    };
  });
}

/** A task of a pass, as it was drawn. */
export interface DrawnTask {
  readonly pass: 1 | 2;
  readonly position: number;
  readonly taskId: string;
  readonly stratum: string;
  readonly cluster: string;
  readonly block: number;
  readonly isSentinel: boolean;
}

/** What was drawn for a proposal and what became of it. */
export interface ReplayEvidence {
  /** In the order in which they were drawn. */
  readonly drawn: readonly DrawnTask[];
  readonly replays: readonly (ReplayFact & { readonly openedAt: number; readonly doneAt: number })[];
  /** Drawn tasks by the kind of their grader; `none` for one without. */
  readonly graders: Readonly<Record<string, number>>;
  /** What the providers said that they served, ascending, by catalogue id. */
  readonly fingerprints: Readonly<Record<string, readonly string[]>>;
}

/** Reads the evidence of one proposal: as many rows as it has samples and replays. */
export function loadReplayEvidence(db: Database, proposalId: string): Promise<ReplayEvidence> {
  return guarded('load the replays of a proposal', async () => {
    const drawn = await db.sql<DrawnTask[]>`
      SELECT pass, position, task_id AS "taskId", stratum, cluster, block, is_sentinel AS "isSentinel"
      FROM replay_samples WHERE proposal_id = ${proposalId} ORDER BY pass, position`;
    const replays = await db.sql<(Omit<ReplayEvidence['replays'][number], 'costNanoUsd'> & { costNanoUsd: string })[]>`
      SELECT r.task_id AS "taskId", r.replay_task_id AS "replayTaskId", r.role, r.model, r.pass, r.cost_nano AS "costNanoUsd",
        r.latency_ms AS "latencyMs", coalesce(s.is_sentinel, false) AS "isSentinel",
        (SELECT count(*)::integer FROM attempts a WHERE a.task_id = r.replay_task_id) AS calls,
        extract(epoch FROM r.opened_at)::double precision * 1000 AS "openedAt",
        extract(epoch FROM r.done_at)::double precision * 1000 AS "doneAt"
      FROM replay_results r LEFT JOIN replay_samples s ON s.proposal_id = r.proposal_id AND s.task_id = r.task_id
      WHERE r.proposal_id = ${proposalId} AND r.state = 'done' ORDER BY r.task_id, r.role, r.model`;
    const graders = await db.sql<{ kind: string; tasks: number }[]>`
      SELECT coalesce(p.grader->>'kind', 'none') AS kind, count(*)::integer AS tasks
      FROM replay_samples s LEFT JOIN task_payloads p ON p.task_id = s.task_id
      WHERE s.proposal_id = ${proposalId} GROUP BY 1 ORDER BY 1`;
    const served = await db.sql<{ model: string; served: string[] }[]>`
      SELECT r.model, array_agg(DISTINCT a.served_model COLLATE "C") FILTER (WHERE a.served_model IS NOT NULL) AS served
      FROM replay_results r JOIN attempts a ON a.task_id = r.replay_task_id
      WHERE r.proposal_id = ${proposalId} AND r.state = 'done' GROUP BY r.model`;
    return {
      drawn,
      replays: replays.map((replay) => ({ ...replay, costNanoUsd: Number(replay.costNanoUsd) })),
      graders: Object.fromEntries(graders.map(({ kind, tasks }) => [kind, tasks])),
      fingerprints: Object.fromEntries(served.map(({ model, served: names }) => [model, names ?? []])),
    };
  });
}

/**
 * Stores the report of a review; of two, the first one stays. When proposals wait for a verdict, so does the review, until the
 * report's own instant of expiry.
 */
export function storeReport(db: Database, report: ReviewReport): Promise<void> {
  const { reviewId, reportedAt, expiresAt } = report.identity;
  return guarded('store the report of a review', async () => {
    await db.sql`
      UPDATE reviews SET report = ${JSON.stringify(report)}::text::jsonb, reported_at = to_timestamp(${reportedAt / 1000}),
        expires_at = to_timestamp(${expiresAt === null ? null : expiresAt / 1000}),
        phase = CASE WHEN ended_at IS NOT NULL THEN phase WHEN ${report.result === 'awaiting'} THEN 'awaiting-verdict' ELSE 'reporting' END
      WHERE id = ${reviewId} AND reported_at IS NULL`;
  });
}

/**
 * The report of a review; undefined while it has none.
 *
 * @throws {RoutingError} `unknown_review`; `bad_config` when another version of this program wrote it
 */
export function loadReport(db: Database, reviewId: string): Promise<ReviewReport | undefined> {
  return guarded('load the report of a review', async () => {
    const [row] = await db.drizzle.select({ report: reviews.report }).from(reviews).where(eq(reviews.id, reviewId));
    if (row === undefined) throw unknownReview(reviewId);
    return row.report === null ? undefined : readStored(reviewReport, row.report, 'report of the review');
  });
}

function unknownReview(reviewId: string): RoutingError {
  return new RoutingError('unknown_review', `There is no review ${reviewId}. "signalbox review list" shows those there are.`);
}
