/**
 * The audit of the ledger: everything that must be true of the tables whatever was killed, each as one statement that names the
 * rows for which it is not. Run it after a fault, before trusting a figure, and when money does not add up.
 */

import { type Database, guarded } from '../connect';
import { CALL_INVARIANTS } from './audit/call-invariants';
import { type Bill, type InvariantCheck, NAMED_VIOLATIONS, type Violation } from './audit/invariant';
import { MONEY_INVARIANTS } from './audit/money-invariants';
import { REPLAY_INVARIANTS } from './audit/replay-invariants';
import { REVIEW_INVARIANTS } from './audit/review-invariants';
import { RULE_INVARIANTS } from './audit/rule-invariants';
import { TASK_INVARIANTS } from './audit/task-invariants';

export type { Bill, InvariantCheck, Violation } from './audit/invariant';

export interface AuditReport {
  /** The instant that the audit looked at, by the database's clock. */
  readonly checkedAt: Date;
  /** In the order of their numbers. */
  readonly checks: readonly InvariantCheck[];
  /** All of them hold. */
  readonly ok: boolean;
}

const INVARIANTS = [
  ...TASK_INVARIANTS,
  ...MONEY_INVARIANTS,
  ...CALL_INVARIANTS,
  ...RULE_INVARIANTS,
  ...REPLAY_INVARIANTS,
  ...REVIEW_INVARIANTS,
].sort((a, b) => a.number - b.number);

/** A statement reads whole tables, and a large installation has large ones. */
const STATEMENT_TIMEOUT_MS = 600_000;

/**
 * Checks every invariant on one snapshot. Reads only, and may run beside everything else.
 *
 * @param options.billed what a provider says it billed, to be compared with what was tracked
 * @throws {RoutingError} as every query
 */
export function auditLedger(db: Database, { billed = [] }: { readonly billed?: readonly Bill[] } = {}): Promise<AuditReport> {
  return guarded('audit the ledger', () =>
    db.sql.begin('isolation level repeatable read read only', async (sql) => {
      const [snapshot] = await sql<[{ nowMs: number }]>`
        SELECT (extract(epoch FROM now()) * 1000)::double precision AS "nowMs", set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`;
      const checks: InvariantCheck[] = [];
      for (const invariant of INVARIANTS) {
        const startedAt = performance.now();
        const rows = await sql<(Violation & { count: number })[]>`
          SELECT subject, detail, count(*) OVER ()::integer AS count FROM (${invariant.violations(sql, { bills: billed })}) AS found
          WHERE detail IS NOT NULL ORDER BY subject, detail LIMIT ${NAMED_VIOLATIONS}`;
        checks.push({
          invariant: invariant.number,
          name: invariant.name,
          violations: rows.map(({ subject, detail }) => ({ subject, detail })),
          violationCount: rows[0]?.count ?? 0,
          ms: Math.round(performance.now() - startedAt),
        });
      }
      return { checkedAt: new Date(snapshot.nowMs), checks, ok: checks.every(({ violationCount }) => violationCount === 0) };
    }),
  );
}
