/** Open workflows and open tasks, compared with room for what is on its way. */

import { v7 as newId } from 'uuid';
import { connect } from '../../db/connect';
import { compareOpenWorkflows, openTasks } from '../../db/queries/audit/open-workflows';
import { createTestDatabase } from '../support/database';
import { accepted, applyLedgerRules, decided, end } from './ledger-moves';

test('names tasks that are open without a workflow, and workflows whose task is not', () => {
  const check = compareOpenWorkflows(['both', 'orphan', 'starting'], { settled: ['both', 'lost'], fresh: ['starting', 'ending'] });
  expect(check).toMatchObject({
    invariant: 19,
    violationCount: 2,
    violations: [
      { subject: 'task lost', detail: 'is open and has no workflow' },
      { subject: 'workflow of task orphan', detail: 'is open and its task is not' },
    ],
  });
});

test('finds nothing when they are the same', () => {
  expect(compareOpenWorkflows(['a', 'b'], { settled: ['b', 'a'], fresh: [] }).violations).toEqual([]);
  expect(compareOpenWorkflows([], { settled: [], fresh: [] }).violationCount).toBe(0);
});

test('names twenty and counts all', () => {
  const check = compareOpenWorkflows(
    Array.from({ length: 50 }, () => newId()),
    { settled: [], fresh: [] },
  );
  expect(check.violationCount).toBe(50);
  expect(check.violations).toHaveLength(20);
});

test('the tables tell what has been open for long from what was just accepted or just ended', async () => {
  const database = await createTestDatabase();
  const db = connect(database.url, { maxConnections: 2 });
  try {
    await applyLedgerRules(db);
    const [waiting, running, endedNow, endedLongAgo] = [await accepted(db), await decided(db), await accepted(db), await accepted(db)];
    await end(db, endedNow);
    await end(db, endedLongAgo);
    await db.sql`UPDATE routing_outcomes SET ended_at = ended_at - interval '1 hour' WHERE task_id = ${endedLongAgo}`;
    await db.sql`UPDATE tasks SET accepted_at = accepted_at - interval '1 hour', started_at = started_at - interval '1 hour' WHERE id = ${running.taskId}`;
    const tasks = await openTasks(db, 60_000);
    expect(tasks.settled).toEqual([running.taskId]);
    expect([...tasks.fresh].sort()).toEqual([waiting, endedNow].sort());
  } finally {
    await db.close();
    await database.drop();
  }
});
