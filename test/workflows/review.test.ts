/** The routing review from its row to its end, with made-up analysis and replays: what follows what, and every way to end. */

import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { v7 as newId } from 'uuid';
import { resumeTriggers } from '../../activities/review/open';
import { cancelReview, loadReview, startReview } from '../../client/reviews';
import { giveVerdict } from '../../client/verdicts';
import type { ReviewSettings } from '../../routing/review/settings';
import { type ReplayInput, reviewWorkflowId, rolloutWorkflowId, WHOLE_SCOPE } from '../../workflows/messages';
import { reviveReview } from '../../workflows/start-review';
import { APPROVER, addPassed, endOf, PROPOSER, reviewedPolicy, statesOf, statusOf, untilWaiting } from '../support/awaiting-review';
import { depsOf } from '../support/deps';
import { fetchHistory } from '../support/histories';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { addScreened, type MadeUpSteps, withReviewWorkers } from '../support/review-worker';
import { MODELS } from '../support/scenario';

let box: Installation;

async function installed(replay: Partial<ReviewSettings['replay']> = {}): Promise<void> {
  box = await install({ models: MODELS, policy: reviewedPolicy({}, replay) });
}
afterEach(() => box.end());

const workflow = () => box.engine.workflow.getHandle(reviewWorkflowId(box.queue, WHOLE_SCOPE));

/** Asks for a review and resolves when it has begun. */
async function start(): Promise<string> {
  const request = { scope: WHOLE_SCOPE, kind: 'person', detail: '', requestedBy: PROPOSER } as const;
  const { triggerId } = await startReview(box.db, box.engine, box.queue, request);
  const find = async () =>
    (await box.db.sql<{ id: string | null }[]>`SELECT review_id AS id FROM review_triggers WHERE id = ${triggerId}`)[0]?.id;
  await until(async () => (await find()) != null, 'the review has begun');
  return (await find()) ?? '';
}

const reasonOf = async (reviewId: string) => (await loadReview(box.db, reviewId)).review.endReason;

/** Steps that propose something of each name and replay `pairs` tasks in each pass, and what was asked of them. */
function replaying(names: readonly string[], pairs: number, steps: MadeUpSteps = {}) {
  const calls: string[] = [];
  const replays: (ReplayInput & { readonly at: number })[] = [];
  const madeUp: MadeUpSteps = {
    proposeChanges: ({ reviewId }) => addScreened(box, reviewId, names),
    drawSample: async ({ pass }) => {
      calls.push(`draw ${pass}`);
      return { kind: 'drawn', pairs };
    },
    planReplays: async () => ({ pools: { baseline: null, candidate: null }, maxCallMs: 10_000, maxMs: 60_000, heartbeatMs: 1_000 }),
    replayCall: async (input) => {
      replays.push({ ...input, at: Date.now() });
      return 'done';
    },
    closeReplays: async () => {
      calls.push('close replays');
      return { closed: 0 };
    },
    decidePass: async ({ pass }) => {
      calls.push(`decide ${pass}`);
      return { verdict: 'PASS', next: 'conclude' };
    },
    concludeReview: async () => {
      calls.push('conclude');
      return { passing: 0, held: 0 };
    },
    ...steps,
  };
  return { steps: madeUp, calls, replays };
}

/** A call that goes on until it is cancelled. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 100);
  return context.cancelled.finally(() => clearInterval(beat));
}

/** A report that asks for a verdict on something of each name. */
function awaiting(names: readonly string[]): MadeUpSteps {
  return {
    reportReview: async ({ reviewId }) => {
      for (const name of names) await addPassed(box, reviewId, name);
      return { kind: 'awaiting', awaited: [] };
    },
  };
}

test('a review that finds nothing to change ends so, and changes nothing', async () => {
  await installed();
  await withReviewWorkers(box, {}, async () => {
    const reviewId = await start();
    expect(await endOf(box, reviewId)).toEqual({ end: 'no-change', states: {} });
    expect(await workflow().result()).toBe('no-change');
    expect(await reasonOf(reviewId)).toBe('Nothing costs more than it must.');
  });
});

test.each(['held', 'needs-owner'] as const)('a report that says %s ends the review by that name', async (kind) => {
  await installed();
  await withReviewWorkers(box, { reportReview: async () => ({ kind, reason: 'Because.' }) }, async () => {
    expect((await endOf(box, await start())).end).toBe(kind);
  });
});

