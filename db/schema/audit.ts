/** Who changed what, in a chain of hashes. Written by `append_audit` alone. */

import { bigint, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, instant } from './columns';

export const auditLog = pgTable('audit_log', {
  seq: bigint('seq', { mode: 'number' }).primaryKey(),
  at: instant('at').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  details: jsonb('details').notNull(),
  previous: bytea('previous').notNull(),
  hash: bytea('hash').notNull(),
});
