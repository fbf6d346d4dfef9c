/** A task and everything that happens to it. Content lives in `task_payloads` and `answers` alone. */

import { boolean, doublePrecision, integer, json, jsonb, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const TASK_STATUSES = ['accepted', 'running', 'await_slot', 'completed', 'failed', 'refused', 'cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Statuses of a task that has no outcome yet. */
export type OpenTaskStatus = 'accepted' | 'running' | 'await_slot';

export function isOpenStatus(status: TaskStatus): status is OpenTaskStatus {
  return status === 'accepted' || status === 'running' || status === 'await_slot';
}

export const tasks = pgTable('tasks', {
  id: uuid('id').primaryKey(),
  owner: text('owner').notNull(),
  externalId: text('external_id'),
  facts: jsonb('facts').notNull(),
  privacyTier: text('privacy_tier').notNull(),
  residency: text('residency'),
  priority: smallint('priority').notNull(),
  taskClass: text('task_class'),
  status: text('status', { enum: TASK_STATUSES }).notNull().default('accepted'),
  dryRun: boolean('dry_run').notNull().default(false),
  acceptedAt: instant('accepted_at').notNull().defaultNow(),
  startedAt: instant('started_at'),
  endedAt: instant('ended_at'),
  cancelRequestedAt: instant('cancel_requested_at'),
  sweptAt: instant('swept_at'),
  purpose: text('purpose', { enum: ['work', 'replay', 'golden', 'judge', 'imported'] })
    .notNull()
    .default('work'),
  replayOf: uuid('replay_of'),
  contentErasedAt: instant('content_erased_at'),
});

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    owner: text('owner').notNull(),
    key: text('key').notNull(),
    taskId: uuid('task_id').notNull(),
    bodySha256: text('body_sha256').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.key] })],
);

export const taskPayloads = pgTable('task_payloads', {
  taskId: uuid('task_id').primaryKey(),
  prompt: json('prompt').notNull(),
  grader: jsonb('grader'),
  promptBytes: integer('prompt_bytes').notNull(),
  promptSha256: text('prompt_sha256').notNull(),
});

export const routingDecisions = pgTable('routing_decisions', {
  taskId: uuid('task_id').primaryKey(),
  id: uuid('id').notNull(),
  kind: text('kind', { enum: ['routed', 'refused'] }).notNull(),
  taskClass: text('task_class').notNull(),
  tier: text('tier').notNull(),
  model: text('model'),
  chosenBy: text('chosen_by'),
  confidence: smallint('confidence'),
  estimatedCostNano: nanoUsd('estimated_cost_nano'),
  estimatedLatencyMs: integer('estimated_latency_ms'),
  propensity: doublePrecision('propensity'),
  policyVersion: integer('policy_version').notNull(),
  catalogueVersion: text('catalogue_version').notNull(),
  record: jsonb('record').notNull(),
  inputs: jsonb('inputs').notNull(),
  decidedAt: instant('decided_at').notNull().defaultNow(),
  rolloutId: uuid('rollout_id'),
  arm: text('arm', { enum: ['canary', 'control'] }),
});

export const attempts = pgTable(
  'attempts',
  {
    taskId: uuid('task_id').notNull(),
    decisionId: uuid('decision_id').notNull(),
    number: smallint('number').notNull(),
    id: uuid('id').notNull(),
    model: text('model').notNull(),
    catalogueVersion: text('catalogue_version').notNull(),
    state: text('state', { enum: ['running', 'answered', 'failed', 'in_doubt'] }).notNull(),
    failureClass: text('failure_class'),
    failureMessage: text('failure_message'),
    httpStatus: smallint('http_status'),
    retryAfterMs: integer('retry_after_ms'),
    usage: jsonb('usage'),
    costNano: nanoUsd('cost_nano'),
    costBasis: text('cost_basis', { enum: ['usage', 'reported', 'reserved', 'none', 'unknown'] }),
    latencyMs: integer('latency_ms'),
    firstTokenMs: integer('first_token_ms'),
    providerRequestId: text('provider_request_id'),
    servedModel: text('served_model'),
    worker: text('worker').notNull(),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
    slot: text('slot'),
    step: smallint('step'),
    part: text('part', { enum: ['answer', 'check'] }),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.decisionId, table.number] })],
);

export const answers = pgTable(
  'answers',
  {
    taskId: uuid('task_id').notNull(),
    attemptId: uuid('attempt_id').notNull(),
    body: json('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.attemptId] })],
);

export const routingOutcomes = pgTable('routing_outcomes', {
  taskId: uuid('task_id').primaryKey(),
  decisionId: uuid('decision_id'),
  kind: text('kind', { enum: ['completed', 'failed', 'refused', 'cancelled'] }).notNull(),
  reason: text('reason').notNull(),
  code: text('code').notNull(),
  model: text('model'),
  attemptId: uuid('attempt_id'),
  attempts: smallint('attempts').notNull(),
  costNano: nanoUsd('cost_nano').notNull(),
  score: doublePrecision('score'),
  scoreDetail: text('score_detail'),
  endedAt: instant('ended_at').notNull().defaultNow(),
});
