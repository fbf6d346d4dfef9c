/** What routing goes by: the catalogue and the policy, each version kept for ever. */

import { boolean, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns';

export const catalogueVersions = pgTable('catalogue_versions', {
  version: text('version').primaryKey(),
  body: jsonb('body').notNull(),
  active: boolean('active').notNull(),
  appliedAt: instant('applied_at').notNull().defaultNow(),
  appliedBy: text('applied_by').notNull(),
});

export const catalogueModels = pgTable(
  'catalogue_models',
  {
    catalogueVersion: text('catalogue_version').notNull(),
    model: text('model').notNull(),
    provider: text('provider').notNull(),
    status: text('status').notNull(),
    privacyTiers: text('privacy_tiers').array().notNull(),
    regions: text('regions').array().notNull(),
    prices: jsonb('prices'),
  },
  (table) => [primaryKey({ columns: [table.catalogueVersion, table.model] })],
);

export const policyVersions = pgTable('policy_versions', {
  version: integer('version').primaryKey(),
  baseVersion: integer('base_version'),
  body: jsonb('body').notNull(),
  sha256: text('sha256').notNull(),
  active: boolean('active').notNull(),
  appliedAt: instant('applied_at').notNull().defaultNow(),
  appliedBy: text('applied_by').notNull(),
  supersededAt: instant('superseded_at'),
  reason: text('reason', { enum: ['applied', 'promotion', 'rollback'] })
    .notNull()
    .default('applied'),
  rolloutId: uuid('rollout_id'),
});
