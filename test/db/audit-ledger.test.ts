/** Every invariant holds after an ordinary story, and every one is seen to break when the rows are made to lie. */

import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { type AuditReport, auditLedger, type Bill } from '../../db/queries/audit-ledger';
import { asAdmin, createTestDatabase, type TestDatabase } from '../support/database';
import { testServer } from '../support/servers';
import {
  accepted,
  addBudgets,
  applyLedgerRules,
  applyTestPolicy,
  budgetOf,
  CATALOGUE_VERSION,
  type Decided,
  decided,
  end,
  endOf,
  failed,
  GUARDED_US,
  open,
  SECOND,
  settle,
} from './ledger-moves';

const SCOPE = { team: 'audited' };
const BUDGET = budgetOf('audited').id;

/** What the stories left: enough to break each invariant on rows of its own. */
interface Stories {
  /** Answered at the first call, which is billed. */
  readonly answered: Decided & { readonly attemptId: string };
  /** Failed over to a second model, which is in doubt. */
  readonly doubtful: Decided & { readonly attemptId: string };
  /** Its call is open. */
  readonly live: Decided & { readonly attemptId: string };
  readonly waiting: string;
}

let source: TestDatabase;
let stories: Stories;

beforeAll(async () => {
  source = await createTestDatabase();
  const db = connect(source.url, { maxConnections: 1 });
  try {
    stories = await tellStories(db);
  } finally {
    await db.close();
  }
});
afterAll(() => source.drop());

async function tellStories(db: Database): Promise<Stories> {
  await applyLedgerRules(db);
  await applyTestPolicy(db, 1, 0.1);
  await addBudgets(db, budgetOf('audited'), budgetOf('audited', { id: 'audited-month', period: 'month', limitNano: 5_000 }));
  // The first version was in force yesterday, the second one since.
  await db.sql`UPDATE policy_versions SET applied_at = applied_at - interval '1 day', superseded_at = superseded_at - interval '1 day'`;

  const answered = { ...(await decided(db)), attemptId: newId() };
  await open(db, answered, { attemptId: answered.attemptId, scope: SCOPE });
  await settle(db, answered, {}, endOf(answered.taskId, { attemptId: answered.attemptId }));

  const doubtful = { ...(await decided(db)), attemptId: newId() };
  await open(db, doubtful, { scope: SCOPE });
  await settle(db, doubtful, failed());
  await open(db, doubtful, { number: 2, model: SECOND, attemptId: doubtful.attemptId, scope: SCOPE });
  await end(db, doubtful.taskId, { kind: 'failed', code: 'gave_up', reason: 'Nobody answered.' });

  const live = { ...(await decided(db)), attemptId: newId() };
  await open(db, live, { attemptId: live.attemptId, scope: SCOPE });
  await db.sql`UPDATE routing_decisions SET policy_version = 2`;
  return { answered, doubtful, live, waiting: await accepted(db) };
}

/** The numbers of the invariants that do not hold after a lie. */
async function brokenBy(lie: (sql: postgres.Sql) => Promise<unknown>, billed?: readonly Bill[]): Promise<number[]> {
  const report = await auditAfter(lie, billed);
  return report.checks.filter(({ violationCount }) => violationCount > 0).map(({ invariant }) => invariant);
}

