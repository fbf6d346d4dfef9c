/**
 * A part of the replays of one pass: both models on every sampled task of it, and where no grader scores their answers, a judge of
 * them in both orders; a window of pairs at a time. Carries ids and counts; what was answered stands in rows.
 */

import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { ReplayPlan } from '../activities/review/replay/plan';
import { seededFraction } from '../routing/decision/seeded-fraction';
import { JUDGE_ROLES } from '../routing/judging/judgement';
import {
  modelQueue,
  REPLAY_PRIORITY,
  type ReplayEnding,
  type ReplayInput,
  reviewQueue,
  type ShardInput,
  type ShardResult,
} from './messages';

const { planReplays, abandonReplay, closeReplays } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '20s',
  localRetryThreshold: '10s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** Time that a replay may take beyond the length of its call, in milliseconds: a program that grades may take ten minutes. */
const GRADING_MS = 660_000;

/**
 * Replays the samples [from, to), `concurrency` pairs at a time. Takes no new pair once the review's cap is reached, or the proposal
 * is not replayed any more. Cancelled, it closes what is open before it ends.
 */
export async function replayShard(input: ShardInput): Promise<ShardResult> {
  try {
    return await replayPairs(input, await planReplays(partOf(input)));
  } catch (error) {
    if (isCancellation(error)) {
      const { reviewId, proposalId, pass, from, to } = input;
      await CancellationScope.nonCancellable(() => closeReplays({ reviewId, proposalId, pass, from, to }));
    }
    throw error;
  }
}

function partOf({ proposalId, pass, from, to }: ShardInput): Parameters<Activities['planReplays']>[0] {
  return { proposalId, pass, from, to };
}

async function replayPairs(input: ShardInput, plan: ReplayPlan): Promise<ShardResult> {
  let next = input.from;
  let done = 0;
  let stoppedBy: Exclude<ReplayEnding, 'done'> | undefined;
  await Promise.all(Array.from({ length: Math.min(input.concurrency, input.to - input.from) }, takePairs));
  return { done, capped: stoppedBy === 'capped' ? 2 * (input.to - input.from) - done : 0 };

  async function takePairs(): Promise<void> {
    while (next < input.to && stoppedBy === undefined) {
      const position = next;
      next += 1;
      for (const role of orderOf(input, position)) {
        const outcome = await replay(input, plan, position, role);
        if (outcome !== 'done') {
          stoppedBy ??= outcome;
          return;
        }
        done += 1;
      }
      // A plan that was made before there were judges has none, so that its history goes on as it began.
      for (const role of plan.judge?.positions.includes(position) ? JUDGE_ROLES : []) {
        const outcome = await replay(input, plan, position, role);
        if (outcome !== 'done') {
          stoppedBy ??= outcome;
          return;
        }
      }
    }
  }
}

/** Which model of a pair goes first: drawn, so that neither always finds the provider as the other left it. */
function orderOf({ proposalId }: ShardInput, position: number): readonly ('baseline' | 'candidate')[] {
  return seededFraction(proposalId, position) < 0.5 ? ['baseline', 'candidate'] : ['candidate', 'baseline'];
}

/**
 * One replay or judgement on the queue of its model's pool, where live tasks go first. A cascade goes from pool to pool with its calls,
 * of which it has few. One that no worker reports on is given up.
 */
async function replay(
  { reviewId, proposalId, pass, tries }: ShardInput,
  plan: ReplayPlan,
  position: number,
  role: ReplayInput['role'],
): Promise<ReplayEnding> {
  const input: ReplayInput = { reviewId, proposalId, pass, position, role, tries };
  let pool = role === 'baseline' || role === 'candidate' ? plan.pools[role] : (plan.judge?.pool ?? null);
  try {
    for (;;) {
      const at = plan.isCascade === true && role === 'candidate' && pool !== null ? { pool } : {};
      const outcome = await callerIn(pool, plan)({ ...input, ...at });
      if (typeof outcome === 'string') return outcome;
      pool = outcome.pool;
    }
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await abandonReplay(input);
    return 'done';
  }
}

function callerIn(pool: string | null, plan: ReplayPlan): Activities['replayCall'] {
  const { taskQueue } = workflowInfo();
  const { replayCall } = proxyActivities<Activities>({
    taskQueue: pool === null ? reviewQueue(taskQueue) : modelQueue(taskQueue, pool),
    startToCloseTimeout: plan.maxCallMs + GRADING_MS,
    scheduleToCloseTimeout: plan.maxMs + plan.maxCallMs + GRADING_MS,
    heartbeatTimeout: plan.heartbeatMs,
    priority: REPLAY_PRIORITY,
    // Retries are for lost workers, an absent database, and a provider that asks to come back later; a model's own failures are results.
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
  });
  return replayCall;
}
