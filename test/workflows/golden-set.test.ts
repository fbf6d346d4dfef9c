/** The golden set on a real engine: its tasks run as work does, and find a drift in a class that has no traffic. */

import { loadRollout } from '../../client/rollouts';
import { loadPolicy } from '../../db/queries/rules';
import { watchWorkflowId } from '../../workflows/messages';
import { depsOf } from '../support/deps';
import { nightPasses, promotedWithGoldenSet } from '../support/golden-scenario';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { GOOD } from '../support/replay-scenario';
import { expectSoundLedger, MODELS, NORTH, SOUTH, SOUTH_NAME, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(() => box.end());

test('a model that becomes worse is taken back without a single task of traffic', async () => {
  const goldenTasks = 15;
  const { rolloutId } = await promotedWithGoldenSet(box, depsOf(box), { goldenTasks, watch: { tickMs: 500 } });
  box.script({ models: { '*': [GOOD] } });
  await box.work();
  const handle = await box.engine.workflow.start('watch', {
    workflowId: watchWorkflowId(rolloutId),
    taskQueue: box.queue,
    args: [{ rolloutId }],
  });
  const counted = async () => (await loadRollout(box.db, rolloutId)).watch?.golden?.labelled;
  await until(async () => (await counted()) === goldenTasks, 'the first night was counted', 30_000);
  expect((await loadRollout(box.db, rolloutId)).state).toBe('WATCHED');

  box.script({ models: { [SOUTH_NAME]: [{ kind: 'answer', text: 'No idea.' }], '*': [GOOD] } });
  await nightPasses(box);
  expect(await handle.result()).toBe('COOLDOWN');
  expect(await loadPolicy(box.db)).toMatchObject({ version: 3, body: { classes: { work: { route: { model: NORTH.id } } } } });
  const calls = await box.db.sql`
    SELECT a.model, count(*)::integer AS calls FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.purpose = 'golden' GROUP BY 1`;
  expect(calls).toEqual([{ model: SOUTH.id, calls: 2 * goldenTasks }]);
  await expectSoundLedger(box);
});
