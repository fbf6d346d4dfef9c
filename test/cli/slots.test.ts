/** The commands for slots, on a stack with one seat that is taken and one account that is free. */

import { commandPath, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';
import { until } from '../support/processes';
import { MODELS, NORTH, SOUTH, WORK, workPolicy } from '../support/scenario';
import { seatFor, slotSettings } from '../support/slots';

let stack: Installation;
let waiting: string;

const ACCOUNTS = [
  seatFor(NORTH.id, { windows: [{ per: 'day', requests: 100, safetyRate: 0.5 }] }),
  seatFor(SOUTH.id, { id: 'spare', concurrency: 3 }),
];

beforeAll(async () => {
  await commandPath();
  const classes = {
    ...workPolicy().classes,
    spared: { route: { kind: 'model' as const, model: SOUTH.id, fallbacks: [] }, tolerance: 0.05 },
  };
  stack = await installWithWorkers({ models: MODELS, policy: workPolicy({ classes }), slots: slotSettings(ACCOUNTS) });
  stack.script({ tasks: { holder: [{ kind: 'answer', latencyMs: 120_000 }] }, models: { '*': [{ kind: 'answer' }] } });
  const holder = await stack.client.submit({ ...WORK, externalId: 'holder', layer: 'ui' });
  await until(() => stack.billed().length === 1, 'the seat is taken');
  waiting = (await stack.client.submit({ ...WORK, expectedValue: 7 })).taskId;
  await until(async () => (await stack.db.sql`SELECT FROM slot_queue`).length === 1, 'the second task waits');
  expect(holder.isStarted).toBe(true);
}, 180_000);

afterAll(async () => {
  for (const { id } of await stack.client.tasks()) await stack.client.cancel(id);
  await stack.end();
});

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(words, { ...options, env: { ...stack.environment } });

test('list shows slots, who waits and what is used up', async () => {
  expect(jsonOf<unknown[]>(await run(['slots', 'list', '--json']))).toMatchObject([
    {
      account: 'seat',
      models: [NORTH.id],
      concurrency: 1,
      taken: 1,
      waiting: 1,
      usedRate: 0.02,
      windows: [{ per: 'day', requests: 1, requestLimit: 100, safetyRate: 0.5, spendLimitUsd: null, endsAt: expect.stringMatching(/Z$/) }],
    },
    { account: 'spare', concurrency: 3, taken: 0, waiting: 0, usedRate: 0, windows: [] },
  ]);
  const { exitCode, stdout } = await run(['slots', 'list']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/seat +north\/small +1 +1 +1 +2 % +day: 2 %, 1 of 100 requests, until/);
});

test('queue shows who waits, for what and in which order', async () => {
  expect(jsonOf(await run(['slots', 'queue', '--json']))).toEqual({
    total: 1,
    tasks: [
      {
        position: 1,
        taskId: waiting,
        taskClass: 'work',
        expectedValue: 7,
        priority: 50,
        group: null,
        waitedMs: expect.any(Number),
        models: [NORTH.id],
        granted: null,
      },
    ],
  });
  expect((await run(['slots', 'queue'])).stdout).toContain(waiting);
  expect((await run(['tasks', '--status', 'await_slot'])).stdout).toContain(waiting);
});

test('dry-run says which slot a task would get, or that it would wait, and calls nothing', async () => {
  const before = stack.billed().length;
  const free = jsonOf(await run(['slots', 'dry-run', 'Say hello.', '--class', 'spared', '--json']));
  expect(free).toMatchObject({
    outcome: 'completed',
    needsSlot: true,
    account: 'spare',
    model: SOUTH.id,
    valueSource: 'formula',
    expectedValue: 50,
  });
  const taken = await run(['slots', 'dry-run', 'Say hello.', '--class', 'work']);
  expect(taken.stdout).toMatch(/^It would wait\.\n {2}- Every slot that would do is taken; it waits for one\./);
  expect(stack.billed().length).toBe(before);
  expect(await stack.db.sql`SELECT FROM slot_queue`).toHaveLength(1);
});

test('report keeps what is used elsewhere, and refuses what is not there', async () => {
  const kept = await run(['slots', 'report', 'seat', '--window', 'day', '--used', '0.25', '--as', 'olga', '--json']);
  expect(jsonOf(kept)).toMatchObject({
    account: 'seat',
    window: 'day',
    usedRate: 0.25,
    reportedBy: 'olga',
    validUntil: expect.any(String),
  });
  expect(jsonOf<{ usedRate: number }[]>(await run(['slots', 'list', '--json']))[0]?.usedRate).toBe(0.5);
  for (const words of [
    ['nobody', '--window', 'day', '--used', '0.25'],
    ['seat', '--window', 'week', '--used', '0.25'],
    ['seat', '--window', 'day', '--used', '1.5'],
    ['seat', '--window', 'month', '--used', '0.5'],
    ['seat', '--used', '0.5'],
  ]) {
    const { exitCode, stdout, stderr } = await run(['slots', 'report', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).not.toBe('');
  }
});

test('the story of a task says which slot it got, and why', async () => {
  const { slot } = jsonOf<{ slot: unknown }>(await run(['task', waiting, '--json']));
  expect(slot).toMatchObject({ mode: 'act', account: null, reason: 'It waits for a slot.', expectedValue: 7 });
  const [holder] = await stack.db.sql<{ id: string }[]>`SELECT task_id AS id FROM slot_leases`;
  expect((await run(['task', holder?.id ?? ''])).stdout).toMatch(/Slot\n {2}seat with north\/small/);
});

test('matrix shows decisions and cost per decision by model and layer', async () => {
  const { cells } = jsonOf<{ cells: unknown[] }>(await run(['slots', 'matrix', '--hours', '24', '--json']));
  expect(cells).toEqual([
    { model: NORTH.id, layer: null, decisions: 1, costUsd: 0, costPerDecisionUsd: 0 },
    { model: NORTH.id, layer: 'ui', decisions: 1, costUsd: 0, costPerDecisionUsd: 0 },
  ]);
  expect((await run(['slots', 'matrix'])).stdout).toMatch(/model +\(no layer\) +ui\nnorth\/small +1 × \$0 +1 × \$0/);
});

test('compare shows what mode observe has recorded, beside what happened', async () => {
  expect((await run(['slots', 'compare'])).stderr).toContain('Nothing was observed.');
  await stack.apply({ slots: slotSettings(ACCOUNTS, { mode: 'observe' }) });
  const { taskId } = await stack.client.submit({ ...WORK, taskClass: 'spared' });
  await stack.client.result(taskId, { timeoutMs: 30_000 });
  expect(jsonOf(await run(['slots', 'compare', '--json']))).toMatchObject({
    tasks: expect.any(Number),
    wouldWait: expect.any(Number),
    pairs: expect.arrayContaining([
      expect.objectContaining({ decided: SOUTH.id, observed: SOUTH.id, tasks: 1, answered: 1, actualUsd: expect.any(Number) }),
    ]),
  });
  expect((await run(['slots', 'compare'])).stdout).toMatch(/^Of \d+ tasks? /);
});
