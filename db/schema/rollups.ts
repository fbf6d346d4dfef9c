/** Figures by the hour and the day, made from tasks that have ended; see activities/review/roll-up.ts. */

import { boolean, doublePrecision, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea, instant, nanoUsd } from './columns';

export const classRollups = pgTable(
  'class_rollups',
  {
    grain: text('grain', { enum: ['hour', 'day'] }).notNull(),
    periodStart: instant('period_start').notNull(),
    taskClass: text('task_class').notNull(),
    model: text('model').notNull(),
    tasks: integer('tasks').notNull(),
    completed: integer('completed').notNull(),
    failed: integer('failed').notNull(),
    refused: integer('refused').notNull(),
    cancelled: integer('cancelled').notNull(),
    retried: integer('retried').notNull(),
    graded: integer('graded').notNull(),
    good: integer('good').notNull(),
    fractional: integer('fractional').notNull(),
    scoreSum: doublePrecision('score_sum').notNull(),
    scoreSquareSum: doublePrecision('score_square_sum').notNull(),
    costSumNano: nanoUsd('cost_sum_nano').notNull(),
    costSquareSum: doublePrecision('cost_square_sum').notNull(),
    latencyCount: integer('latency_count').notNull(),
    latencySumMs: doublePrecision('latency_sum_ms').notNull(),
    latencySquareSum: doublePrecision('latency_square_sum').notNull(),
    costSketch: bytea('cost_sketch').notNull(),
    latencySketch: bytea('latency_sketch').notNull(),
    demands: jsonb('demands').notNull(),
    imported: integer('imported').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.grain, table.periodStart, table.taskClass, table.model] })],
);

export const rollupProgress = pgTable('rollup_progress', {
  one: boolean('one').primaryKey().default(true),
  rolledUntil: instant('rolled_until').notNull(),
});
