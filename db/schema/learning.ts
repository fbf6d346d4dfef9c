/** What outcomes and ratings have taught, and how the providers are doing. */

import { bigint, boolean, doublePrecision, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const ratings = pgTable('ratings', {
  id: uuid('id').primaryKey(),
  taskId: uuid('task_id'),
  provider: text('provider').notNull(),
  model: text('model'),
  score: doublePrecision('score').notNull(),
  tier: text('tier').notNull(),
  taskClass: text('task_class'),
  taskHash: text('task_hash'),
  source: text('source', { enum: ['person', 'grader', 'import'] }).notNull(),
  ratedBy: text('rated_by').notNull(),
  ratedAt: instant('rated_at').notNull().defaultNow(),
});

export const modelPerformance = pgTable(
  'model_performance',
  {
    model: text('model').notNull(),
    grain: text('grain', { enum: ['all', 'tier', 'class'] }).notNull(),
    cell: text('cell').notNull(),
    ratings: integer('ratings').notNull().default(0),
    ewma: doublePrecision('ewma'),
    attempts: integer('attempts').notNull().default(0),
    successes: integer('successes').notNull().default(0),
    graded: integer('graded').notNull().default(0),
    scoreSum: doublePrecision('score_sum').notNull().default(0),
    latencyCount: integer('latency_count').notNull().default(0),
    latencySumMs: doublePrecision('latency_sum_ms').notNull().default(0),
    outputCount: integer('output_count').notNull().default(0),
    outputLogRatioSum: doublePrecision('output_log_ratio_sum').notNull().default(0),
    costSumNano: nanoUsd('cost_sum_nano').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.model, table.grain, table.cell] })],
);

export const modelHealth = pgTable('model_health', {
  model: text('model').primaryKey(),
  health: jsonb('health').notNull(),
  changedAt: instant('changed_at').notNull().defaultNow(),
});

export const cacheEpoch = pgTable('cache_epoch', {
  one: boolean('one').primaryKey().default(true),
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
});

export const fallbackEvents = pgTable('fallback_events', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  taskId: uuid('task_id').notNull(),
  fromModel: text('from_model').notNull(),
  toModel: text('to_model').notNull(),
  failureClass: text('failure_class').notNull(),
  at: instant('at').notNull().defaultNow(),
});

export const rateLimitEvents = pgTable('rate_limit_events', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  taskId: uuid('task_id').notNull(),
  model: text('model').notNull(),
  provider: text('provider').notNull(),
  kind: text('kind', { enum: ['rate-limited', 'quota-exhausted'] }).notNull(),
  retryAfterMs: integer('retry_after_ms'),
  at: instant('at').notNull().defaultNow(),
});
