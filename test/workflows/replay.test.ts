/** Recorded histories: each replays on the workflows as they are now, and none holds what must not leave the database. */

import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import * as workflows from '../../workflows';
import { type History, recordedHistories } from '../support/histories';
import { quietRuntime } from '../support/quiet-runtime';
import { testServer } from '../support/servers';

const recorded = recordedHistories();

async function replay(history: History): Promise<void> {
  quietRuntime();
  const { codePath } = await testServer('workflows');
  const { taskQueue } = historyFromJSON(history).events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  // The names of queues and the ids of children are made of the queue that it was recorded on.
  const options = { workflowBundle: { codePath }, taskQueue: taskQueue?.name };
  await Worker.runReplayHistory(options, history);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

test('every workflow has recorded histories, and every history is of a workflow that is there', () => {
  expect([...new Set(recorded.map(({ workflow }) => workflow))].sort()).toEqual(Object.keys(workflows).map(kebab).sort());
});

test('every way in which a task can end is recorded', () => {
  const scenarios = recorded.filter(({ workflow }) => workflow === 'dispatch-task').map(({ scenario }) => scenario);
  expect(scenarios).toEqual(
    expect.arrayContaining([
      'happy',
      'fallback',
      'rate-limited',
      'all-failed',
      'cancelled',
      'refused-by-budget',
      'refused-by-privacy',
      'in-doubt',
    ]),
  );
});

test.each(recorded)('$workflow/$scenario replays on the workflows as they are now', async ({ history }) => {
  await expect(replay(history)).resolves.toBeUndefined();
});

test('a history that another workflow would have made does not replay', async () => {
  const happy = recorded.find(({ scenario }) => scenario === 'happy');
  const other = JSON.stringify(happy?.history).replaceAll('"name":"callModel"', '"name":"callAnotherModel"');
  await expect(replay(JSON.parse(other) as History)).rejects.toThrow(/Nondeterminism|Determinism/i);
});

test('histories can be read back: protobufjs is one copy', () => {
  const [first] = recorded;
  expect(historyFromJSON(first?.history).events).toHaveLength(first?.history.events.length ?? 0);
  const ours = require.resolve('protobufjs');
  for (const user of ['@temporalio/proto', '@temporalio/common', '@temporalio/client', '@temporalio/worker']) {
    expect(require.resolve('protobufjs', { paths: [require.resolve(user)] })).toBe(ours);
  }
});
