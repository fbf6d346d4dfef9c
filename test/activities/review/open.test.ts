/** The beginning of a review, without Temporal: one row per scope, found again by whoever comes second. */

import { v7 as newId } from 'uuid';
import { endReview, holdUnfinished } from '../../../activities/review/end';
import { enterPhase, joinReview, openReview, recordTrigger } from '../../../activities/review/open';
import { DAY_MS } from '../../../routing/review/settings';
import { WHOLE_SCOPE } from '../../../workflows/messages';
import { askedForReview, PROPOSER, reviewedPolicy, statesOf } from '../../support/awaiting-review';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { addScreened } from '../../support/review-worker';
import { MODELS } from '../../support/scenario';

let box: Installation;

beforeAll(async () => {
  box = await install({ models: MODELS, policy: reviewedPolicy({}, { capNanoUsd: 123 }) });
});
afterEach(async () => {
  await box.db.sql`UPDATE reviews SET phase = 'ended', ended_at = now(), end_kind = 'no-change' WHERE ended_at IS NULL`;
});
afterAll(() => box.end());

const rowOf = async (reviewId: string) => (await box.db.sql`SELECT * FROM reviews WHERE id = ${reviewId}`)[0];

test('a review takes base, catalogue, settings, cap and a window that ends now by the clock of the database', async () => {
  const opened = await openReview(depsOf(box), await askedForReview(box, { kind: 'deprecation', detail: 'old model' }));
  expect(opened).toMatchObject({ phase: 'analysing', baseVersion: 1, requestedBy: PROPOSER, verdict: { expiresAfterMs: 7 * DAY_MS } });
  const row = await rowOf(opened.reviewId);
  expect(row).toMatchObject({
    scope: WHOLE_SCOPE,
    trigger_kind: 'deprecation',
    trigger_detail: 'old model',
    base_version: 1,
    replay_cap_nano: '123',
  });
  const [window] = await box.db.sql`
    SELECT extract(epoch FROM window_to - window_from) * 1000 = ${28 * DAY_MS} AS "isFourWeeks", window_to = started_at AS "endsNow" FROM reviews WHERE id = ${opened.reviewId}`;
  expect(window).toEqual({ isFourWeeks: true, endsNow: true });
  expect(row?.settings).toMatchObject({ replay: { capNanoUsd: 123 }, proof: { alpha: 0.025 } });
  const [entry] = await box.db.sql`SELECT actor, details FROM audit_log WHERE action = 'review.opened' AND subject = ${opened.reviewId}`;
  expect(entry).toMatchObject({ actor: PROPOSER, details: { base: 1, seed: row?.seed } });
});

test('two reviews of the same data do not draw the same tasks', async () => {
  const first = await openReview(depsOf(box), await askedForReview(box));
  const second = await openReview(depsOf(box), await askedForReview(box, { scope: 'work' }));
  expect((await rowOf(first.reviewId))?.seed).not.toBe((await rowOf(second.reviewId))?.seed);
});

test('opening twice for one trigger opens once, also at the same time', async () => {
  const trigger = await askedForReview(box);
  const [one, two] = await Promise.all([openReview(depsOf(box), trigger), openReview(depsOf(box), trigger)]);
  expect(one).toEqual(two);
});

test('two triggers of one scope that open at the same time have one review', async () => {
  const triggers = [await askedForReview(box), await askedForReview(box), await askedForReview(box)];
  const opened = await Promise.all(triggers.map((trigger) => openReview(depsOf(box), trigger)));
  expect(new Set(opened.map(({ reviewId }) => reviewId)).size).toBe(1);
  const [began] = await box.db
    .sql`SELECT count(*)::integer AS reviews FROM review_triggers WHERE review_id = ${opened[0]?.reviewId ?? ''} AND NOT is_joined`;
  expect(began).toEqual({ reviews: 1 });
});

