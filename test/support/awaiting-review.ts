/** Reviews in tests: asked for, or already reported and waiting for people, as if the steps before had been made. */

import { v7 as newId } from 'uuid';
import { waitForVerdicts } from '../../db/queries/approvals';
import { addTrigger } from '../../db/queries/review-triggers';
import { openReview } from '../../db/queries/reviews';
import type { Policy } from '../../routing/decision/policy';
import { DEFAULT_REVIEW_SETTINGS, type ReviewSettings, type VerdictSettings } from '../../routing/review/settings';
import { REVIEW_STATUS_QUERY, type ReviewInput, type ReviewStatus, reviewWorkflowId, WHOLE_SCOPE } from '../../workflows/messages';
import { startReviewTrigger } from '../../workflows/start-review';
import { type Installation, PATIENCE_MS } from './installation';
import { until } from './processes';
import { NORTH, SOUTH, workPolicy } from './scenario';

/** Who asks for reviews in tests, and who decides on them. */
export const PROPOSER = 'pia';
export const APPROVER = 'ada';

/** A policy whose reviews take their verdicts as the test says. */
export function reviewedPolicy(verdict: Partial<VerdictSettings> = {}, replay: Partial<ReviewSettings['replay']> = {}): Partial<Policy> {
  const { review = DEFAULT_REVIEW_SETTINGS, ...policy } = workPolicy();
  return { ...policy, review: { ...review, replay: { ...review.replay, ...replay }, verdict: { ...review.verdict, ...verdict } } };
}

/** Keeps a trigger, as who asks for a review does first. */
export async function askedForReview({ db }: Pick<Installation, 'db'>, changes: Partial<ReviewInput> = {}): Promise<ReviewInput> {
  const trigger = { triggerId: newId(), scope: WHOLE_SCOPE, kind: 'person', detail: 'by hand', requestedBy: PROPOSER, ...changes } as const;
  const { triggerId, ...rest } = trigger;
  await addTrigger(db, { id: triggerId, ...rest });
  return trigger;
}

/** Adds a proposal that passed to an open review; its change moves `work` from the one model to the other. */
export async function addPassed({ db }: Pick<Installation, 'db'>, reviewId: string, name: string): Promise<string> {
  const change = {
    name,
    classes: [name],
    before: { [name]: { kind: 'model', model: SOUTH.id, fallbacks: [] } },
    after: { [name]: { kind: 'model', model: NORTH.id, fallbacks: [] } },
  };
  const { review: settings = DEFAULT_REVIEW_SETTINGS } = reviewedPolicy();
  const { canary, stability, watch } = settings;
  const plan = {
    baseline: SOUTH.id,
    candidate: NORTH.id,
    scale: 'binary',
    tolerance: 0.05,
    approvedLevel: 0.9,
    approvedDelta: 0,
    tasksPerDay: 100,
  };
  const [row] = await db.sql<[{ id: string }]>`
    SELECT add_proposal(jsonb_build_object('id', ${newId()}::text, 'reviewId', id, 'name', ${name}::text, 'classes', jsonb_build_array(${name}::text),
      'finding', '{}'::jsonb, 'baseVersion', base_version, 'actor', 'review')) AS id FROM reviews WHERE id = ${reviewId}`;
  await db.sql`
    UPDATE proposals SET state = 'AWAITING_APPROVAL', change = ${JSON.stringify(change)}::text::jsonb, verdict = 'PASS',
      rollout_plan = ${JSON.stringify({ ...plan, canary, stability, watch })}::text::jsonb, evidence_sha256 = ${`evidence of ${name}`}
    WHERE id = ${row.id} AND state = 'DETECTED'`;
  return row.id;
}

export interface AwaitingReview {
  readonly trigger: ReviewInput;
  readonly reviewId: string;
  /** Ids by name. */
  readonly proposals: Readonly<Record<string, string>>;
}

/** A review that has been reported and waits for people; its workflow does not run yet. */
export async function awaitingReview(
  box: Installation,
  names: readonly string[] = ['work'],
  changes: Partial<ReviewInput> = {},
): Promise<AwaitingReview> {
  const trigger = await askedForReview(box, changes);
  const { id: reviewId } = await openReview(box.db, trigger.triggerId);
  const proposals: Record<string, string> = {};
  for (const name of names) proposals[name] = await addPassed(box, reviewId, name);
  await waitForVerdicts(box.db, reviewId);
  return { trigger, reviewId, proposals };
}

/** Starts its workflow; resolves when that takes verdicts. Needs a worker. */
export async function startAwaiting(box: Installation, { trigger }: AwaitingReview): Promise<void> {
  await startReviewTrigger(box.engine.workflow, box.queue, trigger);
  await untilWaiting(box, trigger.scope);
}

/** Resolves when the review of a scope takes verdicts. */
export async function untilWaiting(box: Installation, scope: string = WHOLE_SCOPE): Promise<void> {
  await until(async () => ((await statusOf(box, scope))?.waiting.length ?? 0) > 0, 'the review waits for verdicts', PATIENCE_MS);
}

/** What the workflow of a review says of itself. Undefined: there is none, or nobody answers for it. */
export async function statusOf({ engine, queue }: Installation, scope: string = WHOLE_SCOPE): Promise<ReviewStatus | undefined> {
  return engine.workflow
    .getHandle(reviewWorkflowId(queue, scope))
    .query<ReviewStatus>(REVIEW_STATUS_QUERY)
    .catch(() => undefined);
}

/** How a review ended, and the states of its proposals by name. Waits for the end. */
export async function endOf(
  { db }: Pick<Installation, 'db'>,
  reviewId: string,
): Promise<{ readonly end: string; readonly states: Readonly<Record<string, string>> }> {
  const find = async () => (await db.sql<{ end: string | null }[]>`SELECT end_kind AS end FROM reviews WHERE id = ${reviewId}`)[0]?.end;
  await until(async () => (await find()) != null, 'the review has ended', PATIENCE_MS);
  return { end: (await find()) ?? '', states: await statesOf({ db }, reviewId) };
}

/** States of the proposals of a review, by name. */
export async function statesOf({ db }: Pick<Installation, 'db'>, reviewId: string): Promise<Readonly<Record<string, string>>> {
  const rows = await db.sql<
    { name: string; state: string }[]
  >`SELECT name, state FROM proposals WHERE review_id = ${reviewId} ORDER BY name`;
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}