test('each sampled task of a pass is replayed once on either model, in shards', async () => {
  await installed({ shardSize: 2, concurrency: 1 });
  const { steps, calls, replays } = replaying(['work'], 5);
  await withReviewWorkers(box, steps, async () => {
    await endOf(box, await start());
  });
  expect(calls).toEqual(['draw 1', 'decide 1', 'conclude']);
  const made = replays.map(({ position, role }) => `${position} ${role}`).sort();
  expect(made).toEqual([0, 1, 2, 3, 4].flatMap((position) => [`${position} baseline`, `${position} candidate`]));
});

test('a pass that asks for another gets one, and never a third', async () => {
  await installed();
  const { steps, calls } = replaying(['work'], 1, {
    decidePass: async ({ pass }) => {
      calls.push(`decide ${pass}`);
      return { verdict: 'INCONCLUSIVE', next: 'extend' };
    },
  });
  await withReviewWorkers(box, steps, async () => {
    await endOf(box, await start());
  });
  expect(calls).toEqual(['draw 1', 'decide 1', 'draw 2', 'decide 2', 'conclude']);
});

test('a policy that allows one pass gets one', async () => {
  await installed({ maxPasses: 1 });
  const { steps, calls } = replaying(['work'], 1, { decidePass: async () => ({ verdict: 'INCONCLUSIVE', next: 'adjust' }) });
  await withReviewWorkers(box, steps, async () => {
    await endOf(box, await start());
  });
  expect(calls).toEqual(['draw 1', 'conclude']);
});

test('a proposal whose sample is held is not replayed, and the next one is', async () => {
  await installed();
  const drawn: string[] = [];
  const { steps, replays } = replaying(['work', 'other'], 1, {
    drawSample: async ({ proposalId }) => {
      drawn.push(proposalId);
      return drawn.length === 1 ? { kind: 'held', why: 'spend' } : { kind: 'drawn', pairs: 1 };
    },
  });
  await withReviewWorkers(box, steps, async () => {
    await endOf(box, await start());
  });
  expect(new Set(drawn).size).toBe(2);
  expect(new Set(replays.map(({ proposalId }) => proposalId))).toEqual(new Set([drawn[1]]));
});

test('blocks that are to lie apart are replayed one after the other, with the time between them', async () => {
  await installed({ blocks: 2, blockSpacingMs: 1_500 });
  const { steps, replays } = replaying(['work'], 4);
  await withReviewWorkers(box, steps, async () => {
    await endOf(box, await start());
  });
  const at = (block: readonly number[]) => replays.filter(({ position }) => block.includes(position)).map((replay) => replay.at);
  expect(Math.min(...at([2, 3])) - Math.max(...at([0, 1]))).toBeGreaterThanOrEqual(1_400);
});

test('what the time limit leaves incomplete is held for want of time, and what was judged is reported', async () => {
  await installed({ maxMs: 3_000 });
  let isFirst = true;
  const { steps, calls } = replaying(['work', 'other'], 1, {
    replayCall: async () => {
      if (isFirst) {
        isFirst = false;
        return 'done';
      }
      return untilCancelled();
    },
  });
  await withReviewWorkers(box, steps, async () => {
    const reviewId = await start();
    expect(await endOf(box, reviewId)).toEqual({ end: 'no-change', states: { other: 'HELD', work: 'HELD' } });
    const { proposals } = await loadReview(box.db, reviewId);
    expect(proposals.map(({ heldBy }) => heldBy)).toEqual(['time', 'time']);
  });
  expect(calls).toContain('close replays');
  expect(calls.at(-1)).toBe('conclude');
});

test('an analysis that does not end in time holds the review', async () => {
  await installed({ maxMs: 1_500 });
  await withReviewWorkers(box, { analyseReview: untilCancelled }, async () => {
    const reviewId = await start();
    expect((await endOf(box, reviewId)).end).toBe('held');
    expect(await reasonOf(reviewId)).toContain('time');
  });
});

