/**
 * A small world for whole stories of the routing review: everything is on a dear model, and each class has tasks that one model or all
 * of them do well. Every step is the real one; only the models are scripted, and all times are short.
 *
 * A model says the same words to every task. What a task's grader wants decides which models do it well.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { startReview } from '../../client/reviews';
import { giveVerdict } from '../../client/verdicts';
import type { Grader } from '../../db/documents/grader';
import type { Submission } from '../../db/documents/submission';
import { loadReviewProgress, progressOfTrigger, type ReviewProgress } from '../../db/queries/review-progress';
import { findRollouts, type RolloutRow } from '../../db/queries/rollouts';
import { activeRoutes } from '../../db/queries/watched';
import { type ClassPolicy, modelsOfRoute, type Policy } from '../../routing/decision/policy';
import { DEFAULT_REVIEW_SETTINGS, HOUR_MS, type ReviewSettings } from '../../routing/review/settings';
import type { RolloutState } from '../../routing/review/states';
import type { ReviewPhase } from '../../workflows/messages';
import { APPROVER, PROPOSER } from './awaiting-review';
import type { Installation } from './installation';
import { until } from './processes';
import { LIMITS, MODELS, NORTH, SOUTH, WEST } from './scenario';

/** The catalogue: the cheaper two may not have restricted content. */
export const STORY_MODELS = MODELS.map((model) =>
  model === WEST ? model : { ...model, privacyTiers: ['public', 'internal', 'confidential'] as const },
);

/** The model that everything is on, and the cheapest one. */
export const DEAR = WEST.id;
export const CHEAP = NORTH.id;

/** Words that every model says, that all but the cheapest say, and that the dear one alone says. */
const [EASY, MIDDLING] = ['alpha', 'beta'] as const;
export const HARD = 'gamma';

/** Tokens of every answer, so that costs are those of the price list. */
const USAGE = { inputTokens: 20, outputTokens: 40 };
/** Of every call: beside it, what the machine adds to one call and not to another is little. */
const LATENCY_MS = 5;

/** What the models say from now on; the cheap one may have become worthless, and all of them slow. */
export function storyScript({ cheap = EASY, latencyMs = LATENCY_MS }: { readonly cheap?: string; readonly latencyMs?: number } = {}) {
  const say = (text: string) => [{ kind: 'answer', text, usage: USAGE, latencyMs } as const];
  const [cheapest, middling, dear] = [NORTH, SOUTH, WEST].map(({ providerModel }) => providerModel) as [string, string, string];
  return { models: { [cheapest]: say(cheap), [middling]: say(`${EASY} ${MIDDLING}`), [dear]: say(`${EASY} ${MIDDLING} ${HARD}`) } };
}

/** A grader that wants this word. */
export function wants(word: string): Grader {
  return { kind: 'contains', expected: word, ignoreCase: false };
}

/** How much worse a class may become, a difference of success rates: so much that twenty pairs can prove it. */
const TOLERANCE = 0.4;

/**
 * Reviews in compressed time: the last hour stands for four weeks, and nothing lasts longer than its tasks need. The least numbers of
 * everything that still let the same mathematics decide.
 */
export const STORY_REVIEW: ReviewSettings = {
  ...DEFAULT_REVIEW_SETTINGS,
  groups: { pair: ['left', 'right'] },
  screen: { windowMs: HOUR_MS, minSavingShare: 0.15, minSavingPerMonthNanoUsd: 1 },
  replay: { ...DEFAULT_REVIEW_SETTINGS.replay, maxPasses: 1, minPairs: 20, maxPairs: 40, stratumFloor: 1, shardSize: 20 },
  proof: { ...DEFAULT_REVIEW_SETTINGS.proof, catastrophicCap: 0.5, maxLatencyRatio: 50 },
  canary: {
    ...DEFAULT_REVIEW_SETTINGS.canary,
    steps: [0.3, 0.5],
    minPerArm: [5, 5],
    dwellMs: [0, 0],
    soakMs: 0,
    labelWindowMs: 0,
    nStar: 20,
    tickMs: 200,
    leaseMs: 60_000,
  },
  stability: { dwellMs: 0, cooldownMs: 1_000, maxCooldownMs: 1_000 },
  watch: { ...DEFAULT_REVIEW_SETTINGS.watch, tickMs: 200, drop: 0.3, limit: 5 },
};

/** Each class on the dear model, but for those that are given a route of their own. */
export function storyPolicy(
  classes: Readonly<Record<string, Partial<ClassPolicy>>>,
  review: ReviewSettings = STORY_REVIEW,
): Partial<Policy> {
  const route = { kind: 'model', model: DEAR, fallbacks: [] } as const;
  const policies = Object.entries(classes).map(([name, changes]) => [name, { route, tolerance: TOLERANCE, ...changes }]);
  return { attempts: LIMITS, classes: Object.fromEntries(policies), review };
}

/** A task of a class that differs from all others in its prompt. */
export function storyTask(taskClass: string, number: number | string, changes: Partial<Submission> = {}): Submission {
  return { prompt: `Task ${number} of ${taskClass}.`, taskClass, maxOutputTokens: 50, grader: wants(EASY), ...changes };
}

