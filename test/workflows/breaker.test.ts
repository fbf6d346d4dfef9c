/** The circuit breaker as tasks meet it: a failing model is left alone, asked once, and taken back. */

import type { ModelHealth } from '../../routing/decision/knowledge';
import { type Installation, installWithWorkers } from '../support/installation';
import { until } from '../support/processes';
import { attemptsOf, endSoundly, MODELS, NORTH_NAME, WORK, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await installWithWorkers({ models: MODELS, policy: workPolicy({ coolDown: { failures: 2, baseMs: 1_500, maxMs: 6_000 } }) });
  box.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }] } });
  await box.run(WORK);
  expect(await health()).toMatchObject({ state: 'open', trips: 1 });
});
afterEach(() => endSoundly(box));

async function health(): Promise<ModelHealth> {
  const [row] = await box.db.sql<[{ health: ModelHealth }]>`SELECT health FROM model_health WHERE model = 'north/small'`;
  return row.health;
}

/** Workers go by the database's clock as they know it, which may be a little behind this one. */
const CLOCK_ERROR_MS = 100;

async function untilCooledDown(): Promise<void> {
  const found = await health();
  await until(() => found.state === 'open' && Date.now() >= found.until + CLOCK_ERROR_MS, 'the model has cooled down');
}

test('decisions leave out a model that keeps failing, and say so', async () => {
  const result = await box.run(WORK);
  expect(result).toMatchObject({ outcome: 'completed', model: 'south/middle', attempts: 1 });
  const record = (await box.client.task(result.taskId))?.decision?.record as { filteredOut: unknown };
  expect(record.filteredOut).toMatchObject([{ model: 'north/small', rule: 'cool-down' }]);
});

test('of ten tasks that come after the cool-down one asks the model, and its answer brings all back', async () => {
  await untilCooledDown();
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 4_000 }] } });
  const results = await Promise.all(Array.from({ length: 10 }, () => box.run(WORK)));
  expect(results.filter(({ model }) => model === 'north/small')).toHaveLength(1);
  expect(results.filter(({ model }) => model === 'south/middle')).toHaveLength(9);
  expect(await health()).toEqual({ state: 'closed', consecutiveFailures: 0 });
  box.script({});
  expect((await box.run(WORK)).model).toBe('north/small');
});

test('a probe that fails leaves the model alone for twice as long', async () => {
  await untilCooledDown();
  const result = await box.run(WORK);
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small failed server-error none', 'south/middle answered usage']);
  const again = await health();
  expect(again).toMatchObject({ state: 'open', trips: 2 });
  expect((again as { until: number }).until - Date.now()).toBeGreaterThan(1_500);
});
