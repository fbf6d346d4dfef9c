/**
 * Callers of the functions that move slots: each one statement and one round trip, and each may be called twice. What they do stands
 * in db/migrations/0005_slots.sql and 0011_learned_value.sql.
 */

import type { ExpectedValue, ValueSource } from '../../routing/slots/expected-value';
import type { SlotAccount } from '../../routing/slots/settings';
import type { SlotAlternative } from '../../routing/slots/slot';
import { type Database, guarded } from '../connect';
import { type AttemptToOpen, argumentOf, type OpenedAttempt } from './ledger';

/** A decided task that needs a slot. */
export interface TaskForSlot {
  readonly taskId: string;
  readonly decisionId: string;
  /** Models that meet what it requires. */
  readonly models: readonly string[];
  /** For people, by model: why it does not. */
  readonly lacks: Readonly<Record<string, string>>;
  readonly expectedValue: number;
  readonly valueSource: ValueSource;
  readonly valueBasis?: ExpectedValue['basis'] | undefined;
  readonly valueRemark?: string | undefined;
  readonly percentiles?: unknown;
  readonly priority: number;
  readonly groupName?: string | undefined;
  readonly groupPriority?: number | undefined;
  /** See `standingOf`. */
  readonly standing: number;
  readonly patienceMs: number;
}

export interface GrantToMake {
  readonly taskId: string;
  readonly account: string;
  readonly model: string;
  readonly reason: string;
  readonly alternatives: readonly SlotAlternative[];
}

/** Puts a task into the queue, or finds it there. False: it has ended. */
export function enqueueForSlot(db: Database, task: TaskForSlot): Promise<boolean> {
  return guarded('let a task wait for a slot', async () => {
    const [row] = await db.sql<[{ result: boolean }]>`SELECT enqueue_for_slot(${argumentOf(task)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Gives slots to waiting tasks. Those it returns got theirs; of the others somebody else was first, or their slot is not free. */
export function grantSlots(db: Database, grants: readonly GrantToMake[], leaseMs: number): Promise<readonly string[]> {
  return guarded('grant slots', async () => {
    if (grants.length === 0) return [];
    const [row] = await db.sql<[{ result: string[] }]>`SELECT grant_slots(${argumentOf({ grants, leaseMs })}::text::jsonb) AS result`;
    return row.result;
  });
}

/** As `OpenedAttempt`. `slot`: the task has no slot for this model, and nothing may be called. */
export type OpenedInSlot =
  | Exclude<OpenedAttempt, { kind: 'opened' }>
  | { readonly kind: 'opened'; readonly slot: string }
  | { readonly kind: 'slot' };

/** As `openAttempt`, in the slot that the task was granted. */
export function openAttemptInSlot(db: Database, attempt: AttemptToOpen & { readonly leaseMs: number }): Promise<OpenedInSlot> {
  return guarded('open an attempt in a slot', async () => {
    const open = attempt.step === undefined ? db.sql`open_attempt_in_slot` : db.sql`open_attempt_of_step`;
    const [row] = await db.sql<[{ result: OpenedInSlot }]>`SELECT ${open}(${argumentOf(attempt)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Keeps the slot of a call that runs. False: it was lost. */
export function renewSlot(db: Database, taskId: string, attemptId: string, leaseMs: number): Promise<boolean> {
  return guarded('keep a slot', async () => {
    const [row] = await db.sql<[{ result: boolean }]>`SELECT renew_slot(${taskId}::uuid, ${attemptId}::uuid, ${leaseMs}) AS result`;
    return row.result;
  });
}

/** Lets go the waiting tasks that no account could serve any more. @param served models that accounts have */
export function releaseUnserved(db: Database, served: readonly string[], atMost: number): Promise<readonly string[]> {
  return guarded('let go tasks whose slots are gone', async () => {
    const [row] = await db.sql<[{ result: string[] }]>`SELECT release_unserved(${served as string[]}::text[], ${atMost}) AS result`;
    return row.result;
  });
}

/** How much of a quota is used up, as somebody says who sees more of the account than we do. */
export interface UseReport {
  readonly account: string;
  readonly per: string;
  /** In [0, 1]. */
  readonly usedRate: number;
  readonly source: 'person' | 'headers';
  readonly reportedBy: string;
}

/** Keeps a report. `unknown`: there is no such account, or it has no such window. */
export function reportSlot(
  db: Database,
  report: UseReport,
): Promise<{ readonly kind: 'kept'; readonly validUntil: string } | { readonly kind: 'unknown' }> {
  return guarded('keep a report on an account', async () => {
    const [row] = await db.sql<
      [{ result: { kind: 'kept'; validUntil: string } | { kind: 'unknown' } }]
    >`SELECT report_slot(${argumentOf(report)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Makes the configured accounts the ones there are, and says so in the audit log. False: they were. */
export function applySlots(db: Database, accounts: readonly SlotAccount[], actor: string): Promise<boolean> {
  return guarded('apply the slots', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox rules'))`;
      const stateOf = async () => {
        const [row] = await sql<[{ state: string }]>`
          SELECT coalesce((SELECT jsonb_agg(to_jsonb(s) ORDER BY account) FROM slots s), '[]')::text
            || coalesce((SELECT jsonb_agg(jsonb_build_array(account, per, request_limit, token_limit, spend_limit_nano, safety_rate)
              ORDER BY account, per) FROM slot_windows), '[]')::text AS state`;
        return row.state;
      };
      const before = await stateOf();
      await sql`SELECT apply_slots(${JSON.stringify(accounts)}::text::jsonb)`;
      if ((await stateOf()) === before) return false;
      const details = JSON.stringify({ accounts: accounts.map(({ id, models, concurrency }) => ({ id, models, concurrency })) });
      await sql`SELECT append_audit(${actor}, 'slots.applied', 'slots', ${details}::text::jsonb)`;
      return true;
    }),
  );
}

/**
 * Records which slot a task would have got, in mode observe or for a dry run. In mode observe, where it makes its calls all the same, they
 * count into the quota of that slot's account.
 */
export function recordObserved(
  db: Database,
  task: Pick<TaskForSlot, 'taskId' | 'decisionId' | 'expectedValue' | 'valueSource' | 'valueBasis' | 'valueRemark' | 'percentiles'> & {
    readonly account?: string | undefined;
    readonly model?: string | undefined;
    readonly reason: string;
    readonly alternatives: readonly SlotAlternative[];
  },
): Promise<void> {
  return guarded('record an observed slot', async () => {
    await db.sql`
      WITH kept AS (
        INSERT INTO slot_assignments (task_id, decision_id, mode, expected_value, value_source, value_basis, value_remark, percentiles,
            account, model, reason, alternatives, assigned_at)
          SELECT (p->>'taskId')::uuid, (p->>'decisionId')::uuid, 'observe', (p->>'expectedValue')::double precision, p->>'valueSource',
              p->'valueBasis', p->>'valueRemark', p->'percentiles', p->>'account', p->>'model', p->>'reason', p->'alternatives',
              CASE WHEN p ? 'account' THEN clock_timestamp() END
            FROM (SELECT ${argumentOf(task)}::text::jsonb AS p) AS argument
          ON CONFLICT (task_id) DO NOTHING RETURNING task_id, account
      ) SELECT count_slot_use(kept.account, 1, 0, 0) FROM kept JOIN tasks t ON t.id = kept.task_id
        WHERE kept.account IS NOT NULL AND NOT t.dry_run`;
  });
}