/** Submits tasks and waits until all have ended. */
export async function runAll({ client }: Installation, tasks: readonly Submission[]): Promise<void> {
  const submitted = await Promise.all(tasks.map((task) => client.submit(task)));
  await Promise.all(submitted.map(({ taskId }) => client.result(taskId, { timeoutMs: PATIENCE_MS })));
}

/** No part of a story takes longer, in milliseconds, unless something is broken. */
const PATIENCE_MS = 60_000;

/** Asks for a review of a scope; resolves with its trigger's id. */
export async function askForReview({ db, engine, queue }: Installation, scope: string): Promise<string> {
  const request = { scope, kind: 'person', detail: 'by hand', requestedBy: PROPOSER } as const;
  return (await startReview(db, engine, queue, request)).triggerId;
}

/** Resolves with the review of a trigger when it is in one of the phases. */
export async function untilPhase({ db }: Installation, triggerId: string, ...phases: readonly ReviewPhase[]): Promise<ReviewProgress> {
  let found: ReviewProgress | undefined;
  const isThere = async () => {
    found = await progressOfTrigger(db, triggerId);
    return found !== undefined && phases.includes(found.phase);
  };
  await until(isThere, `the review is ${phases.join(' or ')}`, PATIENCE_MS);
  return found!;
}

/** Asks for a review and resolves when it waits for a verdict or has ended. */
export async function review(box: Installation, scope: string): Promise<ReviewProgress> {
  return untilPhase(box, await askForReview(box, scope), 'awaiting-verdict', 'ended');
}

/** Resolves with a review when it has ended. */
export async function untilEnded({ db }: Pick<Installation, 'db'>, reviewId: string): Promise<ReviewProgress> {
  const load = () => loadReviewProgress(db, reviewId);
  await until(async () => (await load()).phase === 'ended', 'the review has ended', PATIENCE_MS);
  return load();
}

/** Gives a verdict, as a person does who did not ask for the review. */
export async function say({ db, engine, queue }: Installation, reviewId: string, verdict: 'approve' | 'reject', actor = APPROVER) {
  return giveVerdict(db, engine, queue, { id: reviewId, verdict, actor, note: 'As the test says.' });
}

/** The rollout of a class or group. */
export async function rolloutOf({ db }: Pick<Installation, 'db'>, name: string): Promise<RolloutRow | undefined> {
  return (await findRollouts(db, '', 100)).find((rollout) => rollout.name === name);
}

/** Resolves when the rollout of a class is in one of the states. */
export async function untilRollout(box: Pick<Installation, 'db'>, name: string, ...states: readonly RolloutState[]): Promise<RolloutRow> {
  let found: RolloutRow | undefined;
  const isThere = async () => {
    found = await rolloutOf(box, name);
    return found !== undefined && states.includes(found.state);
  };
  await until(isThere, `the rollout of "${name}" is ${states.join(' or ')}`, PATIENCE_MS);
  return found!;
}

/** The moves of a rollout in their order, as the audit log has them: `STATE key`. */
export async function movesOf({ db }: Pick<Installation, 'db'>, rolloutId: string): Promise<readonly string[]> {
  const rows = await db.sql<{ move: string }[]>`
    SELECT concat_ws(' ', substr(action, 9), details->>'key') AS move FROM audit_log
    WHERE subject = ${rolloutId} AND action LIKE 'rollout.%' ORDER BY seq`;
  return rows.map(({ move }) => move);
}

/** The models that the policy in force routes these classes to. */
export async function routesOf({ db }: Pick<Installation, 'db'>, ...classes: readonly string[]): Promise<readonly (string | undefined)[]> {
  const routes = await activeRoutes(db, classes);
  return classes.map((name) => {
    const route = routes[name];
    return route === undefined ? undefined : modelsOfRoute(route)[0];
  });
}

/** Tasks of live traffic that come together, and the time until the next ones do, in milliseconds: a look may see each of them. */
const TOGETHER = 8;
const APART_MS = STORY_REVIEW.canary.tickMs / 2;

/** Sends tasks of these classes until the condition holds. */
async function traffic(box: Installation, classes: readonly string[], isEnough: () => Promise<boolean>): Promise<void> {
  const round = `live ${process.hrtime.bigint()}`;
  const deadline = Date.now() + PATIENCE_MS;
  for (let sent = 0; !(await isEnough()); sent += TOGETHER) {
    if (Date.now() > deadline) throw new Error(`${sent} tasks of ${classes.join(' and ')} were not enough.`);
    const tasks = Array.from({ length: TOGETHER }, (_, at) => storyTask(classes[at % classes.length]!, `${round} ${sent + at}`));
    await Promise.all([runAll(box, tasks), sleep(APART_MS)]);
  }
}

/** Sends tasks of a class until its rollout is in one of the states. */
export async function trafficUntil(
  box: Installation,
  name: string,
  states: readonly RolloutState[],
  classes: readonly string[] = [name],
): Promise<RolloutRow> {
  let rollout = await rolloutOf(box, name);
  await traffic(box, classes, async () => {
    rollout = await rolloutOf(box, name);
    return rollout !== undefined && states.includes(rollout.state);
  });
  return rollout!;
}
