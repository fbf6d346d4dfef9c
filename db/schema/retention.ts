/** How long things are kept, and which months were archived; written by the functions of db/migrations/0008_upkeep.sql. */

import { boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns';

export const retention = pgTable('retention', {
  one: boolean('one').primaryKey().default(true),
  tasksMonths: integer('tasks_months'),
  contentDays: integer('content_days'),
  embeddedDays: integer('embedded_days'),
  dueAt: instant('due_at').notNull().defaultNow(),
  archiveDueAt: instant('archive_due_at').notNull().defaultNow(),
  erasedTasks: integer('erased_tasks').notNull().default(0),
});

export const archivedMonths = pgTable('archived_months', {
  month: text('month').primaryKey(),
  firstId: uuid('first_id').notNull(),
  beyondId: uuid('beyond_id').notNull(),
  archivedAt: instant('archived_at').notNull().defaultNow(),
});
