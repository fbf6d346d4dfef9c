/** The step that calls a model, run without Temporal: twice, too late, and after somebody else closed its attempt. */

import { abandonCall, callModelOnce, HANDED_OVER } from '../../activities/call/model-call';
import { decideTask } from '../../activities/decide';
import type { Deps } from '../../activities/deps';
import { endUnanswered } from '../../activities/end';
import { moveHealth } from '../../db/queries/dispatch';
import { mayCall } from '../../routing/decision/cool-down';
import type { CallInput, Plan } from '../../workflows/messages';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, expectSoundLedger, MODELS, WORK, workPolicy } from '../support/scenario';

let box: Installation;
let deps: Deps;
let input: CallInput;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
  deps = depsOf(box);
  const { taskId } = await box.client.submit(WORK);
  const plan = (await decideTask(deps, { taskId })) as Extract<Plan, { kind: 'routed' }>;
  input = { taskId, decisionId: plan.decisionId, number: 1, model: 'north/small', maxCallMs: 10_000 };
});

afterEach(async () => {
  await endUnanswered(deps, { taskId: input.taskId, kind: 'cancelled', code: 'cancelled', reason: 'The test has ended.' });
  try {
    await expectSoundLedger(box);
  } finally {
    await box.end();
  }
});

function call(signal = new AbortController().signal) {
  return callModelOnce(deps, input, signal);
}

async function untilModelHasBegun(): Promise<void> {
  await until(() => box.billed().length === 1, 'the model has begun');
}

test('a second run of an answered attempt finds its end, and the model is called once', async () => {
  expect(await call()).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(await call()).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(box.billed()).toHaveLength(1);
});

test('a second run of a failed attempt finds its failure, and the model is called once', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'empty' }] } });
  const first = await call();
  expect(first).toMatchObject({ kind: 'failed', failure: { class: 'empty-answer' } });
  box.script({});
  expect(await call()).toEqual(first);
  expect(box.billed()).toHaveLength(1);
});

test('a second run while the first is silent closes it in doubt, charges it, and does not call again', async () => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 1_500 }] } });
  const silent = call();
  await untilModelHasBegun();
  expect(await call()).toMatchObject({ kind: 'failed', failure: { class: 'in-doubt' } });
  expect(await attemptsOf(box, input.taskId)).toEqual(['north/small in_doubt in-doubt reserved']);

  // The first was only slow: what it brings comes too late, and the charge stands.
  expect(await silent).toMatchObject({ kind: 'failed', failure: { class: 'in-doubt' } });
  expect(await attemptsOf(box, input.taskId)).toEqual(['north/small in_doubt in-doubt reserved']);
  expect((await box.client.task(input.taskId))?.outcome).toBeUndefined();
});

test('a second run closes a silent attempt also when its model may not be called any more', async () => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 1_500 }] } });
  const silent = call();
  await untilModelHasBegun();
  await moveHealth(box.db, input.model, () => ({ state: 'open', until: Date.now() + 60_000, trips: 1 }));
  expect(await call()).toMatchObject({ kind: 'failed', failure: { class: 'in-doubt' } });
  expect(await attemptsOf(box, input.taskId)).toEqual(['north/small in_doubt in-doubt reserved']);
  await silent;
});

test('the probe of a call that finds no money is given back', async () => {
  await moveHealth(box.db, input.model, () => ({ state: 'open', until: Date.now() - 1, trips: 1 }));
  await box.apply({ budgets: [{ period: 'day', limitNano: 1 }] });
  expect(await call()).toMatchObject({ kind: 'failed', failure: { class: 'budget-exhausted' } });
  const health = await moveHealth(box.db, input.model, (current) => current);
  expect(mayCall(health, Date.now())).toBe('probe');
});

test('a call that comes after the end of its task is not made, and is told how the task ended', async () => {
  await endUnanswered(deps, { taskId: input.taskId, kind: 'refused', code: 'test', reason: 'Ended before the call.' });
  expect(await call()).toEqual({ kind: 'ended', outcome: 'refused' });
  expect(box.billed()).toEqual([]);
});

test('an attempt that nobody opened is abandoned as one that was never made', async () => {
  expect(await abandonCall(deps, input)).toMatchObject({ kind: 'failed', failure: { class: 'not-configured' } });
  expect(await attemptsOf(box, input.taskId)).toEqual([]);
});

test('abandoning an attempt that has ended changes nothing', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'server-error' }] } });
  await call();
  expect(await abandonCall(deps, input)).toMatchObject({ kind: 'failed', failure: { class: 'server-error' } });
  expect(await attemptsOf(box, input.taskId)).toEqual(['north/small failed server-error none']);
});

test.each([
  ['a task that is not wanted any more', 'cancelled', undefined],
  ['a worker that ends', 'in-doubt', HANDED_OVER],
] as const)('a call stopped for %s is charged and fails as %s', async (_, failureClass, reason) => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 10_000 }] } });
  const stop = new AbortController();
  const stopped = call(stop.signal);
  await untilModelHasBegun();
  stop.abort(reason);
  expect(await stopped).toMatchObject({ kind: 'failed', failure: { class: failureClass } });
  expect(await attemptsOf(box, input.taskId)).toEqual([`north/small in_doubt ${failureClass} reserved`]);
});
