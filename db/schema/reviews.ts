/** A review's own records, what people said of its proposals, and the rollouts that follow. States are those of routing/review/states.ts. */

import { boolean, date, doublePrecision, integer, jsonb, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const reviews = pgTable('reviews', {
  id: uuid('id').primaryKey(),
  scope: text('scope').notNull(),
  phase: text('phase', { enum: ['analysing', 'proposing', 'replaying', 'reporting', 'awaiting-verdict', 'ended'] })
    .notNull()
    .default('analysing'),
  triggerKind: text('trigger_kind', {
    enum: ['schedule', 'model-shipped', 'price-change', 'threshold', 'deprecation', 'person'],
  }).notNull(),
  triggerDetail: text('trigger_detail').notNull().default(''),
  requestedBy: text('requested_by').notNull(),
  baseVersion: integer('base_version').notNull(),
  catalogueVersion: text('catalogue_version').notNull(),
  settings: jsonb('settings').notNull(),
  seed: text('seed').notNull(),
  windowFrom: instant('window_from').notNull(),
  windowTo: instant('window_to').notNull(),
  analysis: jsonb('analysis'),
  findings: jsonb('findings'),
  report: jsonb('report'),
  replayCapNano: nanoUsd('replay_cap_nano').notNull(),
  replayReservedNano: nanoUsd('replay_reserved_nano').notNull().default(0),
  replaySpentNano: nanoUsd('replay_spent_nano').notNull().default(0),
  startedAt: instant('started_at').notNull().defaultNow(),
  reportedAt: instant('reported_at'),
  expiresAt: instant('expires_at'),
  endedAt: instant('ended_at'),
  endKind: text('end_kind', { enum: ['no-change', 'held', 'needs-owner', 'decided', 'expired', 'void', 'cancelled', 'failed'] }),
  endReason: text('end_reason'),
});

export const reviewTriggers = pgTable('review_triggers', {
  id: uuid('id').primaryKey(),
  scope: text('scope').notNull(),
  kind: text('kind').notNull(),
  detail: text('detail').notNull().default(''),
  requestedBy: text('requested_by').notNull(),
  at: instant('at').notNull().defaultNow(),
  reviewId: uuid('review_id'),
  isJoined: boolean('is_joined'),
});

export const proposals = pgTable('proposals', {
  id: uuid('id').primaryKey(),
  reviewId: uuid('review_id').notNull(),
  name: text('name').notNull(),
  classes: text('classes').array().notNull(),
  state: text('state', {
    enum: [
      'DETECTED',
      'SCREENED',
      'SAMPLED',
      'REPLAYING',
      'DECIDED',
      'HELD',
      'AWAITING_APPROVAL',
      'APPROVED',
      'REJECTED',
      'EXPIRED',
      'ABORTED',
    ],
  }).notNull(),
  moveKey: text('move_key').notNull(),
  baseline: text('baseline'),
  candidate: text('candidate'),
  change: jsonb('change'),
  finding: jsonb('finding').notNull(),
  pass: smallint('pass').notNull().default(0),
  samples: jsonb('samples').notNull().default([]),
  comparisons: jsonb('comparisons').notNull().default([]),
  verdict: text('verdict', { enum: ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID'] }),
  heldBy: text('held_by'),
  heldDetail: text('held_detail'),
  escalation: text('escalation'),
  rolloutPlan: jsonb('rollout_plan'),
  evidenceSha256: text('evidence_sha256'),
  baseVersion: integer('base_version').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  movedAt: instant('moved_at').notNull().defaultNow(),
});

export const replaySamples = pgTable(
  'replay_samples',
  {
    proposalId: uuid('proposal_id').notNull(),
    pass: smallint('pass').notNull(),
    position: integer('position').notNull(),
    taskId: uuid('task_id').notNull(),
    stratum: text('stratum').notNull(),
    cluster: text('cluster').notNull(),
    block: smallint('block').notNull(),
    isSentinel: boolean('is_sentinel').notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.proposalId, table.pass, table.position] })],
);

