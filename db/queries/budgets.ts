/** Where budgets stand. */

import type { MoneyScope } from '../../routing/money/scope-text';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import type { BudgetRow } from './rules';

/** A limit in force with its present period. */
export interface BudgetStatus extends Omit<BudgetRow, 'scopeKind'>, MoneyScope {
  readonly spentNano: NanoUsd;
  readonly reservedNano: NanoUsd;
  /** Neither spent nor reserved; less than 0 where the limit was lowered below that, or a soft limit was passed. */
  readonly leftNano: NanoUsd;
  /** [start, end) in milliseconds since the epoch; null for a limit per request, which has no period. */
  readonly periodStart: number | null;
  readonly renewsAt: number | null;
  /** When its warning line was crossed in this period, in milliseconds since the epoch; null: it was not. */
  readonly warnedAt: number | null;
}

/** Every limit in force, or those of one scope. */
export function loadBudgetStatus(db: Database, scope?: MoneyScope): Promise<readonly BudgetStatus[]> {
  return guarded('look where the budgets stand', async () => {
    const { sql } = db;
    return sql<BudgetStatus[]>`
      SELECT s.id, s.scope_kind AS "scopeKind", s.scope_id AS "scopeId", s.period, s.limit_nano::double precision AS "limitNano", s.hard,
        s.time_zone AS "timeZone", s.warn_at AS "warnAt", s.spent_nano::double precision AS "spentNano",
        s.reserved_nano::double precision AS "reservedNano", s.left_nano::double precision AS "leftNano",
        (extract(epoch FROM s.period_start) * 1000)::double precision AS "periodStart",
        (extract(epoch FROM s.period_end) * 1000)::double precision AS "renewsAt",
        (SELECT (extract(epoch FROM max(w.at)) * 1000)::double precision FROM budget_warnings w
          WHERE w.budget_id = s.id AND w.period_start = s.period_start) AS "warnedAt"
      FROM v_budget_status s
      WHERE NOT (s.limit_nano = 9007199254740991 AND NOT s.hard)
        AND (${scope === undefined} OR (s.scope_kind = ${scope?.scopeKind ?? ''} AND s.scope_id = ${scope?.scopeId ?? ''}))
      ORDER BY s.scope_kind <> 'global', s.scope_kind, s.scope_id, array_position(ARRAY['request', 'day', 'month'], s.period)`;
  });
}

/** The zone that money of a scope is counted in: that of its budgets, or of everyone's, or UTC. */
export function timeZoneOfScope({ sql }: Database, { scopeKind, scopeId }: MoneyScope): Promise<string> {
  return guarded('find the time zone of a scope', async () => {
    const [row] = await sql<[{ timeZone: string }?]>`
      SELECT time_zone AS "timeZone" FROM budgets
      WHERE NOT (limit_nano = 9007199254740991 AND NOT hard)
        AND (scope_kind = 'global' OR (scope_kind = ${scopeKind} AND scope_id = ${scopeId}))
      ORDER BY scope_kind = 'global', period LIMIT 1`;
    return row?.timeZone ?? 'UTC';
  });
}