/** Audits a copy of the stories in which a superuser has changed what no function would. */
async function auditAfter(lie: (sql: postgres.Sql) => Promise<unknown>, billed?: readonly Bill[]): Promise<AuditReport> {
  const { adminUrl, role } = await testServer('postgres');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const copyUrl = (base: string) => Object.assign(new URL(base), { pathname: name }).href;
  await asAdmin(
    adminUrl,
    (sql) => sql`CREATE DATABASE ${sql(name)} OWNER ${sql(role)} TEMPLATE ${sql(new URL(source.url).pathname.slice(1))}`,
  );
  try {
    const liar = postgres(copyUrl(adminUrl), { max: 1, onnotice: () => {}, connection: { session_replication_role: 'replica' } });
    await lie(liar).finally(() => liar.end());
    const db = connect(copyUrl(source.url), { maxConnections: 1 });
    return await auditLedger(db, billed === undefined ? {} : { billed }).finally(() => db.close());
  } finally {
    await asAdmin(adminUrl, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`);
  }
}

const noLie = async () => {};

test('holds after an answered, a failed-over, a live and a waiting task', async () => {
  const report = await auditAfter(noLie);
  expect(report.checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.checks.map(({ invariant }) => invariant)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24,
  ]);
  expect(Math.abs(report.checkedAt.getTime() - Date.now())).toBeLessThan(60_000);
});

test('holds on a database in which nothing happened', async () => {
  const database = await createTestDatabase();
  const db = connect(database.url, { maxConnections: 1 });
  try {
    expect((await auditLedger(db)).ok).toBe(true);
  } finally {
    await db.close();
    await database.drop();
  }
});

test('names the row and what is wrong with it', async () => {
  const report = await auditAfter((sql) => sql`DELETE FROM routing_outcomes WHERE task_id = ${stories.answered.taskId}`);
  const [first] = report.checks;
  expect(first?.violations).toEqual([{ subject: `task ${stories.answered.taskId}`, detail: 'ended without an outcome' }]);
  expect(report.ok).toBe(false);
});

test('names at most twenty violations and counts them all', async () => {
  const report = await auditAfter(
    (sql) => sql`INSERT INTO idempotency_keys (owner, key, task_id, body_sha256)
      SELECT 'tester', 'key ' || n, gen_random_uuid(), '' FROM generate_series(1, 30) AS n`,
  );
  const keys = report.checks.find(({ invariant }) => invariant === 2);
  expect(keys?.violationCount).toBeGreaterThan(20);
  expect(keys?.violations).toHaveLength(20);
});

describe('breaks 1, one outcome per ended task,', () => {
  test('when an outcome is gone', async () => {
    expect(await brokenBy((sql) => sql`DELETE FROM routing_outcomes WHERE task_id = ${stories.answered.taskId}`)).toEqual([1]);
  });
  test('when the task of an outcome goes on', async () => {
    const lie = (sql: postgres.Sql) => sql`UPDATE tasks SET status = 'running', ended_at = NULL WHERE id = ${stories.answered.taskId}`;
    expect(await brokenBy(lie)).toEqual([1]);
  });
  test('when status and outcome disagree', async () => {
    expect(await brokenBy((sql) => sql`UPDATE tasks SET status = 'cancelled' WHERE id = ${stories.answered.taskId}`)).toEqual([1]);
  });
  test('when a task ended before it began', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE tasks SET ended_at = accepted_at - interval '1 second' WHERE id = ${stories.answered.taskId}`;
      await sql`UPDATE routing_outcomes SET ended_at = (SELECT ended_at FROM tasks WHERE id = task_id) WHERE task_id = ${stories.answered.taskId}`;
    };
    expect(await brokenBy(lie)).toEqual([1]);
  });
});

describe('breaks 2, one task per idempotency key,', () => {
  test('when an accepted task is gone', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`DELETE FROM task_payloads WHERE task_id = ${stories.waiting}`;
      await sql`DELETE FROM tasks WHERE id = ${stories.waiting}`;
    };
    expect(await brokenBy(lie)).toEqual([2]);
  });
  test('when a task has no key', async () => {
    expect(await brokenBy((sql) => sql`DELETE FROM idempotency_keys WHERE task_id = ${stories.waiting}`)).toEqual([2]);
  });
  test('when two tasks have one key', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey`;
      await sql`UPDATE idempotency_keys SET key = 'same' WHERE task_id IN (${stories.waiting}, ${stories.answered.taskId})`;
    };
    expect(await brokenBy(lie)).toEqual([2]);
  });
});

describe('compares with the bills of a provider', () => {
  const bill = (costNanoUsd: number, attemptId = stories.answered.attemptId): Bill => ({ attemptId, costNanoUsd });

  test('and holds when every bill is covered, also by the reservation of a live call', async () => {
    expect(await brokenBy(noLie, [bill(40), bill(70, stories.doubtful.attemptId), bill(90, stories.live.attemptId)])).toEqual([]);
  });
  test('and breaks 3 when a bill has no cost row', async () => {
    expect(await brokenBy(noLie, [bill(40), bill(1, newId())])).toEqual([3]);
  });
  test('and breaks 3 when one call was billed twice', async () => {
    expect(await brokenBy(noLie, [bill(20), bill(20)])).toEqual([3]);
  });
  test('and breaks 3 when a reported cost is not the bill', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE attempts SET cost_basis = 'reported' WHERE id = ${stories.answered.attemptId}`;
      await sql`UPDATE cost_tracking SET cost_basis = 'reported' WHERE attempt_id = ${stories.answered.attemptId}`;
    };
    expect(await brokenBy(lie, [bill(39)])).toEqual([3]);
  });
  test('and breaks 4 when more was billed than tracked', async () => {
    expect(await brokenBy(noLie, [bill(41)])).toEqual([4]);
  });
});

