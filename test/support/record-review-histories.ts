/** Records histories of reviews, their triggers and their shards, as record-histories.ts does those of dispatch and rollouts. */

import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { cancelReview, startReview } from '../../client/reviews';
import { giveVerdict } from '../../client/verdicts';
import type { VerdictSettings } from '../../routing/review/settings';
import { replayShardWorkflowId, reviewTriggerWorkflowId, reviewWorkflowId, type ShardInput, WHOLE_SCOPE } from '../../workflows/messages';
import { APPROVER, addPassed, PROPOSER, reviewedPolicy, statusOf, untilWaiting } from './awaiting-review';
import type { Installation } from './installation';
import { JUDGE_NAME, judging, MODELS_AND_JUDGE, saying } from './judging-scenario';
import { until } from './processes';
import { base, record } from './record-history';
import { CANDIDATE_NAME, GOOD, replaying } from './replay-scenario';
import type { ReviewRow } from './review-rows';
import { addScreened, type MadeUpSteps, withReviewWorkers } from './review-worker';
import { DEAREST, MODELS, NORTH, RESERVED, WEST } from './scenario';

/** A shard that replays two past tasks on either model, one pair after the other; `use` is what happens meanwhile. */
function shard(
  scenario: string,
  script: Parameters<Installation['script']>[0],
  review: ReviewRow = {},
  use: (box: Installation, handle: WorkflowHandle) => Promise<void> = async () => {},
): void {
  record('replay-shard', scenario, base, async (box) => {
    box.script(script);
    const { reviewId, proposalId } = await replaying(box, { count: 2, review });
    await box.work();
    const input: ShardInput = { reviewId, proposalId, pass: 1, from: 0, to: 2, concurrency: 1, tries: 3 };
    const options = { workflowId: replayShardWorkflowId(proposalId, 1, 0), taskQueue: box.queue, args: [input] };
    const handle = await box.engine.workflow.start('replayShard', options);
    await use(box, handle);
    await handle.result().catch(() => {}); // of a cancelled one there is none
    return handle;
  });
}

shard('happy', { models: { '*': [GOOD] } });
record('replay-shard', 'judged', { ...base, models: MODELS_AND_JUDGE }, async (box) => {
  box.script({ models: { [JUDGE_NAME]: [saying('A')], '*': [GOOD] } });
  const { reviewId, proposalId } = await judging(box, { count: 2 });
  await box.work();
  const input: ShardInput = { reviewId, proposalId, pass: 1, from: 0, to: 2, concurrency: 1, tries: 3 };
  const options = { workflowId: replayShardWorkflowId(proposalId, 1, 0), taskQueue: box.queue, args: [input] };
  const handle = await box.engine.workflow.start('replayShard', options);
  await handle.result();
  return handle;
});
const CASCADE_MODELS = MODELS.map((model) => (model === WEST ? { ...model, pool: 'large' } : model));
record('replay-shard', 'cascade', { ...base, models: CASCADE_MODELS }, async (box) => {
  box.script({ models: { [CANDIDATE_NAME]: [{ kind: 'answer', text: 'No idea.' }], '*': [GOOD] } });
  const check = { kind: 'contains', texts: ['signal'], ignoreCase: true } as const;
  const cascade = { kind: 'cascade', steps: [{ model: NORTH.id, check }, { model: WEST.id }], stream: 'checked' } as const;
  const { reviewId, proposalId } = await replaying(box, { count: 2, cascade });
  await box.work();
  const input: ShardInput = { reviewId, proposalId, pass: 1, from: 0, to: 2, concurrency: 1, tries: 3 };
  const options = { workflowId: replayShardWorkflowId(proposalId, 1, 0), taskQueue: box.queue, args: [input] };
  const handle = await box.engine.workflow.start('replayShard', options);
  await handle.result();
  return handle;
});
shard('rate-limited', {
  models: { [CANDIDATE_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 1_000 }, GOOD], '*': [GOOD] },
});

/**
 * Room for one pair and not for two, whichever model goes first: a call of the baseline is four times as dear as one of the candidate,
 * and there must be room for three tries.
 */
const CAP_OF_ONE_PAIR = (1 + 3 * 4) * RESERVED;

shard('capped', { models: { '*': [DEAREST] } }, { capNano: CAP_OF_ONE_PAIR });
shard('cancelled', { models: { '*': [{ ...GOOD, latencyMs: 15_000 }] } }, {}, async (box, handle) => {
  await until(() => box.billed().length === 1, 'the first replay has begun');
  await handle.cancel();
});

