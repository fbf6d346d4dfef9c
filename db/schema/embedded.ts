/** Routing in a program of one's own: its money, its calls, what it has learnt. Written by the functions of migration 0009. */

import { bigint, doublePrecision, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const embeddedBalances = pgTable('embedded_balances', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  system: text('system').notNull(),
  period: text('period', { enum: ['day', 'month'] }).notNull(),
  periodStart: instant('period_start').notNull(),
  periodEnd: instant('period_end').notNull(),
  spentNano: nanoUsd('spent_nano').notNull().default(0),
  reservedNano: nanoUsd('reserved_nano').notNull().default(0),
});

export const embeddedCalls = pgTable('embedded_calls', {
  id: uuid('id').primaryKey(),
  system: text('system').notNull(),
  model: text('model').notNull(),
  taskClass: text('task_class').notNull(),
  tier: text('tier').notNull(),
  state: text('state', { enum: ['held', 'settled'] }).notNull(),
  reservedNano: nanoUsd('reserved_nano').notNull(),
  balanceIds: bigint('balance_ids', { mode: 'number' }).array().notNull(),
  costNano: nanoUsd('cost_nano'),
  costBasis: text('cost_basis', { enum: ['usage', 'reported', 'reserved', 'none', 'unknown'] }),
  failureClass: text('failure_class'),
  inputTokens: bigint('input_tokens', { mode: 'number' }),
  outputTokens: bigint('output_tokens', { mode: 'number' }),
  latencyMs: integer('latency_ms'),
  score: doublePrecision('score'),
  startedAt: instant('started_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  endedAt: instant('ended_at'),
});

export const embeddedPerformance = pgTable(
  'embedded_performance',
  {
    system: text('system').notNull(),
    model: text('model').notNull(),
    taskClass: text('task_class').notNull(),
    attempts: integer('attempts').notNull().default(0),
    successes: integer('successes').notNull().default(0),
    graded: integer('graded').notNull().default(0),
    scoreSum: doublePrecision('score_sum').notNull().default(0),
    latencyCount: integer('latency_count').notNull().default(0),
    latencySumMs: doublePrecision('latency_sum_ms').notNull().default(0),
    outputCount: integer('output_count').notNull().default(0),
    outputLogRatioSum: doublePrecision('output_log_ratio_sum').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.system, table.model, table.taskClass] })],
);