describe('breaks 3, cost rows are what attempts cost,', () => {
  test('when an attempt cost something else', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE attempts SET cost_nano = 41 WHERE id = ${stories.answered.attemptId}`;
      await sql`UPDATE routing_outcomes SET cost_nano = 41 WHERE task_id = ${stories.answered.taskId}`;
    };
    expect(await brokenBy(lie)).toEqual([3]);
  });
  test('when an attempt has two cost rows', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`ALTER TABLE cost_tracking DROP CONSTRAINT cost_tracking_pkey`;
      await sql`INSERT INTO cost_tracking SELECT * FROM cost_tracking WHERE attempt_id = ${stories.answered.attemptId}`;
    };
    expect(await brokenBy(lie)).toEqual([3]);
  });
  test('when a cost row has no attempt', async () => {
    const lie = (
      sql: postgres.Sql,
    ) => sql`INSERT INTO cost_tracking (task_id, attempt_id, decision_id, model, provider, task_class, cost_nano, cost_basis)
      VALUES (${stories.waiting}, ${newId()}, ${newId()}, 'm', 'p', 'c', 5, 'usage')`;
    expect(await brokenBy(lie)).toEqual([3]);
  });
});

describe('breaks 4, cost rows add up to what was spent,', () => {
  test('when more was spent than the cost rows say', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE reservations SET settled_nano = settled_nano + 7 WHERE attempt_id = ${stories.answered.attemptId}`;
      await sql`UPDATE budget_tracking SET spent_nano = spent_nano + 7`;
    };
    expect(await brokenBy(lie)).toEqual([4]);
  });
  test('when an outcome cost something else than its attempts', async () => {
    expect(await brokenBy((sql) => sql`UPDATE routing_outcomes SET cost_nano = 1 WHERE task_id = ${stories.doubtful.taskId}`)).toEqual([4]);
  });
});

describe('breaks 5, limits hold,', () => {
  test('when a balance passes its limit', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE reservations SET amount_nano = amount_nano + 1000 WHERE state = 'held'`;
      await sql`UPDATE budget_tracking SET reserved_nano = reserved_nano + 1000`;
    };
    const report = await auditAfter(lie);
    const broken = report.checks.filter(({ violationCount }) => violationCount > 0);
    expect(broken.map(({ invariant }) => invariant)).toEqual([5]);
    // The monthly limit is wide enough.
    expect(broken[0]?.violations.map(({ subject }) => subject)).toEqual([expect.stringContaining(BUDGET)]);
  });
  test('but not when a limit was lowered after the money was spent, nor when an overrun is recorded', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE budgets SET limit_nano = 1`;
      await sql`UPDATE reservations SET settled_nano = 5000 WHERE attempt_id = ${stories.answered.attemptId}`;
      await sql`UPDATE cost_tracking SET cost_nano = 5000 WHERE attempt_id = ${stories.answered.attemptId}`;
      await sql`UPDATE attempts SET cost_nano = 5000 WHERE id = ${stories.answered.attemptId}`;
      await sql`UPDATE routing_outcomes SET cost_nano = 5000 WHERE task_id = ${stories.answered.taskId}`;
      await sql`UPDATE budget_tracking SET spent_nano = spent_nano + 4960, overrun_nano = 4900`;
    };
    expect(await brokenBy(lie)).toEqual([]);
  });
  test('when a balance is negative', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`ALTER TABLE budget_tracking DROP CONSTRAINT budget_tracking_reserved_nano_check`;
      await sql`ALTER TABLE reservations DROP CONSTRAINT reservations_amount_nano_check`;
      await sql`UPDATE reservations SET amount_nano = -100 WHERE state = 'held'`;
      await sql`UPDATE budget_tracking SET reserved_nano = -100`;
    };
    expect(await brokenBy(lie)).toEqual([5]);
  });
});

