/**
 * Records real histories of workflows into test/histories, one per scenario, for test/workflows/replay.test.ts.
 *
 * Run it after adding a scenario: `npm run jest -- --testMatch '<rootDir>/test/support/record-histories.ts'`. It never writes over
 * a history: a change of a workflow that does not replay one needs `patched`, not another recording.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { cancelReview, startReview } from '../../client/reviews';
import { abortRollout, loadRollout, pauseRollout } from '../../client/rollouts';
import { giveVerdict } from '../../client/verdicts';
import type { VerdictSettings } from '../../routing/review/settings';
import {
  ROLLOUT_SIGNAL,
  replayShardWorkflowId,
  reviewTriggerWorkflowId,
  reviewWorkflowId,
  rolloutWorkflowId,
  type ShardInput,
  upkeepWorkflowId,
  WHOLE_SCOPE,
  watchWorkflowId,
} from '../../workflows/messages';
import { insertRollout, type PlanChanges } from './approved-proposal';
import { decideOne, endOne, fillArms } from './arm-tasks';
import { APPROVER, addPassed, PROPOSER, reviewedPolicy, statusOf, untilWaiting } from './awaiting-review';
import { depsOf } from './deps';
import { fetchHistory, HISTORIES } from './histories';
import { type Installation, type InstallationOptions, install } from './installation';
import { until } from './processes';
import { CANDIDATE_NAME, GOOD, replaying } from './replay-scenario';
import type { ReviewRow } from './review-rows';
import { addScreened, type MadeUpSteps, withReviewWorkers } from './review-worker';
import { DEAREST, LIMITS, MODELS, NORTH, NORTH_NAME, RESERVED, routeOver, SOUTH, WORK, workPolicy } from './scenario';
import { seatFor, slotSettings } from './slots';
import { endWorkerProcesses, startWorkerProcess } from './worker-process';

const base: InstallationOptions = { models: MODELS, policy: workPolicy() };

/** A budget for one task, and patience for it. */
const ONE_AT_A_TIME: InstallationOptions = {
  models: [NORTH],
  policy: workPolicy({ classes: { work: routeOver([NORTH]) }, attempts: { ...LIMITS, backoffMs: 400, maxWaitMs: 500 } }),
  budgets: [{ period: 'day', limitNano: RESERVED }],
};

/** Records what `story` leads to, unless it is recorded. */
function record(
  workflow: string,
  scenario: string,
  options: InstallationOptions,
  story: (box: Installation) => Promise<WorkflowHandle>,
): void {
  const file = join(HISTORIES, workflow, `${scenario}.json`);
  const recordNew = existsSync(file) ? test.skip : test;
  recordNew(`${workflow}/${scenario}`, async () => {
    const box = await install(options);
    try {
      const history = await fetchHistory(await story(box));
      mkdirSync(join(HISTORIES, workflow), { recursive: true });
      writeFileSync(file, `${JSON.stringify(history, undefined, 1)}\n`, { flag: 'wx' });
    } finally {
      await endWorkerProcesses();
      await box.end();
    }
  });
}

/** A task that runs to its end with one worker. */
function task(
  scenario: string,
  options: Partial<InstallationOptions>,
  script: Parameters<Installation['script']>[0],
  submission: object = {},
): void {
  record('dispatch-task', scenario, { ...base, ...options }, async (box) => {
    box.script(script);
    await box.work();
    const { taskId } = await box.run({ ...WORK, ...submission });
    await box.workflow(taskId).result();
    return box.workflow(taskId);
  });
}

task('happy', {}, {});
task('dry-run', {}, {}, { dryRun: true });
task('fallback', {}, { models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }] } });
task('rate-limited', {}, { models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 1_000 }, { kind: 'answer' }] } });
task('all-failed', {}, { models: { '*': [{ kind: 'fault', fault: 'overloaded' }] } });
task('refused-by-privacy', { models: MODELS.map((model) => ({ ...model, privacyTiers: ['public'] })) }, {}, { privacyTier: 'restricted' });
task('refused-by-budget', { budgets: [{ period: 'day', limitNano: 1 }] }, {});

