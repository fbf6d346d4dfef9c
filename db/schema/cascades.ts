/** What became of the answers of a cascade's steps. Content stands in `answers` alone. */

import { doublePrecision, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const cascadeSteps = pgTable(
  'cascade_steps',
  {
    taskId: uuid('task_id').notNull(),
    step: smallint('step').notNull(),
    decisionId: uuid('decision_id').notNull(),
    attemptId: uuid('attempt_id').notNull(),
    taskClass: text('task_class').notNull(),
    model: text('model').notNull(),
    checkKind: text('check_kind'),
    result: text('result', { enum: ['passed', 'failed', 'crashed', 'unchecked'] }).notNull(),
    why: text('why').notNull(),
    checkAttemptId: uuid('check_attempt_id'),
    checkCostNano: nanoUsd('check_cost_nano').notNull(),
    checkMs: integer('check_ms').notNull(),
    stated: doublePrecision('stated'),
    calibrated: doublePrecision('calibrated'),
    score: doublePrecision('score'),
    purpose: text('purpose', { enum: ['work', 'replay', 'golden'] }).notNull(),
    recordedAt: instant('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.step] })],
);
