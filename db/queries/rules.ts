/**
 * The rules in force: catalogue, policy and budgets. Every change is one transaction with its entry in the audit log.
 */

import { desc, eq } from 'drizzle-orm';
import type postgres from 'postgres';
import { RoutingError } from '../../routing/errors';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';
import { canonicalJson } from '../documents/canonical-json';
import { policyVersions } from '../schema';
import { insertTrigger, type NewTrigger } from './review-triggers';

/** A model as the trigger on attempts needs it. */
export interface GuardedModel {
  readonly id: string;
  readonly provider: string;
  readonly status: string;
  readonly privacyTiers: readonly string[];
  readonly regions: readonly string[];
}

export interface BudgetRow {
  readonly id: string;
  readonly scopeKind: string;
  readonly scopeId: string;
  readonly period: 'day' | 'month' | 'request';
  readonly limitNano: NanoUsd;
  readonly hard: boolean;
  readonly timeZone: string;
  readonly warnAt: number;
}

async function audit(
  sql: postgres.Sql | postgres.TransactionSql,
  actor: string,
  action: string,
  subject: string,
  details: unknown,
): Promise<void> {
  await sql`SELECT append_audit(${actor}, ${action}, ${subject}, ${JSON.stringify(details)}::text::jsonb)`;
}

/** The catalogue in force: its version and stored body. Undefined: none was ever applied. */
export function activeCatalogue(db: Database): Promise<{ readonly version: string; readonly body: unknown } | undefined> {
  return guarded('load the catalogue', async () => {
    const [row] = await db.sql<{ version: string; body: unknown }[]>`SELECT version, body FROM catalogue_versions WHERE active`;
    return row;
  });
}

/** The models of the catalogue in force, by id. */
export function catalogueModels(db: Database): Promise<ReadonlyMap<string, { readonly provider: string }>> {
  return guarded('load the names of the models', async () => {
    const rows = await db.sql<{ model: string; provider: string }[]>`
      SELECT model, provider FROM catalogue_models JOIN catalogue_versions ON version = catalogue_version AND active`;
    return new Map(rows.map(({ model, provider }) => [model, { provider }]));
  });
}

/** One version of the catalogue. Undefined: unknown version. */
export function catalogueBody(db: Database, version: string): Promise<unknown> {
  return guarded('load the catalogue', async () => {
    const [row] = await db.sql<[{ body: unknown }?]>`SELECT body FROM catalogue_versions WHERE version = ${version}`;
    return row?.body;
  });
}

/**
 * Makes a catalogue the one in force. Applying what is in force already changes nothing.
 *
 * @param triggersOf the reviews that the change asks for, given the body that was in force; kept in the same transaction
 * @returns true when something changed
 */
export function applyCatalogue(
  db: Database,
  catalogue: { readonly version: string; readonly body: unknown; readonly models: readonly GuardedModel[] },
  actor: string,
  triggersOf: (before: unknown) => readonly NewTrigger[] = () => [],
): Promise<boolean> {
  return guarded('apply the catalogue', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox rules'))`;
      const [active] = await sql<[{ version: string; body: unknown }?]>`SELECT version, body FROM catalogue_versions WHERE active`;
      if (active?.version === catalogue.version) return false;
      await sql`UPDATE catalogue_versions SET active = false WHERE active`;
      await sql`
        INSERT INTO catalogue_versions (version, body, active, applied_by)
          VALUES (${catalogue.version}, ${JSON.stringify(catalogue.body)}::text::jsonb, true, ${actor})
        ON CONFLICT (version) DO UPDATE SET active = true, applied_at = now(), applied_by = excluded.applied_by`;
      await sql`
        INSERT INTO catalogue_models (catalogue_version, model, provider, status, privacy_tiers, regions)
          SELECT ${catalogue.version}, m->>'id', m->>'provider', m->>'status',
            ARRAY(SELECT jsonb_array_elements_text(m->'privacyTiers')), ARRAY(SELECT jsonb_array_elements_text(m->'regions'))
          FROM jsonb_array_elements(${JSON.stringify(catalogue.models)}::text::jsonb) AS m
        ON CONFLICT DO NOTHING`;
      const [stored] = await sql<
        [{ sha256: string }]
      >`SELECT body_sha256(body) AS sha256 FROM catalogue_versions WHERE version = ${catalogue.version}`;
      await audit(sql, actor, 'catalogue.applied', catalogue.version, {
        previous: active?.version ?? null,
        models: catalogue.models.map(({ id }) => id),
        bodySha256: stored.sha256,
      });
      for (const trigger of triggersOf(active?.body)) await insertTrigger(sql, trigger);
      return true;
    }),
  );
}

export interface PolicyRow {
  readonly version: number;
  readonly baseVersion: number | null;
  readonly body: unknown;
  readonly sha256: string;
  readonly active: boolean;
  readonly appliedAt: Date;
  readonly appliedBy: string;
  /** A person applied it, a rollout was promoted, or either took one back. */
  readonly reason: 'applied' | 'promotion' | 'rollback';
  /** The rollout that made it; null: a person did. */
  readonly rolloutId: string | null;
}

