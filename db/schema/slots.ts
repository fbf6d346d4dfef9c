/** Slots: accounts and their quotas, who waits, who has which, which one each task got, and what submitters said tasks are worth. */

import { bigint, date, doublePrecision, integer, jsonb, numeric, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { VALUE_SOURCES } from '../../routing/slots/expected-value';
import { QUOTA_PERIODS } from '../../routing/slots/settings';
import { instant, nanoUsd } from './columns';

const count = (name: string) => bigint(name, { mode: 'number' });

export const slots = pgTable('slots', {
  account: text('account').primaryKey(),
  position: integer('position').notNull(),
  models: text('models').array().notNull(),
  concurrency: integer('concurrency').notNull(),
  timeZone: text('time_zone').notNull(),
});

export const slotWindows = pgTable(
  'slot_windows',
  {
    account: text('account').notNull(),
    per: text('per', { enum: QUOTA_PERIODS }).notNull(),
    requestLimit: count('request_limit'),
    tokenLimit: count('token_limit'),
    spendLimitNano: nanoUsd('spend_limit_nano'),
    safetyRate: doublePrecision('safety_rate').notNull(),
    endsAt: instant('ends_at').notNull().default(new Date(Number.NEGATIVE_INFINITY)),
    requests: count('requests').notNull().default(0),
    tokens: count('tokens').notNull().default(0),
    spentNano: nanoUsd('spent_nano').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.account, table.per] })],
);

export const slotReports = pgTable('slot_reports', {
  id: count('id').primaryKey().generatedAlwaysAsIdentity(),
  account: text('account').notNull(),
  per: text('per').notNull(),
  usedRate: doublePrecision('used_rate').notNull(),
  source: text('source', { enum: ['person', 'headers'] }).notNull(),
  reportedBy: text('reported_by').notNull(),
  requests: count('requests').notNull(),
  tokens: count('tokens').notNull(),
  spentNano: nanoUsd('spent_nano').notNull(),
  reportedAt: instant('reported_at').notNull().defaultNow(),
  validUntil: instant('valid_until').notNull(),
});

export const slotQueue = pgTable('slot_queue', {
  taskId: uuid('task_id').primaryKey(),
  decisionId: uuid('decision_id').notNull(),
  models: text('models').array().notNull(),
  lacks: jsonb('lacks').notNull(),
  expectedValue: doublePrecision('expected_value').notNull(),
  priority: smallint('priority').notNull(),
  groupName: text('group_name'),
  groupPriority: doublePrecision('group_priority'),
  place: doublePrecision('place').notNull(),
  since: instant('since').notNull(),
});

export const slotLeases = pgTable(
  'slot_leases',
  {
    account: text('account').notNull(),
    number: integer('number').notNull(),
    taskId: uuid('task_id').notNull(),
    model: text('model').notNull(),
    attemptId: uuid('attempt_id'),
    grantedAt: instant('granted_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.account, table.number] })],
);

export const slotAssignments = pgTable('slot_assignments', {
  taskId: uuid('task_id').primaryKey(),
  decisionId: uuid('decision_id').notNull(),
  mode: text('mode', { enum: ['act', 'observe'] }).notNull(),
  expectedValue: doublePrecision('expected_value').notNull(),
  valueSource: text('value_source', { enum: VALUE_SOURCES }).notNull(),
  valueRemark: text('value_remark'),
  percentiles: jsonb('percentiles'),
  account: text('account'),
  model: text('model'),
  reason: text('reason').notNull(),
  alternatives: jsonb('alternatives').notNull().default([]),
  since: instant('since').notNull().defaultNow(),
  assignedAt: instant('assigned_at'),
  grants: integer('grants').notNull().default(0),
  valueBasis: jsonb('value_basis'),
});

export const statedValues = pgTable(
  'stated_values',
  {
    day: date('day').notNull(),
    cell: uuid('cell').notNull(),
    part: smallint('part').notNull(),
    taskClass: text('task_class').notNull(),
    layer: text('layer'),
    team: text('team'),
    key: text('key'),
    tasks: count('tasks').notNull(),
    total: numeric('total').notNull(),
    squares: numeric('squares').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.cell, table.part] })],
);
