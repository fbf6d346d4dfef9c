/** The schedule of reviews, on the real engine: made once, changed by people, in any time zone. */

import { changeReviewSchedule, describeReviewSchedule, ensureReviewSchedule } from '../../client/review-schedule';
import { listTriggers } from '../../client/reviews';
import { reviewScheduleId, WHOLE_SCOPE } from '../../workflows/messages';
import { reviewedPolicy } from '../support/awaiting-review';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { withReviewWorkers } from '../support/review-worker';
import { MODELS } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: reviewedPolicy() });
});
afterEach(() => box.end());

const describeNow = () => describeReviewSchedule(box.engine, box.queue, WHOLE_SCOPE);
const change = (changes: Partial<Parameters<typeof changeReviewSchedule>[2]>) =>
  changeReviewSchedule(box.engine, box.queue, { scope: WHOLE_SCOPE, ...changes });

/** Hour and minute on the wall in a time zone. */
function onTheWall(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
}

test('a worker makes the schedule: Mondays at six, universal time', async () => {
  expect(await describeNow()).toBeUndefined();
  await box.work();
  const schedule = await describeNow();
  expect(schedule).toMatchObject({ scope: WHOLE_SCOPE, cron: '0 6 * * 1', timeZone: 'UTC', isPaused: false });
  const [next] = schedule?.nextAt ?? [];
  expect(next?.getUTCDay()).toBe(1);
  expect(next?.getUTCHours()).toBe(6);
  expect(next?.getTime()).toBeLessThan(Date.now() + 7 * 86_400_000 + 60_000);
});

test('what a person changed stays when further workers start', async () => {
  await box.work();
  await change({ cron: '30 7 * * 3', timeZone: 'Europe/Berlin', paused: true });
  await box.work();
  expect(await ensureReviewSchedule(box.engine.schedule, box.queue, WHOLE_SCOPE)).toBe(false);
  expect(await describeNow()).toMatchObject({ cron: '30 7 * * 3', timeZone: 'Europe/Berlin', isPaused: true, nextAt: [] });
});

test('each change leaves the rest as it was', async () => {
  await change({ cron: '30 7 * * 3' });
  await change({ timeZone: 'Europe/Berlin' });
  expect(await change({ paused: true })).toMatchObject({ cron: '30 7 * * 3', timeZone: 'Europe/Berlin', isPaused: true });
  expect(await change({ paused: false })).toMatchObject({ cron: '30 7 * * 3', timeZone: 'Europe/Berlin', isPaused: false, note: '' });
});

test('in a time zone with summer time the hour on the wall stays, and the hour of universal time moves', async () => {
  const { nextAt } = await change({ cron: '0 6 15 1,4,7,10 *', timeZone: 'Europe/Berlin' });
  expect(nextAt.length).toBeGreaterThanOrEqual(4);
  expect(new Set(nextAt.map((at) => onTheWall(at, 'Europe/Berlin')))).toEqual(new Set(['06:00']));
  expect(new Set(nextAt.map((at) => at.getUTCHours()))).toEqual(new Set([4, 5]));
});

test('a time that summer time leaves out does not fire on that day, and one that it repeats fires once', async () => {
  const { nextAt } = await change({ cron: '30 2 22-31 3,10 *', timeZone: 'Europe/Berlin' });
  const days = nextAt.map((at) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(at));
  expect(days.length).toBeGreaterThan(5);
  expect(new Set(days).size).toBe(days.length);
  // Clocks go forward on the last Sunday of March, at two.
  expect(days.filter((day) => day.slice(5, 7) === '03' && Number(day.slice(8)) > 24 && new Date(day).getUTCDay() === 0)).toEqual([]);
});

test.each([
  { cron: 'every monday' },
  { cron: '0 25 * * 1' },
  { cron: '0 6 * * 1 #' },
  { cron: '@weekly' },
  { timeZone: 'Europe/Atlantis' },
])('%j is refused, and the schedule stays', async (bad) => {
  await change({ cron: '30 7 * * 3' });
  await expect(change(bad)).rejects.toMatchObject({ code: 'bad_input' });
  expect(await describeNow()).toMatchObject({ cron: '30 7 * * 3', timeZone: 'UTC' });
});

test('firings that overlap are all kept: one begins the review, the others stand beside it', async () => {
  await ensureReviewSchedule(box.engine.schedule, box.queue, WHOLE_SCOPE);
  const handle = box.engine.schedule.getHandle(reviewScheduleId(box.queue, WHOLE_SCOPE));
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const analyseReview = () => released.then(() => ({ classes: 0, tasks: 0 }));
  await withReviewWorkers(box, { analyseReview }, async () => {
    await handle.trigger('ALLOW_ALL');
    const heard = async () => (await listTriggers(box.db)).filter(({ reviewId }) => reviewId !== null);
    await until(async () => (await heard()).length === 1, 'the first firing began a review', 20_000);
    // The engine names what it starts by the second.
    await until(async () => Date.now() - ((await heard())[0]?.at.getTime() ?? 0) > 1_100, 'the next second has come');
    await handle.trigger('ALLOW_ALL');
    await until(async () => (await heard()).length === 2, 'the second firing is kept', 20_000);
    expect((await heard()).map(({ kind, requestedBy, isJoined }) => ({ kind, requestedBy, isJoined }))).toEqual([
      { kind: 'schedule', requestedBy: 'schedule', isJoined: true },
      { kind: 'schedule', requestedBy: 'schedule', isJoined: false },
    ]);
    release();
    await until(async () => (await box.db.sql`SELECT FROM reviews WHERE ended_at IS NULL`).length === 0, 'the review has ended');
  });
  expect((await describeNow())?.lastAt).toBeInstanceOf(Date);
});