test('an unexpected failure of a step ends the review as failed, with its reason, and nothing half done', async () => {
  await installed();
  const { steps, calls } = replaying(['work'], 1, {
    decidePass: async () => {
      throw ApplicationFailure.nonRetryable('The evidence cannot be read.', 'internal');
    },
  });
  await withReviewWorkers(box, steps, async () => {
    const reviewId = await start();
    expect(await endOf(box, reviewId)).toEqual({ end: 'failed', states: { work: 'ABORTED' } });
    expect(await reasonOf(reviewId)).toBe('The evidence cannot be read.');
  });
  expect(calls).toContain('close replays');
});

test('a step that fails because the database is away is tried again', async () => {
  await installed();
  let tries = 0;
  const analyseReview = async () => {
    tries += 1;
    if (tries === 1) throw ApplicationFailure.retryable('Postgres did not answer.', 'database_unreachable');
    return { classes: 0, tasks: 0 };
  };
  await withReviewWorkers(box, { analyseReview }, async () => {
    expect((await endOf(box, await start())).end).toBe('no-change');
  });
  expect(tries).toBe(2);
});

test('cancelling a review that replays closes the replays and aborts its proposals', async () => {
  await installed();
  const { steps, calls, replays } = replaying(['work'], 1, {
    replayCall: async (input) => {
      replays.push({ ...input, at: 0 });
      return untilCancelled();
    },
  });
  await withReviewWorkers(box, steps, async () => {
    const reviewId = await start();
    await until(() => replays.length > 0, 'a replay runs');
    await cancelReview(box.db, box.engine, box.queue, reviewId, APPROVER);
    expect(await endOf(box, reviewId)).toEqual({ end: 'cancelled', states: { work: 'ABORTED' } });
    expect(await workflow().result()).toBe('cancelled');
  });
  expect(calls).toContain('close replays');
});

test('cancelling a review that waits for verdicts ends it; a verdict after that is told so', async () => {
  await installed();
  await withReviewWorkers(box, awaiting(['work']), async () => {
    const reviewId = await start();
    await untilWaiting(box);
    await cancelReview(box.db, box.engine, box.queue, reviewId, APPROVER);
    expect(await endOf(box, reviewId)).toEqual({ end: 'cancelled', states: { work: 'ABORTED' } });
    const late = giveVerdict(box.db, box.engine, box.queue, { id: reviewId, verdict: 'approve', actor: APPROVER, note: '' });
    await expect(late).rejects.toMatchObject({ code: 'too_late', message: expect.stringContaining('cancelled') });
    await expect(cancelReview(box.db, box.engine, box.queue, reviewId, APPROVER)).rejects.toMatchObject({ code: 'too_late' });
  });
});

test('a verdict before the report is told that there is nothing to decide yet', async () => {
  await installed();
  await withReviewWorkers(box, { analyseReview: untilCancelled }, async () => {
    const reviewId = await start();
    const early = giveVerdict(box.db, box.engine, box.queue, { id: reviewId, verdict: 'approve', actor: APPROVER, note: '' });
    await expect(early).rejects.toMatchObject({ code: 'verdict_refused', message: expect.stringContaining('not been reported') });
    expect(await statusOf(box)).toEqual({ reviewId, phase: 'analysing', waiting: [] });
    await cancelReview(box.db, box.engine, box.queue, reviewId, APPROVER);
    await endOf(box, reviewId);
  });
});

test('an approval starts the rollout at once, while other proposals still wait; one that cannot begin stops no other', async () => {
  await installed();
  const rolloutId = newId();
  const begun: string[] = [];
  const beginRollout = async ({ proposalId }: { readonly proposalId: string }) => {
    begun.push(proposalId);
    if (begun.length === 1) return { rolloutId };
    throw ApplicationFailure.nonRetryable('Its class is busy.', 'conflict');
  };
  const lookAtRollout = async () => ({ state: 'IDLE', isOver: true, nextMs: 0 });
  await withReviewWorkers(box, { ...awaiting(['one', 'three', 'two']), beginRollout, lookAtRollout }, async () => {
    const reviewId = await start();
    await untilWaiting(box);
    const { proposals } = await loadReview(box.db, reviewId);
    const say = (name: string, verdict: 'approve' | 'reject') =>
      giveVerdict(box.db, box.engine, box.queue, {
        id: proposals.find((each) => each.name === name)?.id ?? '',
        verdict,
        actor: APPROVER,
        note: '',
      });
    await say('one', 'approve');
    const rollout = box.engine.workflow.getHandle(rolloutWorkflowId(rolloutId));
    await until(
      () =>
        rollout.describe().then(
          () => true,
          () => false,
        ),
      'the rollout has begun',
    );
    expect(await statesOf(box, reviewId)).toEqual({ one: 'APPROVED', three: 'AWAITING_APPROVAL', two: 'AWAITING_APPROVAL' });
    await say('two', 'approve');
    await until(() => begun.length === 2, 'the second rollout was tried');
    await say('three', 'reject');
    expect((await endOf(box, reviewId)).end).toBe('decided');
    expect(await reasonOf(reviewId)).toBe(
      'one: approved, and its rollout has begun. three: rejected. two: approved, but not rolled out (Its class is busy.).',
    );
    await rollout.terminate().catch(() => {});
  });
});