describe('breaks 6, balances are sums,', () => {
  test.each(['spent_nano', 'reserved_nano', 'overrun_nano'])('when %s is not that of the reservations', async (column) => {
    expect(await brokenBy((sql) => sql`UPDATE budget_tracking SET ${sql(column)} = ${sql(column)} + 1`)).toEqual([6]);
  });
  test('when a balance is gone', async () => {
    expect(await brokenBy((sql) => sql`DELETE FROM budget_tracking WHERE budget_id = ${BUDGET}`)).toEqual([6]);
  });
});

describe('breaks 7, reservations end,', () => {
  test('when one outlives its expiry', async () => {
    expect(await brokenBy((sql) => sql`UPDATE reservations SET expires_at = now() - interval '6 minutes' WHERE state = 'held'`)).toEqual([
      7,
    ]);
  });
  test('but not before upkeep had time for it', async () => {
    expect(await brokenBy((sql) => sql`UPDATE reservations SET expires_at = now() - interval '1 minute' WHERE state = 'held'`)).toEqual([]);
  });
  test('when one outlives its attempt', async () => {
    // Charged nothing, so that no other figure lies.
    const lie = (
      sql: postgres.Sql,
    ) => sql`UPDATE attempts SET state = 'failed', failure_class = 'server-error', ended_at = now(), cost_nano = 0, cost_basis = 'none'
      WHERE id = ${stories.live.attemptId}`;
    expect(await brokenBy(lie)).toEqual([7]);
  });
  test('when one has no attempt', async () => {
    const lie = (sql: postgres.Sql) => sql`INSERT INTO reservations (attempt_id, task_id, amount_nano, balance_ids, state, expires_at)
      VALUES (${newId()}, ${stories.waiting}, 5, '{}', 'held', now() + interval '1 minute')`;
    expect(await brokenBy(lie)).toEqual([7]);
  });
});