export const replayResults = pgTable(
  'replay_results',
  {
    proposalId: uuid('proposal_id').notNull(),
    taskId: uuid('task_id').notNull(),
    role: text('role', { enum: ['baseline', 'candidate', 'judge-baseline-first', 'judge-candidate-first'] }).notNull(),
    model: text('model').notNull(),
    reviewId: uuid('review_id').notNull(),
    pass: smallint('pass').notNull(),
    replayTaskId: uuid('replay_task_id').notNull(),
    state: text('state', { enum: ['open', 'done'] }).notNull(),
    reservedNano: nanoUsd('reserved_nano').notNull(),
    outcome: text('outcome', { enum: ['scored', 'failed', 'excluded'] }),
    score: doublePrecision('score'),
    why: text('why'),
    costNano: nanoUsd('cost_nano'),
    latencyMs: integer('latency_ms'),
    openedAt: instant('opened_at').notNull().defaultNow(),
    doneAt: instant('done_at'),
    rubric: text('rubric'),
    servedModel: text('served_model'),
  },
  (table) => [primaryKey({ columns: [table.proposalId, table.taskId, table.role, table.model] })],
);

export const judgeLabels = pgTable(
  'judge_labels',
  {
    proposalId: uuid('proposal_id').notNull(),
    taskId: uuid('task_id').notNull(),
    person: text('person').notNull(),
    verdict: text('verdict', { enum: ['baseline', 'candidate', 'tie'] }).notNull(),
    origin: text('origin', { enum: ['terminal', 'import'] }).notNull(),
    labelledAt: instant('labelled_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.proposalId, table.taskId, table.person] })],
);

export const approvals = pgTable('approvals', {
  id: uuid('id').primaryKey(),
  proposalId: uuid('proposal_id').notNull(),
  reviewId: uuid('review_id').notNull(),
  verdict: text('verdict', { enum: ['approve', 'reject'] }).notNull(),
  actor: text('actor').notNull(),
  note: text('note').notNull().default(''),
  evidenceSha256: text('evidence_sha256').notNull(),
  baseVersion: integer('base_version').notNull(),
  givenAt: instant('given_at').notNull().defaultNow(),
  state: text('state', { enum: ['given', 'counted', 'refused', 'overruled'] })
    .notNull()
    .default('given'),
  refusal: text('refusal'),
  countedAt: instant('counted_at'),
  expiresAt: instant('expires_at'),
});

export const rollouts = pgTable('rollouts', {
  id: uuid('id').primaryKey(),
  proposalId: uuid('proposal_id').notNull(),
  reviewId: uuid('review_id').notNull(),
  name: text('name').notNull(),
  classes: text('classes').array().notNull(),
  state: text('state', {
    enum: [
      'APPROVED',
      'CANARY',
      'PAUSED',
      'HOLD',
      'SOAKING',
      'PROMOTED',
      'WATCHED',
      'ROLLING_BACK',
      'ROLLED_BACK',
      'COOLDOWN',
      'IDLE',
      'ABORTED',
    ],
  }).notNull(),
  moveKey: text('move_key').notNull(),
  reason: text('reason').notNull().default(''),
  pauseReason: text('pause_reason', {
    enum: ['InconclusiveAnalysis', 'SampleRatio', 'NoData', 'AnalysisError', 'ProviderOutage', 'Operator'],
  }),
  resumeTo: text('resume_to', { enum: ['CANARY', 'SOAKING'] }),
  step: smallint('step').notNull().default(0),
  weight: doublePrecision('weight').notNull().default(0),
  control: doublePrecision('control').notNull().default(0),
  salt: text('salt').notNull(),
  change: jsonb('change').notNull(),
  plan: jsonb('plan').notNull(),
  evidenceSha256: text('evidence_sha256').notNull(),
  baseVersion: integer('base_version').notNull(),
  promotedVersion: integer('promoted_version'),
  monitors: jsonb('monitors'),
  watch: jsonb('watch'),
  failedLooks: smallint('failed_looks').notNull().default(0),
  leaseUntil: instant('lease_until'),
  startedAt: instant('started_at').notNull().defaultNow(),
  stepAt: instant('step_at').notNull().defaultNow(),
  movedAt: instant('moved_at').notNull().defaultNow(),
  cooldownUntil: instant('cooldown_until'),
});

export const rolloutClasses = pgTable('rollout_classes', {
  taskClass: text('task_class').primaryKey(),
  rolloutId: uuid('rollout_id').notNull(),
});

export const goldenRuns = pgTable(
  'golden_runs',
  {
    rolloutId: uuid('rollout_id').notNull(),
    night: date('night').notNull(),
    taskId: uuid('task_id').notNull(),
    goldenTaskId: uuid('golden_task_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.rolloutId, table.night, table.taskId] })],
);
