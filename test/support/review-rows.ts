/** Rows of reviews for tests of one part of them: a review, a proposal, its sample, and the past tasks it is drawn from. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';
import type { Grader } from '../../db/documents/grader';
import type { Model } from '../../routing/catalogue';
import { decide } from '../../routing/decision/decide';
import { NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import { type CascadeRoute, DEFAULT_POLICY, type Route } from '../../routing/decision/policy';
import { DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../../routing/review/settings';
import type { ProposalState } from '../../routing/review/states';
import { describePrompt } from '../../routing/task/describe-prompt';
import type { PrivacyTier, TaskFacts } from '../../routing/task/task';
import { catalogueOf } from './catalogue';

export interface ReviewRow {
  readonly scope?: string;
  readonly phase?: string;
  readonly requestedBy?: string;
  readonly settings?: ReviewSettings;
  /** Spend cap of its replays. */
  readonly capNano?: number;
}

/** A review of the last four weeks on the rules in force, in the phase `replaying`. Returns its id. */
export async function insertReview(db: Database, row: ReviewRow = {}): Promise<string> {
  const { scope = 'all', phase = 'replaying', requestedBy = 'proposer', settings = DEFAULT_REVIEW_SETTINGS, capNano = 1e12 } = row;
  const id = newId();
  await db.sql`
    INSERT INTO reviews (id, scope, phase, trigger_kind, requested_by, base_version, catalogue_version, settings, seed, window_from, window_to, replay_cap_nano)
    VALUES (${id}, ${scope}, ${phase}, 'person', ${requestedBy}, (SELECT version FROM policy_versions WHERE active),
      (SELECT version FROM catalogue_versions WHERE active), ${JSON.stringify(settings)}::text::jsonb, ${id},
      now() - interval '28 days', now(), ${capNano})`;
  return id;
}

export interface ProposalRow {
  readonly reviewId: string;
  readonly name?: string;
  readonly classes?: readonly string[];
  readonly baseline: string;
  readonly candidate: string;
  /** What the candidate is, where it is a cascade. */
  readonly cascade?: CascadeRoute | undefined;
  readonly state?: ProposalState;
  readonly pass?: 0 | 1 | 2;
}

/** A proposal to route its classes to the candidate, in REPLAYING, pass 1. Returns its id. */
export async function insertProposal(db: Database, row: ProposalRow): Promise<string> {
  const { reviewId, name = 'work', classes = [name], baseline, candidate, cascade, state = 'REPLAYING', pass = 1 } = row;
  const id = newId();
  const routes = (route: Route) => Object.fromEntries(classes.map((each) => [each, route]));
  const to = (model: string): Route => ({ kind: 'model', model, fallbacks: [] });
  const change = { name, classes, before: routes(to(baseline)), after: routes(cascade ?? to(candidate)) };
  await db.sql`
    INSERT INTO proposals (id, review_id, name, classes, state, move_key, baseline, candidate, change, finding, pass, base_version)
    VALUES (${id}, ${reviewId}, ${name}, ${classes as string[]}, ${state}, 'test', ${baseline}, ${candidate}, ${JSON.stringify(change)}::text::jsonb,
      '{}', ${pass}, (SELECT base_version FROM reviews WHERE id = ${reviewId}))`;
  return id;
}

export interface SampleRows {
  readonly proposalId: string;
  readonly pass?: 1 | 2;
  /** In the order of their positions. */
  readonly taskIds: readonly string[];
  /** Positions whose candidate's answer is known to be bad. */
  readonly sentinels?: readonly number[];
  readonly stratum?: (position: number) => string;
}

/** The sample of a pass: one stratum and eight blocks, every task a cluster of its own. */
export async function insertSample(
  db: Database,
  { proposalId, pass = 1, taskIds, sentinels = [], stratum = () => 'all' }: SampleRows,
): Promise<void> {
  const rows = taskIds.map((task_id, position) => ({
    proposal_id: proposalId,
    pass,
    position,
    task_id,
    stratum: stratum(position),
    cluster: task_id,
    block: Math.floor((8 * position) / taskIds.length),
    is_sentinel: sentinels.includes(position),
  }));
  await db.sql`INSERT INTO replay_samples SELECT * FROM jsonb_populate_recordset(NULL::replay_samples, ${JSON.stringify(rows)}::text::jsonb)`;
}

export interface PastTasks {
  readonly count: number;
  /** That each was decided for. */
  readonly model: Model;
  readonly taskClass?: string;
  readonly grader?: Grader | undefined;
  readonly privacyTier?: PrivacyTier;
  readonly residency?: string;
  /** Of the stored outcome; null: it was not graded. */
  readonly score?: number | null;
  readonly facts?: Partial<TaskFacts>;
  /** A script finds the task by it. */
  readonly externalId?: (index: number) => string;
}

/**
 * Tasks that were decided and have ended, all in two statements. Their calls are not there: what is asked of a past task is its
 * content, its class and its outcome. Returns their ids, oldest first.
 */
export async function insertPastTasks(db: Database, past: PastTasks): Promise<readonly string[]> {
  const { count, model, taskClass = 'work', grader, privacyTier = 'internal', residency, score = 1, externalId } = past;
  const prompt = { messages: [{ role: 'user' as const, content: 'Say what a signal box is.' }] };
  const facts = { priority: 50, taskClass, requires: {}, constraints: {}, scope: {}, maxOutputTokens: 100, ...past.facts };
  const task: TaskFacts = { id: 'past', privacyTier, ...(residency === undefined ? {} : { residency }), ...facts };
  const [rules] = await db.sql<[{ policyVersion: number; catalogueVersion: string }]>`
    SELECT (SELECT version FROM policy_versions WHERE active) AS "policyVersion", (SELECT version FROM catalogue_versions WHERE active) AS "catalogueVersion"`;
  const content = JSON.stringify(prompt);
  const record = decide({
    task,
    descriptor: describePrompt(prompt, task),
    promptBytes: Buffer.byteLength(content),
    messageCount: 1,
    catalogue: { ...catalogueOf([model]), version: rules.catalogueVersion },
    policy: { ...DEFAULT_POLICY, version: rules.policyVersion },
    knowledge: NO_KNOWLEDGE,
    now: Date.now(),
    seed: 'past',
  });
  const ids = Array.from({ length: count }, () => newId());
  const tasks = ids.map((id, index) => ({
    id,
    owner: 'tester',
    bodySha256: sha256Hex(canonicalJson({ prompt, facts })),
    externalId: externalId?.(index),
    facts,
    privacyTier,
    residency,
    priority: 50,
    dryRun: false,
    prompt: content,
    grader,
    promptBytes: Buffer.byteLength(content),
    promptSha256: sha256Hex(content),
  }));
  const decisions = ids.map((taskId) => ({
    taskId,
    id: newId(),
    kind: 'routed',
    taskClass,
    tier: record.tier,
    model: model.id,
    chosenBy: 'policy',
    propensity: 1,
    ...rules,
    record,
    inputs: {},
    outcome: {
      taskId,
      kind: 'completed',
      code: 'answered',
      reason: 'Answered.',
      model: model.id,
      taskClass,
      ...(score === null ? {} : { score }),
    },
  }));
  await db.sql`SELECT accept_task(task) FROM jsonb_array_elements(${JSON.stringify(tasks)}::text::jsonb) AS task`;
  await db.sql`SELECT record_decision(decision) FROM jsonb_array_elements(${JSON.stringify(decisions)}::text::jsonb) AS decision`;
  return ids;
}
