/** Money: limits, balances, reservations, and one cost row for every call that reached a provider. */

import { bigint, boolean, doublePrecision, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const budgets = pgTable('budgets', {
  id: text('id').primaryKey(),
  scopeKind: text('scope_kind', { enum: ['global', 'team', 'project', 'tag', 'key'] }).notNull(),
  scopeId: text('scope_id').notNull(),
  period: text('period', { enum: ['day', 'month', 'request'] }).notNull(),
  limitNano: nanoUsd('limit_nano').notNull(),
  hard: boolean('hard').notNull().default(true),
  timeZone: text('time_zone').notNull().default('UTC'),
  warnAt: doublePrecision('warn_at').notNull().default(0.8),
});

export const budgetTracking = pgTable('budget_tracking', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  budgetId: text('budget_id').notNull(),
  periodStart: instant('period_start').notNull(),
  periodEnd: instant('period_end').notNull(),
  spentNano: nanoUsd('spent_nano').notNull().default(0),
  reservedNano: nanoUsd('reserved_nano').notNull().default(0),
  overrunNano: nanoUsd('overrun_nano').notNull().default(0),
  allowedNano: nanoUsd('allowed_nano').default(0),
});

export const reservations = pgTable('reservations', {
  attemptId: uuid('attempt_id').primaryKey(),
  taskId: uuid('task_id').notNull(),
  amountNano: nanoUsd('amount_nano').notNull(),
  balanceIds: bigint('balance_ids', { mode: 'number' }).array().notNull(),
  state: text('state', { enum: ['held', 'settled'] }).notNull(),
  settledNano: nanoUsd('settled_nano'),
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at').notNull(),
  settledAt: instant('settled_at'),
});

export const costTracking = pgTable(
  'cost_tracking',
  {
    taskId: uuid('task_id').notNull(),
    attemptId: uuid('attempt_id').notNull(),
    decisionId: uuid('decision_id').notNull(),
    model: text('model').notNull(),
    provider: text('provider').notNull(),
    taskClass: text('task_class').notNull(),
    team: text('team'),
    project: text('project'),
    tag: text('tag'),
    key: text('key'),
    inputTokens: integer('input_tokens').notNull().default(0),
    cacheReadTokens: integer('cache_read_tokens').notNull().default(0),
    cacheWriteTokens: integer('cache_write_tokens').notNull().default(0),
    outputTokens: integer('output_tokens').notNull().default(0),
    reasoningTokens: integer('reasoning_tokens').notNull().default(0),
    costNano: nanoUsd('cost_nano').notNull(),
    costBasis: text('cost_basis').notNull(),
    at: instant('at').notNull().defaultNow(),
    taskType: text('task_type'),
    purpose: text('purpose').notNull().default('work'),
    estimatedNano: nanoUsd('estimated_nano'),
    cacheSavedNano: nanoUsd('cache_saved_nano').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.attemptId] })],
);
