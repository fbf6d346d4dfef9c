/**
 * kill -9 of the only worker at every phase of a review and its rollout. Another worker goes on each time, and in the end everything was
 * done once: as if nobody had been killed.
 */

import { loadPolicy } from '../../db/queries/rules';
import { APPROVER } from '../support/awaiting-review';
import { Blockade } from '../support/blockade';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import {
  askForReview,
  CHEAP,
  DEAR,
  movesOf,
  routesOf,
  runAll,
  STORY_MODELS,
  STORY_REVIEW,
  say,
  storyPolicy,
  storyScript,
  storyTask,
  trafficUntil,
  untilEnded,
  untilPhase,
  untilRollout,
} from '../support/review-story';
import { endSoundly } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess, type WorkerProcess } from '../support/worker-process';

/** No step takes longer to come round again after a kill, in milliseconds, unless something is broken. */
const PATIENCE_MS = 60_000;

let box: Installation;
let worker: WorkerProcess;

beforeEach(async () => {
  const review = { ...STORY_REVIEW, canary: { ...STORY_REVIEW.canary, soakMs: 1_500 } };
  box = await install({ models: STORY_MODELS, policy: storyPolicy({ work: {} }, review) });
  box.script(storyScript());
  worker = await startWorkerProcess(box.environment);
});

afterEach(async () => {
  await endWorkerProcesses();
  await endSoundly(box);
});

async function replaceWorker(): Promise<void> {
  await worker.kill();
  worker = await startWorkerProcess(box.environment);
}

/**
 * Kills the worker while it waits to write what the blockade holds up. `unheard`: it is written all the same, and nobody hears of it.
 * `lost`: it is not.
 */
async function killAt(blockade: Blockade, fate: 'unheard' | 'lost'): Promise<void> {
  const blocked = await blockade.waitForBlocked(1, PATIENCE_MS);
  await worker.kill();
  if (fate === 'lost') await blockade.cutOff(blocked);
  await blockade.lift();
  worker = await startWorkerProcess(box.environment);
}

/** Moves of proposals in the audit log. */
async function proposalMoves(): Promise<readonly string[]> {
  const rows = await box.db.sql<{ action: string }[]>`SELECT action FROM audit_log WHERE action LIKE 'proposal.%' ORDER BY seq`;
  return rows.map(({ action }) => action.slice('proposal.'.length));
}

/** Every planned replay: what it is and came to, how many of its calls were answered, and of how many nobody knows. */
async function replaysMade(): Promise<readonly { readonly taskId: string; readonly calls: string; readonly inDoubt: number }[]> {
  return box.db.sql<{ taskId: string; calls: string; inDoubt: number }[]>`
    SELECT r.replay_task_id AS "taskId", count(a.id) FILTER (WHERE a.state = 'in_doubt')::integer AS "inDoubt",
      concat_ws(' ', CASE WHEN s.is_sentinel THEN 'sentinel' ELSE 'pair' END, coalesce(r.outcome, 'missing'),
        count(a.id) FILTER (WHERE a.state = 'answered'), 'answered') AS calls
    FROM replay_samples s CROSS JOIN unnest(ARRAY['baseline', 'candidate']) AS each (role)
      LEFT JOIN replay_results r ON r.proposal_id = s.proposal_id AND r.task_id = s.task_id AND r.role = each.role
      LEFT JOIN attempts a ON a.task_id = r.replay_task_id
    GROUP BY s.is_sentinel, s.task_id, each.role, r.replay_task_id, r.outcome`;
}