test('a review that a lost workflow left is found where it stands, on its own terms', async () => {
  const first = await openReview(depsOf(box), await askedForReview(box));
  await enterPhase(depsOf(box), { reviewId: first.reviewId, phase: 'replaying' });
  await box.apply({ policy: { ...reviewedPolicy(), defaultTolerance: 0.04 } });
  const found = await openReview(depsOf(box), await askedForReview(box, { requestedBy: 'somebody else' }));
  expect(found).toMatchObject({ reviewId: first.reviewId, phase: 'replaying', baseVersion: first.baseVersion, requestedBy: PROPOSER });
});

test('a trigger whose review has ended is told its end, and begins no other', async () => {
  const trigger = await askedForReview(box);
  const { reviewId } = await openReview(depsOf(box), trigger);
  await endReview(depsOf(box), { reviewId, kind: 'held', reason: 'Too few data.' });
  expect(await openReview(depsOf(box), trigger)).toMatchObject({ reviewId, end: 'held' });
});

test('a trigger of a schedule has one row for each workflow that carries it', async () => {
  const input = { scope: WHOLE_SCOPE, kind: 'schedule', detail: '', requestedBy: 'schedule' } as const;
  const first = await recordTrigger(depsOf(box), { ...input, workflowId: 'review-schedule:a' });
  expect(await recordTrigger(depsOf(box), { ...input, workflowId: 'review-schedule:a' })).toEqual(first);
  expect(await recordTrigger(depsOf(box), { ...input, workflowId: 'review-schedule:b' })).not.toEqual(first);
  expect(await box.db.sql`SELECT FROM audit_log WHERE action = 'review.asked' AND subject = ${first.triggerId}`).toHaveLength(1);
});

test('joining needs an open review, and happens once', async () => {
  const trigger = await askedForReview(box);
  expect(await joinReview(depsOf(box), trigger)).toEqual({ reviewId: null, isJoined: false });
  const { reviewId } = await openReview(depsOf(box), await askedForReview(box));
  expect(await joinReview(depsOf(box), trigger)).toEqual({ reviewId, isJoined: true });
  expect(await joinReview(depsOf(box), trigger)).toEqual({ reviewId, isJoined: true });
  expect(await box.db.sql`SELECT FROM audit_log WHERE action = 'review.joined' AND subject = ${reviewId}`).toHaveLength(1);
});

test('a trigger that was never kept opens nothing', async () => {
  const unknown = { triggerId: newId(), scope: WHOLE_SCOPE, kind: 'person', detail: '', requestedBy: PROPOSER } as const;
  await expect(openReview(depsOf(box), unknown)).rejects.toMatchObject({ code: 'internal' });
});

test('ending a review aborts what is open under it, keeps what is final, and happens once', async () => {
  const { reviewId } = await openReview(depsOf(box), await askedForReview(box));
  await addScreened(box, reviewId, ['one', 'two']);
  await box.db.sql`UPDATE proposals SET state = 'HELD', held_by = 'spend' WHERE review_id = ${reviewId} AND name = 'two'`;
  await endReview(depsOf(box), { reviewId, kind: 'cancelled', reason: 'Enough.' });
  await endReview(depsOf(box), { reviewId, kind: 'failed', reason: 'Later.' });
  expect(await statesOf(box, reviewId)).toEqual({ one: 'ABORTED', two: 'HELD' });
  expect(await rowOf(reviewId)).toMatchObject({ phase: 'ended', end_kind: 'cancelled', end_reason: 'Enough.' });
  expect(await box.db.sql`SELECT FROM audit_log WHERE action = 'review.ended' AND subject = ${reviewId}`).toHaveLength(1);
});

test('holding for want of time leaves what was judged', async () => {
  const { reviewId } = await openReview(depsOf(box), await askedForReview(box));
  await addScreened(box, reviewId, ['one', 'two']);
  await box.db.sql`UPDATE proposals SET state = 'DECIDED' WHERE review_id = ${reviewId} AND name = 'two'`;
  expect(await holdUnfinished(depsOf(box), { reviewId })).toEqual({ held: 1 });
  expect(await holdUnfinished(depsOf(box), { reviewId })).toEqual({ held: 0 });
  expect(await statesOf(box, reviewId)).toEqual({ one: 'HELD', two: 'DECIDED' });
});