/** The policy in force, or the given version. Undefined: there is none. */
export function loadPolicy(db: Database, version?: number): Promise<PolicyRow | undefined> {
  return guarded('load the policy', async () => {
    const [row] = await db.drizzle
      .select()
      .from(policyVersions)
      .where(version === undefined ? eq(policyVersions.active, true) : eq(policyVersions.version, version));
    return row;
  });
}

/** All versions, newest first. */
export function listPolicies(db: Database): Promise<readonly PolicyRow[]> {
  return guarded('list the policies', () => db.drizzle.select().from(policyVersions).orderBy(desc(policyVersions.version)));
}

/**
 * Makes a new version of the policy and puts it in force.
 *
 * @param base the version that the change was made on, compared and set; undefined for the first policy
 * @throws {RoutingError} `conflict` when another version is in force by now
 * @returns the new version; the present one when the content is the same
 */
export function applyPolicy(
  db: Database,
  policy: { readonly body: unknown; readonly sha256: string; readonly base: number | undefined },
  actor: string,
  changes: unknown,
): Promise<{ readonly version: number; readonly changed: boolean }> {
  return guarded('apply the policy', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox rules'))`;
      const [active] = await sql<[{ version: number; sha256: string }?]>`SELECT version, sha256 FROM policy_versions WHERE active`;
      if (active?.version !== policy.base) {
        throw new RoutingError(
          'conflict',
          `The policy in force is version ${active?.version ?? 'none'}, and this change was made on ${policy.base ?? 'none'}. Nothing was applied: look at "signalbox policy show" and apply again.`,
        );
      }
      if (active?.sha256 === policy.sha256) return { version: active.version, changed: false };
      await sql`UPDATE policy_versions SET active = false, superseded_at = now() WHERE active`;
      const [row] = await sql<[{ version: number; bodySha256: string }]>`
        INSERT INTO policy_versions (version, base_version, body, sha256, active, applied_by)
          SELECT coalesce(max(version), 0) + 1, ${policy.base ?? null}, ${JSON.stringify(policy.body)}::text::jsonb, ${policy.sha256}, true, ${actor}
          FROM policy_versions RETURNING version, body_sha256(body) AS "bodySha256"`;
      await audit(sql, actor, 'policy.applied', String(row.version), {
        base: policy.base ?? null,
        sha256: policy.sha256,
        bodySha256: row.bodySha256,
        changes,
      });
      return { version: row.version, changed: true };
    }),
  );
}

/** Makes the configured limits the ones in force; balances and what was spent stay. */
export function applyBudgets(db: Database, budgets: readonly BudgetRow[], actor: string): Promise<boolean> {
  return guarded('apply the budgets', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox rules'))`;
      const before = inOrder(await listBudgetRows(sql));
      const wanted = inOrder(budgets);
      if (canonicalJson(before) === canonicalJson(wanted)) return false;
      const gone = before.filter(({ id }) => !wanted.some((budget) => budget.id === id)).map(({ id }) => id);
      for (const budget of wanted) {
        await sql`
          INSERT INTO budgets (id, scope_kind, scope_id, period, limit_nano, hard, time_zone, warn_at)
            VALUES (${budget.id}, ${budget.scopeKind}, ${budget.scopeId}, ${budget.period}, ${budget.limitNano}, ${budget.hard}, ${budget.timeZone}, ${budget.warnAt})
          ON CONFLICT (id) DO UPDATE SET limit_nano = excluded.limit_nano, hard = excluded.hard, time_zone = excluded.time_zone, warn_at = excluded.warn_at`;
      }
      // A budget that was used keeps its rows: it is made soft and boundless rather than forgotten.
      await sql`DELETE FROM budgets WHERE id = ANY (${gone}) AND NOT EXISTS (SELECT 1 FROM budget_tracking WHERE budget_id = budgets.id)`;
      await sql`UPDATE budgets SET hard = false, warn_at = 1, limit_nano = 9007199254740991 WHERE id = ANY (${gone})`;
      await audit(sql, actor, 'budgets.applied', 'budgets', { before, after: wanted });
      return true;
    }),
  );
}

/** In one order whatever the collation of the database, so that equal lists compare equal. */
function inOrder(budgets: readonly BudgetRow[]): BudgetRow[] {
  return [...budgets].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The limits in force. */
export function listBudgets(db: Database): Promise<readonly BudgetRow[]> {
  return guarded('list the budgets', () => listBudgetRows(db.sql));
}

async function listBudgetRows(sql: postgres.Sql | postgres.TransactionSql): Promise<BudgetRow[]> {
  const rows = await sql<(Omit<BudgetRow, 'limitNano'> & { limitNano: string })[]>`
    SELECT id, scope_kind AS "scopeKind", scope_id AS "scopeId", period, limit_nano AS "limitNano", hard, time_zone AS "timeZone", warn_at AS "warnAt"
    FROM budgets WHERE NOT (limit_nano = 9007199254740991 AND NOT hard)`;
  return rows.map((row) => ({ ...row, limitNano: Number(row.limitNano) }));
}
