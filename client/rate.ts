/** Ratings by people. */

import { v7 as newId } from 'uuid';
import type { Database } from '../db/connect';
import { policyFromJson } from '../db/documents/policy-document';
import { addRating } from '../db/queries/ledger';
import { loadPolicy } from '../db/queries/rules';
import { loadStory } from '../db/queries/tasks';
import { RoutingError } from '../routing/errors';
import { refuseUnknownNames } from './live-rules';
import { taskHash } from './task-hash';
import { refuseMalformedId, unknownTask } from './task-id';

export interface RatingInput {
  /** 1 to 5. */
  readonly score: number;
  /** The task that is rated; its model and tier are taken from its outcome. */
  readonly taskId: string;
  /** Another model than the one that answered. */
  readonly model?: string;
  readonly ratedBy?: string;
}

/** @throws {RoutingError} `bad_input`, `unknown_task`, `unknown_model`, `no_active_policy` */
export async function rate(
  db: Database,
  { score, taskId, model, ratedBy }: RatingInput,
  owner: string,
): Promise<{ readonly model: string; readonly tier: string }> {
  if (!(score >= 1 && score <= 5)) throw new RoutingError('bad_input', `${score} is not a rating. Give a number from 1 to 5.`);
  refuseMalformedId(taskId);
  await refuseUnknownNames(db, { model });
  const story = await loadStory(db, taskId);
  if (story === undefined) throw unknownTask(taskId);
  const rated = model ?? story.outcome?.model ?? undefined;
  if (rated === undefined || story.decision === undefined) {
    throw new RoutingError('bad_input', `No model has answered task ${taskId} yet. Name the model that you rate, or wait for the answer.`);
  }
  const policy = await loadPolicy(db);
  if (policy === undefined) throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" once.');
  const { alpha, seed } = policyFromJson(policy.body).learning;
  await addRating(db, {
    id: newId(),
    taskId,
    provider: rated.slice(0, rated.indexOf('/')),
    model: rated,
    score,
    tier: story.decision.tier,
    taskClass: story.decision.taskClass,
    taskHash: taskHash(story.prompt),
    source: 'person',
    ratedBy: ratedBy ?? owner,
    alpha,
    seed,
  });
  return { model: rated, tier: story.decision.tier };
}
