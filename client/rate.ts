/** Ratings by people. */

import { v7 as newId } from 'uuid';
import type { Database } from '../db/connect';
import { storedCatalogueFromJson } from '../db/documents/catalogue-document';
import { policyFromJson } from '../db/documents/policy-document';
import { addRating } from '../db/queries/ledger';
import { lastDecision } from '../db/queries/ratings';
import { activeCatalogue, catalogueModels, loadPolicy } from '../db/queries/rules';
import { loadStory } from '../db/queries/tasks';
import { RoutingError } from '../routing/errors';
import { requireModel } from './ratings/require-model';
import { taskHash } from './task-hash';
import { refuseMalformedId, unknownTask } from './task-id';

export interface RatingInput {
  /** 1 to 5. */
  readonly score: number;
  /** The task that is rated. Absent: the owner's last one, or the last one that `model` did. */
  readonly taskId?: string;
  /** Absent: whoever answered the task, or was chosen for it. */
  readonly model?: string;
  readonly ratedBy?: string;
}

/** What was rated. */
export interface Rated {
  readonly model: string;
  readonly tier: string;
  /** Null: the owner has no task that this model did, and the rating is of the model alone, in its own tier. */
  readonly taskId: string | null;
}

/** The task and the model of a rating, as it is kept. */
interface Subject extends Rated {
  readonly taskClass?: string;
  readonly taskHash?: string;
}

/** @throws {RoutingError} `bad_input`, `unknown_task`, `unknown_model`, `no_active_policy` */
export async function rate(db: Database, { score, taskId, model, ratedBy }: RatingInput, owner: string): Promise<Rated> {
  if (!(score >= 1 && score <= 5)) throw new RoutingError('bad_input', `${score} is not a rating. Give a number from 1 to 5.`);
  if (taskId !== undefined) refuseMalformedId(taskId);
  if (model !== undefined) requireModel(model, (await catalogueModels(db)).keys());
  const subject = taskId === undefined ? await lastSubject(db, model, owner) : await subjectOf(db, taskId, model);
  const policy = await loadPolicy(db);
  if (policy === undefined) throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" once.');
  const { alpha, seed } = policyFromJson(policy.body).learning;
  const { taskId: ofTask, ...rated } = subject;
  await addRating(db, {
    ...rated,
    ...(ofTask === null ? {} : { taskId: ofTask }),
    id: newId(),
    provider: rated.model.slice(0, rated.model.indexOf('/')),
    score,
    source: 'person',
    ratedBy: ratedBy ?? owner,
    alpha,
    seed,
  });
  return { model: subject.model, tier: subject.tier, taskId: ofTask };
}

async function subjectOf(db: Database, taskId: string, model: string | undefined): Promise<Subject> {
  const story = await loadStory(db, taskId);
  if (story === undefined) throw unknownTask(taskId);
  const rated = model ?? story.outcome?.model ?? undefined;
  if (rated === undefined || story.decision === undefined) {
    throw new RoutingError('bad_input', `No model has answered task ${taskId} yet. Name the model that you rate, or wait for the answer.`);
  }
  const { tier, taskClass } = story.decision;
  return { model: rated, tier, taskId, taskClass, ...hashOf(story.prompt) };
}

/** What was erased leaves no trace in ratings. */
function hashOf(prompt: unknown): { readonly taskHash?: string } {
  return prompt === null ? {} : { taskHash: taskHash(prompt) };
}

/** The last task of the owner; with a model, the last one that it did, and without one, the model by itself. */
async function lastSubject(db: Database, model: string | undefined, owner: string): Promise<Subject> {
  const last = await lastDecision(db, owner, model);
  if (last !== undefined) {
    const { prompt, ...decision } = last;
    return { ...decision, ...hashOf(prompt) };
  }
  if (model === undefined) {
    throw new RoutingError('bad_input', 'You have no task that could be rated. Name the model that you rate, as provider/model.');
  }
  return { model, tier: await ownTierOf(db, model), taskId: null };
}

async function ownTierOf(db: Database, id: string): Promise<string> {
  const active = await activeCatalogue(db);
  const model = active === undefined ? undefined : storedCatalogueFromJson(active.body).catalogue.models.get(id);
  if (model === undefined) throw new RoutingError('conflict', `"${id}" has just left the catalogue, so nothing was rated. Try again.`);
  return model.capabilityTier;
}
