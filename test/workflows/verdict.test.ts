/** Verdicts of people on a review that waits: each counts once, however it arrives, and none that should not. */

import { v7 as newId } from 'uuid';
import { giveVerdict, type Verdict } from '../../client/verdicts';
import { auditLedger } from '../../db/queries/audit-ledger';
import { reviewWorkflowId, rolloutWorkflowId, WHOLE_SCOPE } from '../../workflows/messages';
import {
  APPROVER,
  type AwaitingReview,
  awaitingReview,
  endOf,
  PROPOSER,
  reviewedPolicy,
  startAwaiting,
  statesOf,
} from '../support/awaiting-review';
import { type Installation, type InstallationOptions, install } from '../support/installation';
import { until } from '../support/processes';
import { MODELS } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

let box: Installation;

afterEach(async () => {
  await endWorkerProcesses();
  const { checks } = await auditLedger(box.db);
  await endReviews();
  await box.end();
  expect(checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
});

/** No workflow of a test goes on after it. */
async function endReviews(): Promise<void> {
  const rollouts = await box.db.sql<{ id: string }[]>`SELECT id FROM rollouts`;
  const ids = [reviewWorkflowId(box.queue, WHOLE_SCOPE), ...rollouts.map(({ id }) => rolloutWorkflowId(id))];
  const end = (id: string) => box.engine.workflow.getHandle(id).terminate('the test has ended');
  await Promise.all(ids.map((id) => end(id).catch(() => {}))); // most have ended
}

async function installed(policy: InstallationOptions['policy'] = reviewedPolicy()): Promise<void> {
  box = await install({ models: MODELS, policy });
}

/** A review that waits, with workers in this process. */
async function waiting(names?: readonly string[], policy?: InstallationOptions['policy']): Promise<AwaitingReview> {
  await installed(policy);
  await box.work();
  const review = await awaitingReview(box, names);
  await startAwaiting(box, review);
  return review;
}

function give(changes: Partial<Verdict> & Pick<Verdict, 'id'>) {
  return giveVerdict(box.db, box.engine, box.queue, { verdict: 'reject', actor: APPROVER, note: '', ...changes });
}

const verdictRows = () => box.db.sql<{ actor: string; state: string }[]>`SELECT actor, state FROM approvals ORDER BY given_at, id`;

test('a rejection is judged at once by an update, and ends the review', async () => {
  const { reviewId, proposals } = await waiting();
  expect(await give({ id: reviewId, note: 'too early in the year' })).toMatchObject([
    { proposalId: proposals.work, name: 'work', kind: 'counted', state: 'REJECTED' },
  ]);
  expect(await endOf(box, reviewId)).toEqual({ end: 'decided', states: { work: 'REJECTED' } });
});

test('an approval is given by a beginning of the id, for every proposal that waits', async () => {
  const { reviewId } = await waiting(['work', 'other']);
  const given = await give({ id: reviewId.slice(0, 12), verdict: 'approve' });
  expect(given.map(({ name, kind, state }) => ({ name, kind, state }))).toEqual([
    { name: 'other', kind: 'counted', state: 'APPROVED' },
    { name: 'work', kind: 'counted', state: 'APPROVED' },
  ]);
  const begun = async () => (await box.db.sql`SELECT FROM rollouts WHERE review_id = ${reviewId}`).length;
  await until(async () => (await begun()) === 2, 'each has its rollout', 20_000);
  expect((await endOf(box, reviewId)).end).toBe('decided');
});

test('a verdict on one proposal leaves the others waiting', async () => {
  const { reviewId, proposals } = await waiting(['work', 'other']);
  await give({ id: proposals.work ?? '' });
  expect(await statesOf(box, reviewId)).toEqual({ other: 'AWAITING_APPROVAL', work: 'REJECTED' });
  await give({ id: reviewId, actor: 'grace' });
  expect(await endOf(box, reviewId)).toEqual({ end: 'decided', states: { other: 'REJECTED', work: 'REJECTED' } });
});

test('a verdict given while no worker runs is kept, and judged when one starts', async () => {
  await installed();
  const review = await awaitingReview(box);
  const worker = await startWorkerProcess(box.environment);
  await startAwaiting(box, review);
  await worker.stop();
  expect(await give({ id: review.reviewId })).toMatchObject([{ kind: 'kept', state: 'AWAITING_APPROVAL' }]);
  await box.work();
  expect(await endOf(box, review.reviewId)).toEqual({ end: 'decided', states: { work: 'REJECTED' } });
});

test('of a kept approval and a kept rejection, the rejection wins', async () => {
  await installed();
  const review = await awaitingReview(box);
  await giveVerdict(box.db, undefined, box.queue, { id: review.reviewId, verdict: 'approve', actor: APPROVER, note: '' });
  await giveVerdict(box.db, undefined, box.queue, { id: review.reviewId, verdict: 'reject', actor: 'grace', note: '' });
  await box.work();
  // The upkeep of the worker sees a review that nobody runs, and asks for it again.
  expect(await endOf(box, review.reviewId)).toEqual({ end: 'decided', states: { work: 'REJECTED' } });
  expect([...(await verdictRows())]).toEqual([
    { actor: APPROVER, state: 'overruled' },
    { actor: 'grace', state: 'counted' },
  ]);
});

test('a review that waits survives the kill of its worker, and takes its verdict from the next', async () => {
  await installed();
  const review = await awaitingReview(box);
  const worker = await startWorkerProcess(box.environment);
  await startAwaiting(box, review);
  await worker.kill();
  await startWorkerProcess(box.environment);
  expect(await give({ id: review.reviewId })).toMatchObject([{ state: expect.stringMatching(/REJECTED|AWAITING_APPROVAL/) }]);
  expect(await endOf(box, review.reviewId)).toEqual({ end: 'decided', states: { work: 'REJECTED' } });
});

test('a verdict on evidence that was changed since is refused, and says so', async () => {
  const { reviewId, proposals } = await waiting();
  await box.db.sql`UPDATE proposals SET evidence_sha256 = 'other evidence' WHERE id = ${proposals.work ?? ''}`;
  await expect(give({ id: reviewId, verdict: 'approve' })).rejects.toMatchObject({
    code: 'verdict_refused',
    message: expect.stringContaining('other evidence'),
  });
  expect([...(await verdictRows())]).toEqual([{ actor: APPROVER, state: 'refused' }]);
});

test('a verdict on other evidence than the person was shown is refused before it is kept', async () => {
  const { reviewId } = await waiting();
  await expect(give({ id: reviewId, shownEvidence: 'what the page said' })).rejects.toMatchObject({ code: 'verdict_refused' });
  expect(await verdictRows()).toHaveLength(0);
});

test('who asked for the review cannot approve what it proposes, but can reject it', async () => {
  const { reviewId } = await waiting();
  await expect(give({ id: reviewId, verdict: 'approve', actor: PROPOSER })).rejects.toMatchObject({
    code: 'verdict_refused',
    message: expect.stringContaining(`${PROPOSER} asked for the review`),
  });
  expect(await give({ id: reviewId, actor: PROPOSER })).toMatchObject([{ kind: 'counted', state: 'REJECTED' }]);
});

test('a single operator approves what they asked for, when the policy says so', async () => {
  const { reviewId } = await waiting(['work'], reviewedPolicy({ singleOperator: true }));
  expect(await give({ id: reviewId, verdict: 'approve', actor: PROPOSER })).toMatchObject([{ kind: 'counted', state: 'APPROVED' }]);
});

test('only who has the approver role decides, where the policy names some', async () => {
  const { reviewId } = await waiting(['work'], reviewedPolicy({ approvers: ['grace'] }));
  await expect(give({ id: reviewId })).rejects.toMatchObject({
    code: 'verdict_refused',
    message: expect.stringContaining('approver role'),
  });
  expect(await give({ id: reviewId, actor: 'grace' })).toMatchObject([{ kind: 'counted' }]);
});

test('the same verdict twice counts once, and the second is told so', async () => {
  const { proposals } = await waiting(['work', 'other']);
  const [first] = await give({ id: proposals.work ?? '', verdict: 'reject' });
  const again = give({ id: proposals.work ?? '', verdict: 'reject' });
  await expect(again).rejects.toMatchObject({ code: 'too_late', message: expect.stringContaining('REJECTED') });
  expect(first?.kind).toBe('counted');
  expect(await verdictRows()).toHaveLength(1);
});

test('a second, other verdict of the same person is refused', async () => {
  await installed();
  const { reviewId } = await awaitingReview(box);
  const offline = (verdict: Verdict['verdict']) =>
    giveVerdict(box.db, undefined, box.queue, { id: reviewId, verdict, actor: APPROVER, note: '' });
  expect(await offline('approve')).toMatchObject([{ kind: 'kept' }]);
  expect(await offline('approve')).toMatchObject([{ kind: 'kept' }]);
  await expect(offline('reject')).rejects.toMatchObject({ code: 'verdict_refused', message: expect.stringContaining('one verdict') });
  expect(await verdictRows()).toHaveLength(1);
});

test('of an approval and a rejection at the same instant exactly one counts', async () => {
  const { reviewId, proposals } = await waiting();
  const both = await Promise.allSettled([give({ id: reviewId, verdict: 'approve' }), give({ id: reviewId, actor: 'grace' })]);
  const { end } = await endOf(box, reviewId);
  const counted = await box.db.sql<{ verdict: string }[]>`SELECT verdict FROM approvals WHERE state = 'counted'`;
  expect(end).toBe('decided');
  expect(counted).toHaveLength(1);
  expect(await statesOf(box, reviewId)).toEqual({ work: counted[0]?.verdict === 'reject' ? 'REJECTED' : 'APPROVED' });
  expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect(proposals.work).toBeDefined();
});

test('without a verdict the proposals expire, after reminders, and a late one is told so', async () => {
  const { reviewId } = await waiting(['work'], reviewedPolicy({ expiresAfterMs: 6_000, remindEveryMs: 2_000 }));
  expect(await endOf(box, reviewId)).toEqual({ end: 'expired', states: { work: 'EXPIRED' } });
  const reminders = await box.db.sql<
    { number: number }[]
  >`SELECT (details->>'number')::integer AS number FROM audit_log WHERE action = 'review.reminder' ORDER BY seq`;
  expect(reminders.map(({ number }) => number).slice(0, 2)).toEqual([1, 2]);
  await expect(give({ id: reviewId, verdict: 'approve' })).rejects.toMatchObject({
    code: 'too_late',
    message: expect.stringContaining('expired'),
  });
  expect(await verdictRows()).toHaveLength(0);
});

test('a change of the policy voids the proposal: an approval is refused and the review ends', async () => {
  const { reviewId } = await waiting();
  await box.apply({ policy: { ...reviewedPolicy(), defaultTolerance: 0.04 } });
  await expect(give({ id: reviewId, verdict: 'approve' })).rejects.toMatchObject({
    code: 'verdict_refused',
    message: expect.stringContaining('policy was changed'),
  });
  expect(await endOf(box, reviewId)).toEqual({ end: 'void', states: { work: 'EXPIRED' } });
});

test('a change of the policy is noticed at the next reminder, though nobody gives a verdict', async () => {
  const { reviewId } = await waiting(['work'], reviewedPolicy({ remindEveryMs: 2_000 }));
  await box.apply({ policy: { ...reviewedPolicy({ remindEveryMs: 2_000 }), defaultTolerance: 0.04 } });
  expect(await endOf(box, reviewId)).toEqual({ end: 'void', states: { work: 'EXPIRED' } });
});

test('what names no review, or more than one, is refused', async () => {
  await installed();
  await expect(give({ id: 'abc' })).rejects.toMatchObject({ code: 'unknown_review' });
  await expect(give({ id: newId() })).rejects.toMatchObject({ code: 'unknown_review' });
});