describe('breaks 8, calls that reached a provider have a cost row,', () => {
  test('when that of a call in doubt is gone', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE reservations SET settled_nano = 0 WHERE attempt_id = ${stories.doubtful.attemptId}`;
      await sql`UPDATE budget_tracking SET spent_nano = spent_nano - 100`;
      await sql`DELETE FROM cost_tracking WHERE attempt_id = ${stories.doubtful.attemptId}`;
    };
    expect(await brokenBy(lie)).toEqual([8]);
  });
  test('when a call that cost nothing has one', async () => {
    const lie = (sql: postgres.Sql) => sql`
      INSERT INTO cost_tracking (task_id, attempt_id, decision_id, model, provider, task_class, cost_nano, cost_basis)
        SELECT task_id, id, decision_id, model, 'scripted', 'c', 0, 'none' FROM attempts WHERE cost_basis = 'none'`;
    expect(await brokenBy(lie)).toEqual([8]);
  });
});

describe('breaks 9, decisions are admissible,', () => {
  test('when the chosen model is not approved for the tier', async () => {
    const lie = (
      sql: postgres.Sql,
    ) => sql`WITH raised AS (UPDATE tasks SET privacy_tier = 'restricted' WHERE id = ${stories.answered.taskId})
      UPDATE routing_decisions SET model = ${GUARDED_US} WHERE task_id = ${stories.answered.taskId}`;
    expect(await brokenBy(lie)).toEqual([9]);
  });
  test('when a fallback is outside the residency', async () => {
    const lie = (sql: postgres.Sql) => sql`WITH moved AS (UPDATE tasks SET residency = 'eu' WHERE id = ${stories.answered.taskId})
      UPDATE routing_decisions SET record = ${sql.json({ chain: [{ model: SECOND }, { model: GUARDED_US }] })} WHERE task_id = ${stories.answered.taskId}`;
    expect(await brokenBy(lie)).toEqual([9]);
  });
  test('when it names a model that is in no catalogue', async () => {
    expect(await brokenBy((sql) => sql`UPDATE routing_decisions SET model = 'no/such' WHERE task_id = ${stories.live.taskId}`)).toEqual([
      9,
    ]);
  });
});

describe('breaks 10, calls are admissible,', () => {
  test('when one went to a model that is not approved for the tier', async () => {
    const lie = (
      sql: postgres.Sql,
    ) => sql`WITH raised AS (UPDATE tasks SET privacy_tier = 'confidential' WHERE id = ${stories.doubtful.taskId})
      UPDATE attempts SET model = ${GUARDED_US} WHERE id = ${stories.doubtful.attemptId}`;
    expect(await brokenBy(lie)).toEqual([10]);
  });
  test('when one went outside the residency', async () => {
    const lie = (sql: postgres.Sql) => sql`WITH moved AS (UPDATE tasks SET residency = 'eu' WHERE id = ${stories.live.taskId})
      UPDATE attempts SET model = ${GUARDED_US} WHERE id = ${stories.live.attemptId}`;
    expect(await brokenBy(lie)).toEqual([10]);
  });
});

describe('breaks 11, decided and reserved before called,', () => {
  test('when the decision is another', async () => {
    expect(await brokenBy((sql) => sql`UPDATE attempts SET decision_id = ${newId()} WHERE id = ${stories.live.attemptId}`)).toEqual([11]);
  });
  test('when the decision came later', async () => {
    const lie = (sql: postgres.Sql) =>
      sql`UPDATE routing_decisions SET decided_at = decided_at + interval '1 hour' WHERE task_id = ${stories.live.taskId}`;
    expect(await brokenBy(lie)).toEqual([11]);
  });
  test('when there is no reservation', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE budget_tracking SET reserved_nano = 0`;
      await sql`DELETE FROM reservations WHERE state = 'held'`;
    };
    expect(await brokenBy(lie)).toEqual([11]);
  });
  test('when the reservation came later', async () => {
    const lie = (sql: postgres.Sql) =>
      sql`UPDATE reservations SET created_at = now() + interval '1 second' WHERE attempt_id = ${stories.live.attemptId}`;
    expect(await brokenBy(lie)).toEqual([11]);
  });
});

describe('breaks 12, cited policies were active,', () => {
  test('when the policy came later', async () => {
    expect(await brokenBy((sql) => sql`UPDATE policy_versions SET applied_at = now() + interval '1 hour' WHERE active`)).toEqual([12]);
  });
  test('when it had been superseded', async () => {
    expect(await brokenBy((sql) => sql`UPDATE routing_decisions SET policy_version = 1`)).toEqual([12]);
  });
  test('when it does not exist', async () => {
    expect(await brokenBy((sql) => sql`UPDATE routing_decisions SET policy_version = 99`)).toEqual([12]);
  });
});

describe('breaks 13, exactly one active version,', () => {
  test('when no policy is active', async () => {
    expect(await brokenBy((sql) => sql`UPDATE policy_versions SET active = false, superseded_at = now() WHERE active`)).toEqual([13]);
  });
  test('when two are', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`DROP INDEX policy_versions_one_active`;
      await sql`UPDATE policy_versions SET active = true, superseded_at = NULL`;
    };
    expect(await brokenBy(lie)).toEqual([13]);
  });
  test('when no catalogue is', async () => {
    expect(await brokenBy((sql) => sql`UPDATE catalogue_versions SET active = false`)).toEqual([13]);
  });
});

