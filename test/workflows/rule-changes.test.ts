/** Rules that change while a task runs: its decision stands, and what protects content does not wait for the next one. */

import { eventsOf } from '../support/histories';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import {
  attemptsOf,
  endSoundly,
  MODELS,
  NORTH,
  NORTH_NAME,
  routeOver,
  SOUTH,
  SOUTH_NAME,
  WEST,
  WORK,
  workPolicy,
} from '../support/scenario';

let box: Installation;

afterEach(() => endSoundly(box));

/** A task that its first model keeps waiting for a moment, so that something can happen after its decision. */
async function submitWaiting(name: string): Promise<string> {
  box.script({ models: { [name]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 1_000 }, { kind: 'answer' }] } });
  const { taskId } = await box.client.submit({ ...WORK, privacyTier: 'confidential' });
  await until(async () => (await eventsOf(box, taskId)).includes('EVENT_TYPE_TIMER_STARTED'), 'the task waits');
  return taskId;
}

test('a new policy does not move a task that is on its way, and holds for the next one', async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  await box.work();
  const taskId = await submitWaiting(NORTH_NAME);
  await box.apply({ policy: workPolicy({ classes: { work: routeOver([WEST]) } }) });
  expect(await box.client.result(taskId, { timeoutMs: 10_000 })).toMatchObject({ outcome: 'completed', model: 'north/small' });
  expect((await box.client.task(taskId))?.decision?.policyVersion).toBe(1);

  const next = await box.run(WORK);
  expect(next.model).toBe('west/large');
  expect((await box.client.task(next.taskId))?.decision?.policyVersion).toBe(2);
});

test('a model that lost its approval after the decision is not called again', async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  await box.work();
  const taskId = await submitWaiting(NORTH_NAME);
  await box.apply({ models: [{ ...NORTH, privacyTiers: ['public'] }, SOUTH, WEST] });
  expect(await box.client.result(taskId, { timeoutMs: 10_000 })).toMatchObject({ outcome: 'completed', model: 'south/middle' });
  expect(await attemptsOf(box, taskId)).toEqual(['north/small failed rate-limited none', 'south/middle answered usage']);
});

test('a task whose models have all lost their approval or left the catalogue fails, naming each', async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  await box.work();
  const taskId = await submitWaiting(NORTH_NAME);
  await box.apply({
    models: [
      { ...NORTH, status: { kind: 'retired' } },
      { ...SOUTH, privacyTiers: ['public'] },
    ],
    policy: {},
  });
  const result = await box.client.result(taskId, { timeoutMs: 10_000 });
  expect(result).toMatchObject({ outcome: 'failed', code: 'not-admissible' });
  for (const { id } of MODELS) expect(result.reason).toContain(`${id}: not-admissible`);
  expect(await attemptsOf(box, taskId)).toEqual(['north/small failed rate-limited none']);
});

test('a price that rose after the decision is what the call is reserved and charged at', async () => {
  box = await install({ models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
  await box.work();
  const taskId = await submitWaiting(NORTH_NAME);
  const dearer = { steps: [{ aboveInputTokens: 0, input: 9_000_000, output: 9_000_000 }] };
  await box.apply({ models: [{ ...NORTH, prices: dearer }, SOUTH, WEST] });
  await box.client.result(taskId, { timeoutMs: 10_000 });
  const attempt = (await box.client.task(taskId))?.attempts[1];
  const usage = attempt?.usage as { inputTokens: number; outputTokens: number };
  expect(attempt?.costNano).toBe((usage.inputTokens + usage.outputTokens) * 9_000);
  expect(attempt?.reservedNano).toBeGreaterThanOrEqual(attempt?.costNano ?? 0);
});

test('a worker that does not hold a key passes over the model, though another worker chose it', async () => {
  const policy = workPolicy({ classes: { work: routeOver([SOUTH, NORTH, WEST]) } });
  box = await install({ models: MODELS, policy, keys: { north: 'NORTH_KEY' } });
  const first = await box.work({ NORTH_KEY: 'key-of-north' });
  box.script({
    models: {
      [SOUTH_NAME]: [
        { kind: 'fault', fault: 'rate-limited', retryAfterMs: 2_500 },
        { kind: 'fault', fault: 'quota-exhausted' },
      ],
    },
  });
  const { taskId } = await box.client.submit(WORK);
  await until(async () => (await eventsOf(box, taskId)).includes('EVENT_TYPE_TIMER_STARTED'), 'the task waits');
  await first.drain();
  await box.work({});
  expect(await box.client.result(taskId, { timeoutMs: 20_000 })).toMatchObject({ outcome: 'completed', model: 'west/large' });
  expect((await attemptsOf(box, taskId)).at(-1)).toBe('west/large answered usage');
});
