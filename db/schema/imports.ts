/** What other systems have served, from their logs. */

import { bigint, doublePrecision, integer, jsonb, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

export const importedTasks = pgTable(
  'imported_tasks',
  {
    origin: text('origin').notNull(),
    sourceId: text('source_id').notNull(),
    endedAt: instant('ended_at').notNull(),
    foreignModel: text('foreign_model').notNull(),
    taskClass: text('task_class').notNull(),
    outcome: text('outcome', { enum: ['completed', 'failed', 'refused', 'cancelled'] }).notNull(),
    score: doublePrecision('score'),
    grader: text('grader'),
    rating: doublePrecision('rating'),
    costNano: nanoUsd('cost_nano'),
    latencyMs: integer('latency_ms'),
    inputTokens: integer('input_tokens'),
    cachedInputTokens: integer('cached_input_tokens'),
    outputTokens: integer('output_tokens'),
    calls: smallint('calls').notNull(),
    privacyTier: text('privacy_tier').notNull(),
    residency: text('residency'),
    capabilities: text('capabilities').array().notNull(),
    tenant: text('tenant'),
    conversation: text('conversation'),
    inputHash: text('input_hash'),
    propensity: doublePrecision('propensity'),
    fingerprint: text('fingerprint'),
    taskId: uuid('task_id'),
    importedAt: instant('imported_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.origin, table.sourceId] })],
);

export const modelMappings = pgTable('model_mappings', {
  foreignModel: text('foreign_model').primaryKey(),
  model: text('model').notNull(),
  mappedBy: text('mapped_by').notNull(),
  mappedAt: instant('mapped_at').notNull().defaultNow(),
});

export const telemetryImports = pgTable('telemetry_imports', {
  key: text('key').primaryKey(),
  origin: text('origin').notNull(),
  format: text('format').notNull(),
  fileName: text('file_name').notNull(),
  rowsDone: bigint('rows_done', { mode: 'number' }).notNull().default(0),
  counts: jsonb('counts').notNull(),
  importedBy: text('imported_by').notNull(),
  startedAt: instant('started_at').notNull().defaultNow(),
  finishedAt: instant('finished_at'),
});

export const importedEvaluations = pgTable(
  'imported_evaluations',
  {
    origin: text('origin').notNull(),
    run: text('run').notNull(),
    item: text('item').notNull(),
    foreignModel: text('foreign_model').notNull(),
    grader: text('grader').notNull(),
    score: doublePrecision('score').notNull(),
    taskClass: text('task_class'),
    inputHash: text('input_hash'),
    fingerprint: text('fingerprint'),
    evaluatedAt: instant('evaluated_at').notNull(),
    costNano: nanoUsd('cost_nano'),
    latencyMs: integer('latency_ms'),
    importedBy: text('imported_by').notNull(),
    importedAt: instant('imported_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.origin, table.run, table.item, table.grader, table.foreignModel] })],
);