describe('breaks 16, the audit log verifies,', () => {
  const chainAfter = async (lie: (sql: postgres.Sql) => Promise<unknown>) => {
    const report = await auditAfter(lie);
    return report.checks.find(({ invariant }) => invariant === 16)?.violations;
  };

  test.each([
    ['its actor', `actor = 'somebody else'`],
    ['its time', `at = at + interval '1 microsecond'`],
    ['its details', `details = details || '{"more": 1}'`],
  ])('naming the first entry in which %s was changed', async (_, change) => {
    expect(await chainAfter((sql) => sql.unsafe(`UPDATE audit_log SET ${change} WHERE seq >= 2`))).toEqual([
      { subject: 'entry 2', detail: 'was changed after it was written' },
    ]);
  });
  test('when a changed entry was hashed anew', async () => {
    const lie = async (sql: postgres.Sql) => {
      await sql`UPDATE audit_log SET actor = 'somebody else' WHERE seq = 2`;
      await sql`UPDATE audit_log SET hash = audit_hash(previous, seq, at, actor, action, subject, details) WHERE seq = 2`;
    };
    expect(await chainAfter(lie)).toEqual([{ subject: 'entry 3', detail: 'does not follow from the entry before it' }]);
  });
  test('when an entry is gone from the middle', async () => {
    expect(await chainAfter((sql) => sql`DELETE FROM audit_log WHERE seq = 2`)).toEqual([
      { subject: 'entry 3', detail: 'follows a gap: 1 entries before it are missing' },
    ]);
  });
  test('when the last entry is gone', async () => {
    const violations = await chainAfter((sql) => sql`DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)`);
    expect(violations).toEqual([{ subject: 'head', detail: expect.stringMatching(/^is entry \d+, and the log ends with entry \d+$/) }]);
  });
  test('when the head is gone or another', async () => {
    expect(await chainAfter((sql) => sql`DELETE FROM audit_head`)).toEqual([{ subject: 'head', detail: 'is missing' }]);
    const violations = await chainAfter((sql) => sql`UPDATE audit_head SET hash = sha256('other')`);
    expect(violations).toEqual([{ subject: 'head', detail: expect.stringMatching(/^is not the hash of entry \d+$/) }]);
  });
});

describe('breaks 17, applied changes are written down,', () => {
  test('when a policy was made without the log', async () => {
    const lie = (
      sql: postgres.Sql,
    ) => sql`INSERT INTO policy_versions (version, base_version, body, sha256, active, applied_by, superseded_at)
      VALUES (3, 2, '{}', 'x', false, 'somebody', now())`;
    expect(await brokenBy(lie)).toEqual([17]);
  });
  test('when the body of a policy was changed', async () => {
    expect(await brokenBy((sql) => sql`UPDATE policy_versions SET body = jsonb_set(body, '{defaultTolerance}', '1') WHERE active`)).toEqual(
      [17],
    );
  });
  test('when a catalogue was changed', async () => {
    expect(await brokenBy((sql) => sql`UPDATE catalogue_versions SET body = jsonb_set(body, '{defaultModels}', '{"a": "b"}')`)).toEqual([
      17,
    ]);
  });
  test('when a model is guarded less strictly than its catalogue says', async () => {
    const lie = (sql: postgres.Sql) => sql`UPDATE catalogue_models SET privacy_tiers = privacy_tiers || '{restricted}'
      WHERE catalogue_version = ${CATALOGUE_VERSION} AND model = ${GUARDED_US}`;
    expect(await brokenBy(lie)).toEqual([17]);
  });
});

describe('breaks 18, one live attempt per task,', () => {
  test('when there are two', async () => {
    const lie = async (sql: postgres.Sql) => {
      const id = newId();
      await sql`DROP INDEX attempts_one_live`;
      await sql`INSERT INTO reservations (attempt_id, task_id, amount_nano, balance_ids, state, expires_at)
        VALUES (${id}, ${stories.live.taskId}, 0, '{}', 'held', now() + interval '1 minute')`;
      await sql`INSERT INTO attempts (task_id, decision_id, number, id, model, catalogue_version, state, worker)
        SELECT task_id, decision_id, 2, ${id}, model, catalogue_version, state, worker FROM attempts WHERE id = ${stories.live.attemptId}`;
    };
    expect(await brokenBy(lie)).toEqual([18]);
  });
});
