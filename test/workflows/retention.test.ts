/** Upkeep keeps the times of `retention`, and goes on where it was when a worker is gone. */

import { applyRetention } from '../../db/queries/retention';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { insertReplayableTasks } from '../support/replayable-tasks';
import { MODELS, workPolicy } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});
afterEach(() => box.end());

test('content that was kept long enough is erased part by part, by the next worker where one is gone', async () => {
  await insertReplayableTasks(box.db, { count: 1_700 });
  await applyRetention(box.db, { contentDays: 1 }, 'test');
  const left = async () => (await box.db.sql`SELECT FROM task_payloads`).length;
  const first = await box.work();
  await until(async () => (await left()) < 1_700, 'some content is erased');
  await first.drain();
  await box.work();
  await until(async () => (await left()) === 0, 'all content is erased', 30_000);
  await until(
    async () =>
      (await box.db.sql`SELECT FROM audit_log WHERE action = 'content.erased' AND (details->>'tasks')::integer = 1700`).length === 1,
    'it is written down once, for all of them',
  );
});