test('a review whose worker is killed at every phase ends as it would have without, and pays for no replay twice without saying so', async () => {
  await runAll(
    box,
    Array.from({ length: 30 }, (_, number) => storyTask('work', number)),
  );

  const analysing = await Blockade.ofRow(box.db, 'reviews', 'UPDATE', 'OLD.analysis IS NULL AND NEW.analysis IS NOT NULL');
  const proposing = await Blockade.ofRow(box.db, 'proposals', 'UPDATE', `NEW.state = 'SCREENED'`);
  const trigger = await askForReview(box, 'all');
  await killAt(analysing, 'lost');
  box.script(storyScript({ latencyMs: 500 }));
  const before = box.billed().length;
  await killAt(proposing, 'unheard');

  const deciding = await Blockade.ofRow(box.db, 'proposals', 'UPDATE', `NEW.state = 'DECIDED'`);
  await until(() => box.billed().length >= before + 5, 'the first replays are under way', PATIENCE_MS);
  await replaceWorker();
  box.script(storyScript());
  const reporting = await Blockade.ofRow(box.db, 'reviews', 'UPDATE', 'OLD.report IS NULL AND NEW.report IS NOT NULL');
  await killAt(deciding, 'unheard');
  await killAt(reporting, 'lost');
  const { reviewId } = await untilPhase(box, trigger, 'awaiting-verdict');

  await worker.kill();
  expect(await say(box, reviewId, 'approve')).toMatchObject([{ kind: 'kept', state: 'AWAITING_APPROVAL' }]);
  const weighing = await Blockade.ofRow(box.db, 'rollouts', 'UPDATE', `OLD.state = 'APPROVED' AND NEW.state = 'CANARY'`);
  worker = await startWorkerProcess(box.environment);
  await killAt(weighing, 'unheard');
  expect(await untilEnded(box, reviewId)).toMatchObject({ endKind: 'decided' });

  const promoting = await Blockade.ofRow(box.db, 'policy_versions', 'INSERT', `NEW.reason = 'promotion'`);
  await trafficUntil(box, 'work', ['SOAKING']);
  await replaceWorker();
  await killAt(promoting, 'unheard');
  const { id: rolloutId } = await untilRollout(box, 'work', 'WATCHED');
  await replaceWorker();
  expect(await routesOf(box, 'work')).toEqual([CHEAP]);

  box.script(storyScript({ cheap: 'nothing' }));
  const takingBack = await Blockade.ofRow(box.db, 'policy_versions', 'INSERT', `NEW.reason = 'rollback'`);
  await trafficUntil(box, 'work', ['ROLLING_BACK']);
  await killAt(takingBack, 'lost');
  await untilRollout(box, 'work', 'IDLE');

  expect(await movesOf(box, rolloutId)).toEqual([
    'APPROVED',
    'CANARY step-0',
    'CANARY step-1',
    'SOAKING soak',
    'PROMOTED promote',
    'WATCHED watched',
    'ROLLING_BACK drift',
    'ROLLED_BACK rolled-back',
    'COOLDOWN cooldown',
    'IDLE rested',
  ]);
  expect(await proposalMoves()).toEqual(['DETECTED', 'SCREENED', 'SAMPLED', 'REPLAYING', 'DECIDED', 'AWAITING_APPROVAL', 'APPROVED']);
  expect(await routesOf(box, 'work')).toEqual([DEAR]);
  expect((await loadPolicy(box.db))?.version).toBe(3);
  expect(await box.db.sql`SELECT actor, verdict, state FROM approvals`).toEqual([
    { actor: APPROVER, verdict: 'approve', state: 'counted' },
  ]);

  const replays = await replaysMade();
  expect(new Set(replays.map(({ calls }) => calls))).toEqual(new Set(['pair scored 1 answered', 'sentinel scored 0 answered']));
  const inDoubt = replays.reduce((sum, replay) => sum + replay.inDoubt, 0);
  expect(inDoubt).toBeGreaterThan(0);
  const ids = new Set(replays.map(({ taskId }) => taskId));
  const answered = replays.filter(({ calls }) => calls.startsWith('pair')).length;
  expect(box.billed().filter(({ taskId }) => ids.has(taskId)).length).toBeLessThanOrEqual(answered + inDoubt);
}, 240_000);
