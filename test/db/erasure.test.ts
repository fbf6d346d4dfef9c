/** The content of one task is erased for good, wherever it lies; everything else of it stays and adds up. */

import { v7 as newId } from 'uuid';
import { verifyAudit } from '../../db/queries/audit-log';
import { eraseTask } from '../../db/queries/erasure';
import { loadStory } from '../../db/queries/tasks';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { GOOD, replaying, replayOf, replayToEnd, resultsOf } from '../support/replay-scenario';
import { endSoundly, MODELS, WORK, workPolicy } from '../support/scenario';

const SECRET = 'The launch code is 0451';
const erasure = (taskId: string) => ({ taskId, actor: 'ana', reason: 'request 4711' });

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(async () => {
  expect((await verifyAudit(box.db)).firstBad).toBeUndefined();
  await endSoundly(box);
});

/** Names of all tables with a row that says the secret. */
async function tablesWith(secret: string): Promise<string[]> {
  const tables = await box.db.sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await box.db.sql`SELECT FROM ${box.db.sql(name)} AS t WHERE position(${secret} IN t::text) > 0 LIMIT 1`;
    if (rows.length > 0) found.push(name.replace(/_\d{6}$/, ''));
  }
  return found.sort();
}

async function auditOf(taskId: string): Promise<unknown[]> {
  return [...(await box.db.sql`SELECT actor, details FROM audit_log WHERE action = 'task.erased' AND subject = ${taskId}`)];
}

test('nothing of what was asked, expected or answered is left in any table, and the bill is', async () => {
  await box.work();
  box.script({ models: { '*': [{ kind: 'answer', text: `${SECRET}!` }] } });
  const { taskId } = await box.client.submit({ ...WORK, prompt: SECRET, grader: { kind: 'exact', expected: SECRET } });
  await box.client.result(taskId, { timeoutMs: 15_000 });
  await box.client.rate({ score: 4, taskId });
  expect(await tablesWith(SECRET)).toEqual(['answers', 'task_payloads']);
  const before = (await loadStory(box.db, taskId))!;
  expect(await eraseTask(box.db, erasure(taskId))).toMatchObject({ kind: 'erased', replays: 0 });
  expect(await tablesWith(SECRET)).toEqual([]);
  const after = (await loadStory(box.db, taskId))!;
  expect(after).toMatchObject({
    prompt: null,
    answer: undefined,
    contentErasedAt: expect.any(Date),
    outcome: { costNano: before.outcome!.costNano },
  });
  expect([after.decision, after.attempts]).toEqual([before.decision, before.attempts]);
  expect(after.ratings.map(({ score, taskHash }) => [score, taskHash])).toContainEqual([4, null]);
  expect(await box.client.result(taskId)).toMatchObject({ outcome: 'completed', answer: null });
});

test('who asked is written down once, and asking again finds it', async () => {
  await box.work();
  const { taskId } = await box.run(WORK);
  const first = await eraseTask(box.db, erasure(taskId));
  expect(first).toMatchObject({ kind: 'erased' });
  expect(await eraseTask(box.db, { ...erasure(taskId), actor: 'ben' })).toMatchObject({ kind: 'erased-before', at: expect.any(String) });
  expect(await auditOf(taskId)).toEqual([{ actor: 'ana', details: { reason: 'request 4711', replays: 0 } }]);
});

test('by many at once it is erased once', async () => {
  await box.work();
  const { taskId } = await box.run(WORK);
  const kinds = (await Promise.all(Array.from({ length: 5 }, () => eraseTask(box.db, erasure(taskId))))).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['erased', 'erased-before', 'erased-before', 'erased-before', 'erased-before']);
  expect(await auditOf(taskId)).toHaveLength(1);
});

test('a task that has not ended keeps its content, and so does one that is not there', async () => {
  const { taskId } = await box.client.submit(WORK);
  expect(await eraseTask(box.db, erasure(taskId))).toEqual({ kind: 'open' });
  expect(await loadStory(box.db, taskId)).toMatchObject({ prompt: expect.anything(), contentErasedAt: null });
  expect(await eraseTask(box.db, erasure(newId()))).toEqual({ kind: 'unknown' });
  expect(await auditOf(taskId)).toEqual([]);
});

test('answers of replays go with their original, which is not replayed any more', async () => {
  box.script({ models: { '*': [GOOD] } });
  const scenario = await replaying(box, { count: 1 });
  const [original] = scenario.taskIds;
  await replayToEnd(depsOf(box), replayOf(scenario, { role: 'candidate' }));
  const [replay] = await resultsOf(box, scenario);
  const answers = () => box.db.sql`SELECT FROM answers WHERE task_id = ${replay!.replayTaskId}`;
  expect(await answers()).toHaveLength(1);
  expect(await eraseTask(box.db, erasure(original!))).toMatchObject({ kind: 'erased', replays: 1 });
  expect(await answers()).toHaveLength(0);
  await replayToEnd(depsOf(box), replayOf(scenario, { role: 'baseline' }));
  expect(await resultsOf(box, scenario, 'baseline')).toMatchObject([{ outcome: 'excluded', costNano: 0 }]);
});

test('while a replay of it runs, nothing is erased', async () => {
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 1_000 }] } });
  const scenario = await replaying(box, { count: 1 });
  const running = replayToEnd(depsOf(box), replayOf(scenario, { role: 'candidate' }));
  await until(() => box.billed().length === 1, 'the model has begun');
  expect(await eraseTask(box.db, erasure(scenario.taskIds[0]!))).toEqual({ kind: 'open' });
  await running;
  expect(await eraseTask(box.db, erasure(scenario.taskIds[0]!))).toMatchObject({ kind: 'erased' });
});
