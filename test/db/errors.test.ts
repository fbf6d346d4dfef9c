/** What leaves the database folder when something fails: a code and a sentence, and never a parameter. */

import { inspect } from 'node:util';
import { connect, type Database, guarded } from '../../db/connect';
import { openTasks } from '../../db/queries/audit/open-workflows';
import { auditLedger } from '../../db/queries/audit-ledger';
import { exportAudit, listAudit, verifyAudit } from '../../db/queries/audit-log';
import { loadAnswer, loadKnowledge, loadTaskToCall, loadTaskToDecide, moveHealth } from '../../db/queries/dispatch';
import { abandonAttempt, acceptTask, addRating, endTask, openAttempt, recordDecision, settleAttempt } from '../../db/queries/ledger';
import { loadReviewProgress, progressOfTrigger } from '../../db/queries/review-progress';
import {
  activeCatalogue,
  applyBudgets,
  applyCatalogue,
  applyPolicy,
  catalogueBody,
  listPolicies,
  loadPolicy,
} from '../../db/queries/rules';
import { countTasks, modelStats, totalCost } from '../../db/queries/stats';
import { listTasks, loadOutcome, loadStory, requestCancel } from '../../db/queries/tasks';
import { ensurePartitions, expiredAttempts, markSwept, unstartedTasks, unwatchedTasks } from '../../db/queries/upkeep';
import { isRoutingError, type RoutingError } from '../../routing/errors';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyLedgerRules, attemptOf, budgetOf, decided, decisionOf, endOf, open, settlementOf, taskToAccept } from './ledger-moves';

const CANARY = 'canary-7f3a';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const TASK = { taskId: CANARY, decisionId: CANARY };
const WHY = { class: 'in-doubt', message: CANARY } as const;

/** Every query that takes a parameter, with the canary in each of them. */
const QUERIES: Readonly<Record<string, (on: Database) => Promise<unknown>>> = {
  acceptTask: (on) => acceptTask(on, taskToAccept({ id: CANARY, prompt: CANARY, owner: CANARY, facts: { secret: CANARY } })),
  recordDecision: (on) => recordDecision(on, decisionOf(CANARY, { record: { reasons: [CANARY] } })),
  openAttempt: (on) => openAttempt(on, attemptOf(TASK, { scope: { team: CANARY } })),
  settleAttempt: (on) => settleAttempt(on, settlementOf(TASK, { answer: { text: CANARY } })),
  abandonAttempt: (on) => abandonAttempt(on, { ...TASK, number: 1 }, WHY),
  endTask: (on) => endTask(on, endOf(CANARY, { reason: CANARY })),
  addRating: (on) =>
    addRating(on, {
      id: CANARY,
      provider: CANARY,
      model: CANARY,
      score: 3,
      tier: CANARY,
      source: 'person',
      ratedBy: CANARY,
      alpha: 0.3,
      seed: 3,
    }),
  loadTaskToDecide: (on) => loadTaskToDecide(on, CANARY),
  loadTaskToCall: (on) => loadTaskToCall(on, { taskId: CANARY, decisionId: CANARY, number: 1, model: CANARY }),
  loadAnswer: (on) => loadAnswer(on, CANARY, CANARY),
  loadStory: (on) => loadStory(on, CANARY),
  loadOutcome: (on) => loadOutcome(on, CANARY),
  requestCancel: (on) => requestCancel(on, CANARY),
  markSwept: (on) => markSwept(on, [CANARY]),
  progressOfTrigger: (on) => progressOfTrigger(on, CANARY),
  loadReviewProgress: (on) => loadReviewProgress(on, CANARY),
};

/** Queries whose parameters any text fits. */
const TOLERANT: typeof QUERIES = {
  loadKnowledge: (on) => loadKnowledge(on, CANARY, { team: CANARY }),
  moveHealth: (on) => moveHealth(on, CANARY, (health) => health),
  activeCatalogue,
  catalogueBody: (on) => catalogueBody(on, CANARY),
  loadPolicy: (on) => loadPolicy(on, 1),
  listPolicies,
  applyCatalogue: (on) => applyCatalogue(on, { version: CANARY, body: CANARY, models: [] }, CANARY),
  applyPolicy: (on) => applyPolicy(on, { body: CANARY, sha256: CANARY, base: 1 }, CANARY, [CANARY]),
  applyBudgets: (on) => applyBudgets(on, [budgetOf(CANARY)], CANARY),
  modelStats,
  listTasks: (on) => listTasks(on, { taskClass: CANARY, limit: 5 }),
  countTasks,
  totalCost,
  unstartedTasks: (on) => unstartedTasks(on, 5),
  unwatchedTasks: (on) => unwatchedTasks(on, 5),
  expiredAttempts: (on) => expiredAttempts(on, 5),
  ensurePartitions,
  auditLedger: (on) => auditLedger(on, { billed: [{ attemptId: CANARY, costNanoUsd: 1 }] }),
  openTasks: (on) => openTasks(on, 1_000),
  listAudit: (on) => listAudit(on, { limit: 5, action: CANARY, subject: CANARY }),
  exportAudit: (on) => exportAudit(on).next(),
  verifyAudit,
};

