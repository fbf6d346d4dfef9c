/** What follows from a failed call: wait, try again, fall back, give up. */

import { eventsOf } from '../support/histories';
import { type Installation, installWithWorkers } from '../support/installation';
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

beforeEach(async () => {
  box = await installWithWorkers({ models: MODELS, policy: workPolicy() });
});
afterEach(() => endSoundly(box));

test('a model that fails on its side is tried again and then left for the next', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }] } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'completed', model: 'south/middle', attempts: 3 });
  expect(await attemptsOf(box, result.taskId)).toEqual([
    'north/small failed server-error none',
    'north/small failed server-error none',
    'south/middle answered usage',
  ]);
  expect((await box.client.task(result.taskId))?.fallbacks).toMatchObject([
    { fromModel: 'north/small', toModel: 'south/middle', failureClass: 'server-error' },
  ]);
});

test('a short Retry-After is waited for in the server, with no activity running, and the same model asked again', async () => {
  const retryAfterMs = 1_500;
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs }, { kind: 'answer' }] } });
  const { taskId } = await box.client.submit(WORK);
  await until(async () => (await eventsOf(box, taskId)).includes('EVENT_TYPE_TIMER_STARTED'), 'the task waits');
  const { raw } = await box.workflow(taskId).describe();
  expect(raw.pendingActivities).toEqual([]);
  expect(await attemptsOf(box, taskId)).toEqual(['north/small failed rate-limited none']);

  const result = await box.client.result(taskId, { timeoutMs: 10_000 });
  expect(result).toMatchObject({ outcome: 'completed', model: 'north/small', attempts: 2 });
  const [limited, answered] = (await box.client.task(taskId))?.attempts ?? [];
  expect(limited?.retryAfterMs).toBe(retryAfterMs);
  expect(Number(answered?.startedAt) - Number(limited?.endedAt)).toBeGreaterThanOrEqual(retryAfterMs - 50);
  const events = await box.db.sql`SELECT model, kind, retry_after_ms FROM rate_limit_events`;
  expect(events).toMatchObject([{ model: 'north/small', kind: 'rate-limited', retry_after_ms: retryAfterMs }]);
});

test('a Retry-After longer than the task waits for one model falls back at once, without a timer', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 10_000 }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small failed rate-limited none', 'south/middle answered usage']);
  expect(await eventsOf(box, result.taskId)).not.toContain('EVENT_TYPE_TIMER_STARTED');
});

test('a Retry-After longer than the task has time for ends it at once, saying so', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 600_000 }] } });
  const result = await box.run({ ...WORK, constraints: { model: NORTH.id } });
  expect(result).toMatchObject({ outcome: 'failed', code: 'rate-limited', attempts: 1 });
  expect(result.reason).toMatch(/longer wait than the task has time for/);
});

test.each(['quota-exhausted', 'authentication', 'not-found'] as const)('%s is never tried again', async (fault) => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual([`north/small failed ${fault} none`, 'south/middle answered usage']);
});

test('a bad request ends the task: no other model is asked', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'bad-request' }] } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'failed', code: 'bad-request', attempts: 1 });
  expect(result.reason).toMatch(/another model would refuse this request too/);
});

test('when every model fails the task has failed, and its reason names what was tried and why there is no more', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'overloaded' }] } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'failed', code: 'overloaded', answer: null, attempts: 6, costUsd: 0 });
  for (const { id } of MODELS) expect(result.reason).toContain(`${id}: overloaded 2 times`);
  expect(result.reason).toMatch(/no model of the chain is left to try/);
});

test('content that one provider refuses is put to one other, and the refusal is paid for', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'refused' }], [SOUTH_NAME]: [{ kind: 'fault', fault: 'refused' }] } });
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'failed', code: 'content-refused' });
  expect(await attemptsOf(box, result.taskId)).toEqual([
    'north/small failed content-refused usage',
    'south/middle failed content-refused usage',
  ]);
  expect(result.costUsd).toBeGreaterThan(0);
});

test('a prompt that is too long for a model goes to one with a larger window, past the smaller ones', async () => {
  await box.apply({ policy: workPolicy({ classes: { work: routeOver([SOUTH, NORTH, WEST]) } }) });
  box.script({ models: { [SOUTH_NAME]: [{ kind: 'fault', fault: 'context-too-long' }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['south/middle failed context-too-long none', 'west/large answered usage']);
});

test.each([
  ['malformed', ['north/small in_doubt malformed-answer reserved', 'north/small in_doubt malformed-answer reserved']],
  ['empty', ['north/small failed empty-answer usage', 'north/small failed empty-answer usage']],
  ['connection-cut', ['north/small in_doubt connection-lost reserved', 'north/small in_doubt connection-lost reserved']],
  ['timeout', ['north/small in_doubt timeout-headers reserved', 'north/small in_doubt timeout-headers reserved']],
] as const)('an answer that is %s is paid for, asked for once more, and then of another model', async (fault, expected) => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual([...expected, 'south/middle answered usage']);
});

test('an answer that was cut short goes to a model that may say more', async () => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'cut-short' }] } });
  const result = await box.run({ ...WORK, maxOutputTokens: 400 });
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small failed answer-cut-short usage']);
  expect(result.reason).toMatch(/no model of the chain may give a longer answer/);
});

test('a call that outlasts its limit is ended, charged and tried again', async () => {
  await box.apply({ policy: workPolicy({ attempts: { ...workPolicy().attempts!, maxCallMs: 300 } }) });
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 60_000 }, { kind: 'answer' }] } });
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small in_doubt timeout-total reserved', 'north/small answered usage']);
});
