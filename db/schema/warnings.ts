/** Warnings of budgets, and whom they are told. */

import { boolean, doublePrecision, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const budgetWarnings = pgTable('budget_warnings', {
  id: uuid('id').primaryKey().defaultRandom(),
  budgetId: text('budget_id').notNull(),
  periodStart: instant('period_start').notNull(),
  periodEnd: instant('period_end').notNull(),
  limitNano: nanoUsd('limit_nano').notNull(),
  warnAt: doublePrecision('warn_at').notNull(),
  spentNano: nanoUsd('spent_nano').notNull(),
  at: instant('at').notNull().defaultNow(),
});

export const webhooks = pgTable('webhooks', {
  url: text('url').primaryKey(),
  secretEnv: text('secret_env').notNull(),
  allowPrivateNetwork: boolean('allow_private_network').notNull(),
});

export const webhookDeliveries = pgTable('webhook_deliveries', {
  id: uuid('id').primaryKey().defaultRandom(),
  url: text('url').notNull(),
  warningId: uuid('warning_id').notNull(),
  state: text('state', { enum: ['waiting', 'delivered', 'given-up'] })
    .notNull()
    .default('waiting'),
  tries: smallint('tries').notNull().default(0),
  nextAt: instant('next_at').notNull().defaultNow(),
  lastProblem: text('last_problem'),
  deliveredAt: instant('delivered_at'),
});