async function errorOf(work: Promise<unknown>): Promise<RoutingError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isRoutingError(error)).toBe(true);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(CANARY);
  return error as RoutingError;
}

test.each(Object.entries(QUERIES))('%s does not repeat what it was given when the database refuses it', async (_, query) => {
  expect((await errorOf(query(db))).code).toBe('internal');
});

describe('without its tables', () => {
  let bare: TestDatabase;
  let onBare: Database;

  beforeAll(async () => {
    bare = await createTestDatabase();
    const owner = connect(bare.url, { maxConnections: 1 });
    await owner.sql`ALTER DATABASE ${owner.sql(new URL(bare.url).pathname.slice(1))} SET search_path = 'nowhere'`;
    await owner.close();
    onBare = connect(bare.url, { maxConnections: 2 });
  });
  afterAll(async () => {
    await onBare.close();
    await bare.drop();
  });

  test.each(Object.entries({ ...QUERIES, ...TOLERANT }))('%s says that the schema is out of date, and no more', async (_, query) => {
    const error = await errorOf(query(onBare));
    expect(error.code).toBe('schema_out_of_date');
    expect(error.message).toContain('signalbox');
  });
});

test('a constraint that is violated is named without the values that violate it', async () => {
  const task = taskToAccept({ privacyTier: CANARY });
  expect((await errorOf(acceptTask(db, task))).message).toContain('tasks_privacy_tier_check');
});

test('a value that is there already is not repeated', async () => {
  const task = taskToAccept({ externalId: CANARY });
  await acceptTask(db, task);
  expect((await errorOf(acceptTask(db, { ...task, idempotencyKey: CANARY }))).message).toContain('pkey');
});

test('a full disk is said to be full, and nothing was written', async () => {
  await db.sql.unsafe(`
    CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file: No space left on device (%)', NEW.prompt USING ERRCODE = 'disk_full';
    END $$;
    CREATE TRIGGER disk_full BEFORE INSERT ON task_payloads FOR EACH ROW EXECUTE FUNCTION disk_full();`);
  const task = taskToAccept({ prompt: { messages: [{ role: 'user', content: CANARY }] } });
  const error = await errorOf(acceptTask(db, task));
  expect(error).toMatchObject({ code: 'database_full', message: expect.stringContaining('Free space') });
  await db.sql`DROP TRIGGER disk_full ON task_payloads`;
  expect(await loadStory(db, task.id)).toBeUndefined();
  expect(await acceptTask(db, task)).toMatchObject({ kind: 'accepted' });
});

describe('a database that does not answer is said to be unreachable', () => {
  test('when nothing listens', async () => {
    const nowhere = connect(`postgres://${CANARY}:${CANARY}@127.0.0.1:1/${CANARY}`);
    const error = await errorOf(acceptTask(nowhere, taskToAccept({ prompt: CANARY })));
    expect(error).toMatchObject({ code: 'database_unreachable', message: expect.stringContaining('DATABASE_URL') });
    await nowhere.close();
  });

  test('when it ends the connection under a statement', async () => {
    const victim = connect(database.url, { maxConnections: 1 });
    const task = await decided(db);
    let opening: Promise<unknown> | undefined;
    await db.sql.begin(async (sql) => {
      await sql`SELECT 1 FROM tasks WHERE id = ${task.taskId} FOR UPDATE`;
      opening = open(victim, task, { scope: { team: CANARY } });
      opening.catch(() => {}); // it is awaited below
      await sql`SELECT pg_terminate_backend(${await blockedBackend()})`;
    });
    expect((await errorOf(opening!)).code).toBe('database_unreachable');
    // The pool notices the loss when the socket closes, and connects again.
    let again: unknown;
    while (again === undefined) again = await open(victim, task).catch(() => undefined);
    expect(again).toEqual({ kind: 'opened' });
    await victim.sql.end({ timeout: 0 }); // the driver waits in vain for a connection that was lost
  });

  test('when it has no connection left', async () => {
    const crowded = await createTestDatabase();
    const [first, second] = [connect(crowded.url, { maxConnections: 1 }), connect(crowded.url, { maxConnections: 1 })];
    try {
      await first.sql`ALTER DATABASE ${first.sql(new URL(crowded.url).pathname.slice(1))} CONNECTION LIMIT 1`;
      expect(await errorOf(countTasks(second))).toMatchObject({ code: 'database_unreachable', message: expect.stringContaining('53300') });
    } finally {
      await Promise.all([first.close(), second.close()]);
      await crowded.drop();
    }
  });

  test('when a statement takes too long', async () => {
    const slow = guarded('wait', () =>
      db.sql.begin(async (sql) => {
        await sql`SELECT set_config('statement_timeout', '20', true)`;
        await sql`SELECT pg_sleep(10), ${CANARY}::text`;
      }),
    );
    expect((await errorOf(slow)).code).toBe('database_unreachable');
  });
});

/** The process of the server that waits for a lock in this database. */
async function blockedBackend(): Promise<number> {
  for (;;) {
    const [row] = await db.sql<[{ pid: number }?]>`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    if (row !== undefined) return row.pid;
  }
}
