/** Triggers: one open review per scope, and no trigger lost in silence. */

import { openReview, resumeTriggers } from '../../activities/review/open';
import { cancelReview, listReviews, listTriggers, reviewOverdue, startReview } from '../../client/reviews';
import { reviewScheduleId, type TriggerInput, WHOLE_SCOPE } from '../../workflows/messages';
import { reviveReview, startReviewTrigger } from '../../workflows/start-review';
import { askedForReview, reviewedPolicy } from '../support/awaiting-review';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { type MadeUpSteps, withReviewWorkers } from '../support/review-worker';
import { MODELS } from '../support/scenario';

let box: Installation;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: reviewedPolicy() });
});
afterEach(() => box.end());

/** An analysis that goes on until the test lets it end. */
function held(): { readonly steps: MadeUpSteps; readonly release: () => void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { steps: { analyseReview: () => released.then(() => ({ classes: 0, tasks: 0 })) }, release };
}

const ask = (detail: string, scope: string = WHOLE_SCOPE) =>
  startReview(box.db, box.engine, box.queue, { scope, kind: 'price-change', detail, requestedBy: 'pia' });

/** What became of every trigger, by its detail: `began` or `joined` and the review. Resolves when all are heard. */
async function heard(count: number): Promise<Record<string, { readonly how: string; readonly reviewId: string | null }>> {
  await until(
    async () => (await listTriggers(box.db)).filter(({ reviewId }) => reviewId !== null).length === count,
    'all triggers are heard',
    20_000,
  );
  return Object.fromEntries(
    (await listTriggers(box.db)).map(({ detail, reviewId, isJoined }) => [detail, { how: isJoined ? 'joined' : 'began', reviewId }]),
  );
}

const ended = async () => (await listReviews(box.db)).every(({ endedAt }) => endedAt !== null);

test('a trigger begins a review and says what asked for it', async () => {
  await withReviewWorkers(box, {}, async () => {
    expect(await ask('sonnet is cheaper')).toMatchObject({ isStarted: true });
    expect(await heard(1)).toMatchObject({ 'sonnet is cheaper': { how: 'began' } });
    await until(ended, 'the review has ended');
  });
  const [review] = await listReviews(box.db);
  expect(review).toMatchObject({
    scope: WHOLE_SCOPE,
    triggerKind: 'price-change',
    triggerDetail: 'sonnet is cheaper',
    requestedBy: 'pia',
    endKind: 'no-change',
  });
});

test('of two triggers at once one begins the review and the other stands beside it', async () => {
  const { steps, release } = held();
  await withReviewWorkers(box, steps, async () => {
    await Promise.all([ask('first'), ask('second')]);
    const { first, second } = await heard(2);
    expect([first?.how, second?.how].sort()).toEqual(['began', 'joined']);
    expect(first?.reviewId).toBe(second?.reviewId);
    expect(await listReviews(box.db)).toHaveLength(1);
    release();
    await until(ended, 'the review has ended');
  });
  const joined = await box.db.sql`SELECT FROM audit_log WHERE action = 'review.joined'`;
  expect(joined).toHaveLength(1);
});

test('a trigger that finds a review in its first moment, without a row, waits and stands beside it', async () => {
  const { steps, release } = held();
  let opens = 0;
  const openLate: MadeUpSteps['openReview'] = async (input) => {
    opens += 1;
    await until(async () => (await listTriggers(box.db)).length === 2, 'the second trigger is kept');
    return openReview(depsOf(box), input);
  };
  await withReviewWorkers(box, { ...steps, openReview: openLate }, async () => {
    await ask('first');
    await until(() => opens > 0, 'the review opens');
    await ask('second');
    expect(await heard(2)).toMatchObject({ first: { how: 'began' }, second: { how: 'joined' } });
    release();
    await until(ended, 'the review has ended');
  });
});

test('a trigger after the end of a review begins another', async () => {
  await withReviewWorkers(box, {}, async () => {
    await ask('first');
    await heard(1);
    await until(ended, 'the first review has ended');
    await ask('second');
    const { first, second } = await heard(2);
    expect([first?.how, second?.how]).toEqual(['began', 'began']);
    expect(first?.reviewId).not.toBe(second?.reviewId);
    await until(ended, 'the second review has ended');
  });
});