/** Asks for a review of everything; resolves with the trigger's workflow when that has ended, and the review has begun. */
async function askForReview({ db, engine, queue }: Installation): Promise<WorkflowHandle> {
  const { triggerId } = await startReview(db, engine, queue, { scope: WHOLE_SCOPE, kind: 'person', detail: '', requestedBy: PROPOSER });
  const handle = engine.workflow.getHandle(reviewTriggerWorkflowId(triggerId));
  await handle.result();
  return handle;
}

function reviewOf({ engine, queue }: Installation): WorkflowHandle {
  return engine.workflow.getHandle(reviewWorkflowId(queue, WHOLE_SCOPE));
}

/** The id of the review that runs. */
async function reviewIdOf(box: Installation): Promise<string> {
  let reviewId: string | null | undefined;
  await until(async () => {
    reviewId = (await statusOf(box))?.reviewId;
    return reviewId != null;
  }, 'the review has a row');
  return reviewId ?? '';
}

async function cancelReviewOf(box: Installation): Promise<void> {
  await cancelReview(box.db, box.engine, box.queue, await reviewIdOf(box), APPROVER);
  await reviewOf(box).result();
}

async function giveVerdictOn(box: Installation, verdict: 'approve' | 'reject'): Promise<void> {
  await untilWaiting(box);
  await giveVerdict(box.db, box.engine, box.queue, { id: await reviewIdOf(box), verdict, actor: APPROVER, note: '' });
}

/** A report that asks for a verdict on `work`. */
function reporting(box: Installation): MadeUpSteps {
  return {
    reportReview: async ({ reviewId }) => {
      await addPassed(box, reviewId, 'work');
      return { kind: 'awaiting', awaited: [] };
    },
  };
}

/** One pair to replay before that report, and a rollout that is over at its first look. */
function replayingOnePair(box: Installation, replayCall: NonNullable<MadeUpSteps['replayCall']> = async () => 'done'): MadeUpSteps {
  return {
    ...reporting(box),
    proposeChanges: ({ reviewId }) => addScreened(box, reviewId, ['other']),
    drawSample: async () => ({ kind: 'drawn', pairs: 1 }),
    planReplays: async () => ({ pools: { baseline: null, candidate: null }, maxCallMs: 10_000, maxMs: 60_000, heartbeatMs: 1_000 }),
    replayCall,
    lookAtRollout: async () => ({ state: 'IDLE', isOver: true, nextMs: 0 }),
  };
}

/** A review by workers with these steps, from its trigger to its end; `use` is what people do meanwhile. */
function review(
  scenario: string,
  steps: (box: Installation) => MadeUpSteps,
  use: (box: Installation) => Promise<unknown>,
  verdict: Partial<VerdictSettings> = {},
): void {
  record('routing-review', scenario, { models: MODELS, policy: reviewedPolicy(verdict) }, async (box) => {
    await withReviewWorkers(box, steps(box), async () => {
      await askForReview(box);
      await use(box);
      await reviewOf(box).result();
    });
    return reviewOf(box);
  });
}

review(
  'no-change',
  () => ({}),
  async () => {},
);
review('approved', replayingOnePair, (box) => giveVerdictOn(box, 'approve'));
review('rejected', reporting, (box) => giveVerdictOn(box, 'reject'));
review('expired', reporting, async () => {}, { expiresAfterMs: 3_000, remindEveryMs: 2_000 });

review('cancelled', reporting, async (box) => {
  await untilWaiting(box);
  await cancelReviewOf(box);
});

record('routing-review', 'cancelled-while-replaying', { models: MODELS, policy: reviewedPolicy() }, async (box) => {
  let isReplaying = false;
  const untilCancelled = async (): Promise<never> => {
    isReplaying = true;
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), 100);
    return context.cancelled.finally(() => clearInterval(beat));
  };
  await withReviewWorkers(box, replayingOnePair(box, untilCancelled), async () => {
    await askForReview(box);
    await until(() => isReplaying, 'a replay runs');
    await cancelReviewOf(box);
  });
  return reviewOf(box);
});

record('review-trigger', 'begins', { models: MODELS, policy: reviewedPolicy() }, (box) =>
  withReviewWorkers(box, {}, async () => {
    const trigger = await askForReview(box);
    await reviewOf(box).result();
    return trigger;
  }),
);

record('review-trigger', 'joined', { models: MODELS, policy: reviewedPolicy() }, (box) =>
  withReviewWorkers(box, reporting(box), async () => {
    await askForReview(box);
    await untilWaiting(box);
    const second = await askForReview(box);
    await cancelReviewOf(box);
    return second;
  }),
);
