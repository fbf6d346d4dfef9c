/** The commands for slots, on a stack with one seat that is taken and one account that is free. */

import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';
import { until } from '../support/processes';
import { MODELS, NORTH, SOUTH, WEST, WORK, workPolicy } from '../support/scenario';
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
  stack = await installWithWorkers({
    models: MODELS,
    policy: workPolicy({ classes }),
    slots: slotSettings(ACCOUNTS, { leaseMs: 120_000 }),
  });
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
        valueSource: 'stated',
        valueBasis: null,
        priority: 50,
        group: null,
        waitedMs: expect.any(Number),
        models: [NORTH.id],
        granted: null,
      },
    ],
  });
  expect((await run(['slots', 'queue'])).stdout).toMatch(new RegExp(`1 +${waiting} +work +7 +stated +50 `));
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
    valueBasis: null,
    expectedValue: 50,
  });
  const taken = await run(['slots', 'dry-run', 'Say hello.', '--class', 'work']);
  expect(taken.stdout).toMatch(/^It would wait\.\n {2}- Every slot that would do is taken; it waits for one\./);
  expect(stack.billed().length).toBe(before);
  expect(await stack.db.sql`SELECT FROM slot_queue`).toHaveLength(1);
});

describe('route --live', () => {
  const route = (...words: string[]) => run(['route', 'Say hello.', '--live', ...words]);

  test('says which slot the task would get, as dry-run does, without a task', async () => {
    const before = (await stack.client.tasks()).length;
    const dryRun = jsonOf<Record<string, unknown>>(await run(['slots', 'dry-run', 'Say hello.', '--class', 'spared', '--json']));
    const { slot } = jsonOf<{ slot: Record<string, unknown> }>(await route('--class', 'spared', '--json'));
    const { taskId, outcome, needsSlot, ...shared } = dryRun;
    expect(slot).toEqual({ mode: 'act', place: null, ...shared });
    expect({ outcome, needsSlot, account: slot.account }).toEqual({ outcome: 'completed', needsSlot: true, account: 'spare' });
    expect(await stack.client.tasks()).toHaveLength(before + 1); // that of dry-run
    expect((await route('--class', 'spared')).stdout).toMatch(/\n\nSlot\nspare with south\/middle\n {2}- spare with /);
  });

  test('says at which place the task would wait', async () => {
    const placeOf = async (...words: string[]) => jsonOf<{ slot: unknown }>(await route('--class', 'work', '--json', ...words)).slot;
    expect(await placeOf('--expected-value', '1')).toMatchObject({ account: null, model: null, place: 2, valueSource: 'stated' });
    await stack.db.sql`UPDATE slot_queue SET place = place + 2`;
    expect(await placeOf('--expected-value', '1')).toMatchObject({ account: null, place: 1 });
    expect((await route('--class', 'work')).stdout).toContain('\nIt would wait, at place 1.\n');
    await stack.db.sql`UPDATE slot_queue SET place = place - 2`;
  });

  test('says that a task needs no slot', async () => {
    expect(jsonOf(await route('--model', WEST.id, '--json'))).toMatchObject({ model: WEST.id, slot: null });
    expect((await route('--model', WEST.id)).stdout).not.toContain('Slot');
  });
});

test('policy apply says beforehand what of the slots would change', async () => {
  const accounts = '[{ id: seat, models: [local/one], concurrency: 2 }, { id: extra, models: [local/one] }]';
  const cwd = folderWith({
    'signalbox.yaml': `providers: { local: { kind: scripted, models: { one: {} } } }\nslots: { mode: observe, accounts: ${accounts} }\n`,
    'policy.yaml': '{}',
  });
  const { slots, isApplied } = jsonOf<{ slots: { changes: unknown[] }; isApplied: boolean }>(
    await run(['policy', 'apply', '--dry-run', '--json'], { cwd }),
  );
  expect(isApplied).toBe(false);
  expect(slots).toMatchObject({ added: ['extra'], removed: ['spare'], changed: ['seat'] });
  expect(slots.changes).toContainEqual({ path: ['mode'], before: 'act', after: 'observe' });
  const { stdout } = await run(['policy', 'apply', '--dry-run'], { cwd });
  expect(stdout).toContain('slots: account extra added: local/one; 1 at a time\n');
  expect(stdout).toContain('slots: account seat: concurrency 1 → 2\n');
  expect(stdout).toContain('slots: account seat: quota per day removed\n');
  expect(stdout).toContain('slots: account spare removed\n');
});

test('a learned value is shown with what it was learned from', async () => {
  const learned = { leastTasks: 2, days: 7, isAfterFormula: false };
  await stack.apply({ slots: slotSettings(ACCOUNTS, { learned }) });
  await stack.db.sql`
    INSERT INTO stated_values (day, cell, part, task_class, tasks, total, squares)
      VALUES ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 0, 'spared', 4, 12, 36)`;
  const basis = { tasks: 4, cell: { taskClass: 'spared', layer: null, team: null, key: null } };
  const words = 'learned from 4 stated values of spared, no layer, no team, no key.';
  const live = await run(['route', 'Say hello.', '--live', '--class', 'spared', '--json']);
  expect(jsonOf(live)).toMatchObject({ slot: { expectedValue: 3, valueSource: 'learned', valueBasis: basis } });
  const dryRun = jsonOf<{ taskId: string }>(await run(['slots', 'dry-run', 'Say hello.', '--class', 'spared', '--json']));
  expect(dryRun).toMatchObject({ expectedValue: 3, valueSource: 'learned', valueBasis: basis });
  expect((await run(['slots', 'dry-run', 'Say hello.', '--class', 'spared'])).stdout).toContain(words);
  expect((await run(['task', dryRun.taskId])).stdout).toContain(words);
  expect(jsonOf(await run(['task', dryRun.taskId, '--json']))).toMatchObject({ slot: { valueSource: 'learned', valueBasis: basis } });
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
  expect(slot).toMatchObject({
    mode: 'act',
    account: null,
    reason: 'It waits for a slot.',
    expectedValue: 7,
    valueSource: 'stated',
    valueRemark: null,
  });
  const [holder] = await stack.db.sql<{ id: string }[]>`SELECT task_id AS id FROM slot_leases`;
  expect((await run(['task', holder?.id ?? ''])).stdout).toMatch(
    /Slot\n {2}seat with north\/small.*\n {2}Its expected value is 50, by the formula\./,
  );
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