test('a rejection after the end of the review wins over an approval, as long as no task was moved', async () => {
  await installed();
  const rolloutId = newId();
  const beginRollout = async ({ proposalId }: { readonly proposalId: string }) => {
    await box.db
      .sql`SELECT start_rollout(jsonb_build_object('id', ${rolloutId}::text, 'proposalId', ${proposalId}::text, 'salt', 's', 'actor', 'rollout'))`;
    return { rolloutId };
  };
  const say = (reviewId: string, verdict: 'approve' | 'reject', actor: string) =>
    giveVerdict(box.db, box.engine, box.queue, { id: reviewId, verdict, actor, note: '' });
  const lookAtRollout = async () => ({ state: 'APPROVED', isOver: true, nextMs: 0 });
  await withReviewWorkers(box, { ...awaiting(['work']), beginRollout, lookAtRollout }, async () => {
    const reviewId = await start();
    await untilWaiting(box);
    await say(reviewId, 'approve', APPROVER);
    await endOf(box, reviewId);
    expect(await say(reviewId, 'reject', 'grace')).toMatchObject([{ kind: 'counted', state: 'REJECTED' }]);
    const [row] = await box.db.sql`SELECT state FROM rollouts WHERE id = ${rolloutId}`;
    expect(row).toEqual({ state: 'ABORTED' });
    await expect(say(reviewId, 'approve', 'alan')).rejects.toMatchObject({ code: 'too_late', message: expect.stringContaining('decided') });
    await box.engine.workflow
      .getHandle(rolloutWorkflowId(rolloutId))
      .terminate()
      .catch(() => {}); // or it has ended
  });
});

test('a review whose workflow was terminated while it waited goes on where it was', async () => {
  await installed();
  let reports = 0;
  const { reportReview = () => Promise.reject(new Error('no report')) } = awaiting(['work']);
  const counted: MadeUpSteps['reportReview'] = (input) => {
    reports += 1;
    return reportReview(input);
  };
  await withReviewWorkers(box, { reportReview: counted }, async () => {
    const reviewId = await start();
    await untilWaiting(box);
    await workflow().terminate('by hand');
    const deps = depsOf(box, { reviveReview: (trigger) => reviveReview(box.engine.workflow, box.queue, trigger) });
    expect(await resumeTriggers(deps)).toMatchObject({ resumed: 1 });
    const isRunning = async () => (await workflow().describe()).status.name === 'RUNNING';
    await until(isRunning, 'it has a workflow again');
    await untilWaiting(box);
    expect(await resumeTriggers(deps)).toMatchObject({ resumed: 0 });
    await giveVerdict(box.db, box.engine, box.queue, { id: reviewId, verdict: 'reject', actor: APPROVER, note: '' });
    expect(await endOf(box, reviewId)).toEqual({ end: 'decided', states: { work: 'REJECTED' } });
  });
  expect(reports).toBe(1);
});

test('what a review leaves in history are ids, and few events', async () => {
  await installed({ shardSize: 100 });
  const { steps } = replaying(['work'], 300, { ...awaiting(['other']) });
  await withReviewWorkers(box, steps, async () => {
    const reviewId = await start();
    await untilWaiting(box);
    await giveVerdict(box.db, box.engine, box.queue, { id: reviewId, verdict: 'reject', actor: APPROVER, note: 'a secret reason' });
    await endOf(box, reviewId);
    const history = await fetchHistory(workflow());
    expect(history.events.length).toBeLessThan(120);
    expect(JSON.stringify(history)).not.toContain(Buffer.from('secret').toString('base64').slice(0, 6));
    expect(JSON.stringify(history)).not.toContain('secret');
  });
});
