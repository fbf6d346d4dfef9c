/** Calls and tasks that have ended, by the hour and the day; made by `roll_up_calls` in db/migrations/0010_embedded_costs_and_retention.sql. */

import { bigint, boolean, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

const count = (name: string) => bigint(name, { mode: 'number' });

export const callRollups = pgTable(
  'call_rollups',
  {
    grain: text('grain', { enum: ['hour', 'day'] }).notNull(),
    periodStart: instant('period_start').notNull(),
    model: text('model').notNull(),
    purpose: text('purpose', { enum: ['work', 'replay', 'golden', 'embedded'] }).notNull(),
    calls: count('calls').notNull(),
    answered: count('answered').notNull(),
    failed: count('failed').notNull(),
    inDoubt: count('in_doubt').notNull(),
    costNano: nanoUsd('cost_nano').notNull(),
    latencyMinMs: integer('latency_min_ms'),
    latencyMaxMs: integer('latency_max_ms'),
    latencyBins: integer('latency_bins').array().notNull(),
    latencyCounts: bigint('latency_counts', { mode: 'number' }).array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.grain, table.periodStart, table.model, table.purpose] })],
);

export const outcomeRollups = pgTable(
  'outcome_rollups',
  {
    grain: text('grain', { enum: ['hour', 'day'] }).notNull(),
    periodStart: instant('period_start').notNull(),
    kind: text('kind').notNull(),
    purpose: text('purpose', { enum: ['work', 'replay', 'golden'] }).notNull(),
    tasks: count('tasks').notNull(),
  },
  (table) => [primaryKey({ columns: [table.grain, table.periodStart, table.kind, table.purpose] })],
);

export const callRollupProgress = pgTable('call_rollup_progress', {
  one: boolean('one').primaryKey().default(true),
  rolledUntil: instant('rolled_until').notNull(),
});