test('reviews of different scopes run side by side', async () => {
  const { steps, release } = held();
  await withReviewWorkers(box, steps, async () => {
    await Promise.all([ask('all'), ask('one class', 'work')]);
    expect(await heard(2)).toMatchObject({ all: { how: 'began' }, 'one class': { how: 'began' } });
    release();
    await until(ended, 'both reviews have ended');
  });
});

test('a scope that names nothing is refused, and nothing is asked for', async () => {
  await expect(ask('typing error', 'wrok')).rejects.toMatchObject({ code: 'bad_input' });
  expect(await listTriggers(box.db)).toHaveLength(0);
});

test('a trigger that Temporal never heard of is asked for again by upkeep', async () => {
  await startReview(box.db, undefined, box.queue, { scope: WHOLE_SCOPE, kind: 'model-shipped', detail: 'kept', requestedBy: 'pia' });
  const deps = depsOf(box, { askForReview: (trigger) => startReviewTrigger(box.engine.workflow, box.queue, trigger) });
  expect(await resumeTriggers(deps)).toMatchObject({ resumed: 0 }); // it may be on its way
  await box.db.sql`UPDATE review_triggers SET at = at - interval '11 seconds'`;
  await withReviewWorkers(box, {}, async () => {
    expect(await resumeTriggers(deps)).toMatchObject({ resumed: 1 });
    expect(await heard(1)).toMatchObject({ kept: { how: 'began' } });
    await until(ended, 'the review has ended');
  });
});

test('a worker hears by itself of a trigger that was only kept', async () => {
  await startReview(box.db, undefined, box.queue, { scope: 'work', kind: 'threshold', detail: 'kept', requestedBy: 'pia' });
  await box.db.sql`UPDATE review_triggers SET at = at - interval '11 seconds'`;
  await box.work();
  const { kept } = await heard(1);
  await cancelReview(box.db, box.engine, box.queue, kept?.reviewId ?? '', 'pia').catch(() => {}); // or it has ended: there is no data
  await until(ended, 'the review has ended', 20_000);
});

test('a schedule starts one input again and again: each firing is a trigger of its own, and one that runs twice is one', async () => {
  const input: TriggerInput = { scope: WHOLE_SCOPE, kind: 'schedule', detail: '', requestedBy: 'schedule' };
  const fire = (at: string) =>
    box.engine.workflow.execute('reviewTrigger', {
      workflowId: `${reviewScheduleId(box.queue, WHOLE_SCOPE)}-${at}`,
      taskQueue: box.queue,
      args: [input],
    });
  const { steps, release } = held();
  await withReviewWorkers(box, steps, async () => {
    await fire('2026-11-23T06:00:00Z');
    await fire('2026-11-30T06:00:00Z');
    await fire('2026-11-30T06:00:00Z');
    expect((await listTriggers(box.db)).map(({ kind, isJoined }) => ({ kind, isJoined }))).toEqual([
      { kind: 'schedule', isJoined: true },
      { kind: 'schedule', isJoined: false },
    ]);
    release();
    await until(ended, 'the review has ended');
  });
});

test('a review whose workflow was terminated does not block its scope: the next trigger takes it up', async () => {
  const { steps, release } = held();
  const trigger = await askedForReview(box);
  await openReview(depsOf(box), trigger); // as a workflow that is gone left it
  await withReviewWorkers(box, steps, async () => {
    await ask('second');
    expect(await heard(2)).toMatchObject({ 'by hand': { how: 'began' }, second: { how: 'joined' } });
    expect(await listReviews(box.db)).toHaveLength(1);
    expect(await reviveReview(box.engine.workflow, box.queue, trigger)).toBe(false);
    release();
    await until(ended, 'the review has ended');
  });
});

test('a week without a review raises the alarm, once a week, and a review ends it', async () => {
  expect(await reviewOverdue(box.db)).toBe(false); // the installation is new
  await box.db.sql`UPDATE policy_versions SET applied_at = applied_at - interval '9 days'`;
  expect(await reviewOverdue(box.db)).toBe(true);
  expect(await resumeTriggers(depsOf(box))).toMatchObject({ isOverdue: true });
  expect(await resumeTriggers(depsOf(box))).toMatchObject({ isOverdue: false });
  expect(await box.db.sql`SELECT FROM audit_log WHERE action = 'review.overdue'`).toHaveLength(1);
  await openReview(depsOf(box), await askedForReview(box));
  expect(await reviewOverdue(box.db)).toBe(false);
});
