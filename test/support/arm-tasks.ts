/** Tasks in the arms of a rollout, decided as dispatch decides and ended as a test says, without a worker or a model. */

import { v7 as newId } from 'uuid';
import { decideTask } from '../../activities/decide';
import type { Deps } from '../../activities/deps';
import type { Submission } from '../../client';
import { accept } from '../../client/accept';
import { parseSubmission } from '../../client/submission';
import { openAttempt, settleAttempt, type TaskEnd } from '../../db/queries/ledger';
import type { FailureClass } from '../../routing/decision/failure';

/** What becomes of a task of each arm, and of one in neither. */
export interface ArmEnd {
  readonly score?: number;
  /** The call fails so; the task with it. */
  readonly failure?: FailureClass;
  readonly servedModel?: string;
}

export interface DecidedTask {
  readonly taskId: string;
  readonly decisionId: string;
  readonly model: string;
  readonly arm: 'canary' | 'control' | null;
}

/** Accepts a task that no workflow is started for, and decides it by the rules and rollouts of this moment. */
export async function decideOne(deps: Deps, submission: Submission): Promise<DecidedTask> {
  const { taskId } = await accept(deps.db, parseSubmission(submission, 1_000_000), 'tester');
  await decideTask(deps, { taskId });
  const [row] = await deps.db.sql<[{ id: string; model: string; arm: DecidedTask['arm'] }]>`
    SELECT id, model, arm FROM routing_decisions WHERE task_id = ${taskId}`;
  return { taskId, decisionId: row.id, model: row.model, arm: row.arm };
}

/** Ends a task after one call of its model. */
export async function endOne({ db }: Pick<Deps, 'db'>, task: DecidedTask, { score, failure, servedModel }: ArmEnd): Promise<void> {
  const [{ version }] = await db.sql<[{ version: string }]>`SELECT version FROM catalogue_versions WHERE active`;
  const attempt = { taskId: task.taskId, decisionId: task.decisionId, number: 1 };
  const attemptId = newId();
  await openAttempt(db, {
    ...attempt,
    attemptId,
    model: task.model,
    catalogueVersion: version,
    amountNano: 100,
    worker: 'test',
    holdMs: 60_000,
    scope: {},
  });
  const end: TaskEnd = {
    taskId: task.taskId,
    kind: failure === undefined ? 'completed' : 'failed',
    code: failure ?? 'answered',
    reason: 'As the test says.',
    model: task.model,
    attemptId,
    taskClass: 'work',
    ...(failure === undefined && score !== undefined ? { score } : {}),
  };
  const common = { ...attempt, provider: task.model.slice(0, task.model.indexOf('/')), taskClass: 'work', scope: {} };
  if (failure === undefined) {
    const usage = { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 20, reasoningTokens: 0 };
    await settleAttempt(
      db,
      { ...common, state: 'answered', costBasis: 'usage', costNano: 40, usage, latencyMs: 200, answer: { text: '' }, servedModel },
      end,
    );
  } else {
    await settleAttempt(db, { ...common, state: 'failed', costBasis: 'none', failure: { class: failure, message: 'It failed.' } }, end);
  }
}

/** Tasks that go through their steps at once. */
const AT_A_TIME = 4;

/** Runs tasks until each arm has had `perArm` more, and ends every one of them by its arm. */
export async function fillArms(
  deps: Deps,
  submission: Submission,
  perArm: number,
  endOf: (task: DecidedTask) => ArmEnd,
): Promise<readonly DecidedTask[]> {
  const done: DecidedTask[] = [];
  const count = (arm: DecidedTask['arm']) => done.filter((task) => task.arm === arm).length;
  for (let tries = 0; Math.min(count('canary'), count('control')) < perArm; tries += 1) {
    if (tries > 40 * perArm) throw new Error('The arms do not fill: is the rollout live?');
    const tasks = await Promise.all(Array.from({ length: AT_A_TIME }, () => decideOne(deps, submission)));
    await Promise.all(tasks.map((task) => endOne(deps, task, endOf(task))));
    done.push(...tasks);
  }
  return done;
}
