/** Who changed what, in a chain of hashes. Written by `append_audit` alone. */

import { bigint, customType, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

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