record('dispatch-task', 'cancelled', base, async (box) => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 15_000 }] } });
  await box.work();
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await box.client.cancel(taskId);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'cancelled-before-start', base, async (box) => {
  const { taskId } = await box.client.submit(WORK);
  await box.client.cancel(taskId);
  await box.work();
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'budget-busy-then-exhausted', ONE_AT_A_TIME, async (box) => {
  box.script({ models: { '*': [{ ...DEAREST, latencyMs: 1_500 }] } });
  await box.work();
  await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the first task holds all the money');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

record('dispatch-task', 'in-doubt', base, async (box) => {
  box.script({ models: { [NORTH_NAME]: [{ kind: 'answer', latencyMs: 30_000 }, { kind: 'answer' }] } });
  const worker = await startWorkerProcess(box.environment);
  const { taskId } = await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the model has begun');
  await worker.kill();
  await box.work();
  await box.client.result(taskId, { timeoutMs: 60_000 });
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** The second of two tasks on one slot: it waits, is told, and is called. */
record('dispatch-task', 'awaits-slot', { ...base, slots: slotSettings([seatFor(NORTH.id)]) }, async (box) => {
  box.script({ models: { '*': [{ kind: 'answer', latencyMs: 2_000 }] } });
  await box.work();
  await box.client.submit(WORK);
  await until(() => box.billed().length === 1, 'the first task has the slot');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** A task whose model fails, and whose next one has a slot that is taken. */
record('dispatch-task', 'falls-back-to-slot', { ...base, slots: slotSettings([seatFor(SOUTH.id)]) }, async (box) => {
  box.script({
    tasks: { holder: [{ kind: 'answer', latencyMs: 2_500 }] },
    models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'quota-exhausted' }], '*': [{ kind: 'answer' }] },
  });
  await box.work();
  await box.client.submit({ ...WORK, externalId: 'holder', constraints: { model: SOUTH.id } });
  await until(() => box.billed().length === 1, 'the slot is taken');
  const { taskId } = await box.run(WORK);
  await box.workflow(taskId).result();
  return box.workflow(taskId);
});

/** The upkeep of an installation after some rounds; it never ends, so its history is one of a running workflow. */
async function upkeepAfterRounds(box: Installation): Promise<WorkflowHandle> {
  const handle = box.engine.workflow.getHandle(upkeepWorkflowId(box.queue));
  await until(async () => (await handle.describe()).historyLength > 20, 'some rounds are done', 30_000);
  return handle;
}

record('upkeep', 'rounds', base, async (box) => {
  await box.work();
  return upkeepAfterRounds(box);
});

record('upkeep', 'failing-rounds', base, async (box) => {
  await box.work();
  await box.db.sql`ALTER TABLE reservations RENAME COLUMN expires_at TO misplaced`;
  return upkeepAfterRounds(box);
});

/** The workflow of a rollout in compressed time, and a way to fill its arms. */
async function rolloutOf(box: Installation, changes: PlanChanges) {
  const rolloutId = await insertRollout(box.db, { baseline: NORTH.id, candidate: SOUTH.id, ...changes });
  await box.work();
  const options = { workflowId: rolloutWorkflowId(rolloutId), taskQueue: box.queue, args: [{ rolloutId }] };
  const handle = await box.engine.workflow.start('rollout', options);
  const stateOf = async () => (await loadRollout(box.db, rolloutId)).state;
  await until(async () => (await stateOf()) === 'CANARY', 'the canary has begun', 20_000);
  const fill = (canaryScore: number) => fillArms(depsOf(box), WORK, 12, ({ arm }) => ({ score: arm === 'canary' ? canaryScore : 1 }));
  return { rolloutId, handle, fill };
}

/** One step, and looks only when they are asked for. */
const ONE_STEP = { steps: [0.5], minPerArm: [6], dwellMs: [0], tickMs: 3_600_000, leaseMs: 36_000_000 };

record('rollout', 'promoted', base, async (box) => {
  const { rolloutId, handle, fill } = await rolloutOf(box, { canary: ONE_STEP });
  await fill(1);
  await handle.signal(ROLLOUT_SIGNAL);
  await handle.result();
  await box.engine.workflow.getHandle(watchWorkflowId(rolloutId)).terminate('recorded');
  return handle;
});

record('rollout', 'rolled-back', base, async (box) => {
  const { handle, fill } = await rolloutOf(box, { canary: ONE_STEP, plan: { tolerance: 0.05 } });
  await fill(0);
  await handle.signal(ROLLOUT_SIGNAL);
  await handle.result();
  return handle;
});

record('rollout', 'paused-and-aborted', base, async (box) => {
  const { rolloutId, handle } = await rolloutOf(box, { canary: ONE_STEP });
  const order = { id: rolloutId, actor: 'olga', note: 'Recorded.' };
  await pauseRollout(box.db, box.engine, order);
  await abortRollout(box.db, box.engine, order);
  await handle.result();
  return handle;
});

record('rollout', 'cancelled', base, async (box) => {
  const { handle } = await rolloutOf(box, { canary: ONE_STEP });
  await handle.cancel();
  await handle.result();
  return handle;
});

/** The watch over a promoted change; `looksPerRun` makes it go on in a new run. */
async function watchOf(box: Installation, watch: PlanChanges['watch'], looksPerRun?: number): Promise<WorkflowHandle> {
  const { rolloutId, handle, fill } = await rolloutOf(box, { canary: ONE_STEP, ...(watch && { watch }) });
  await fill(1);
  await handle.signal(ROLLOUT_SIGNAL);
  await handle.result();
  const started = box.engine.workflow.getHandle(watchWorkflowId(rolloutId));
  if (looksPerRun === undefined) return started;
  await started.terminate('one with few looks follows');
  const args = [{ rolloutId, looksPerRun }];
  return box.engine.workflow.start('watch', { workflowId: watchWorkflowId(rolloutId), taskQueue: box.queue, args });
}

record('watch', 'watched-out', base, async (box) => {
  const handle = await watchOf(box, { tickMs: 200, durationMs: 1_000 });
  await handle.result();
  return handle;
});

record('watch', 'continued-as-new', base, async (box) => {
  const handle = await watchOf(box, { tickMs: 200, durationMs: 3_600_000 }, 2);
  const { runId } = await handle.describe();
  const latest = box.engine.workflow.getHandle(handle.workflowId);
  await until(async () => (await latest.describe()).runId !== runId, 'it goes on in a new run', 30_000);
  await latest.terminate('recorded');
  return box.engine.workflow.getHandle(handle.workflowId, runId);
});

record('watch', 'drift', base, async (box) => {
  const handle = await watchOf(box, { tickMs: 500, durationMs: 3_600_000 });
  const deps = depsOf(box);
  for (let at = 0; at < 24; at += 1) await endOne(deps, await decideOne(deps, WORK), { score: 0 });
  await handle.result();
  return handle;
});

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
