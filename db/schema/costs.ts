/** Roll-ups of costs, by the day of UTC and by the hour; see `roll_up_costs`. */

import { bigint, boolean, pgTable, text } from 'drizzle-orm/pg-core';
import { instant, nanoUsd } from './columns';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull();

const sums = {
  model: text('model').notNull(),
  provider: text('provider').notNull(),
  taskType: text('task_type'),
  taskClass: text('task_class').notNull(),
  purpose: text('purpose').notNull(),
  team: text('team'),
  project: text('project'),
  tag: text('tag'),
  key: text('key'),
  calls: count('calls'),
  unpricedCalls: count('unpriced_calls'),
  inputTokens: count('input_tokens'),
  cacheReadTokens: count('cache_read_tokens'),
  cacheWriteTokens: count('cache_write_tokens'),
  outputTokens: count('output_tokens'),
  reasoningTokens: count('reasoning_tokens'),
  costNano: nanoUsd('cost_nano').notNull(),
  inDoubtNano: nanoUsd('in_doubt_nano').notNull(),
  cacheSavedNano: nanoUsd('cache_saved_nano').notNull(),
  comparedCalls: count('compared_calls'),
  estimatedNano: nanoUsd('estimated_nano').notNull(),
  comparedNano: nanoUsd('compared_nano').notNull(),
  system: text('system'),
};

export const costDays = pgTable('cost_days', { day: instant('day').notNull(), ...sums });

/** Of the hours of the day that is not over. */
export const costLatest = pgTable('cost_latest', { hour: instant('hour').notNull(), ...sums });

export const costHours = pgTable('cost_hours', {
  hour: instant('hour').notNull(),
  team: text('team'),
  project: text('project'),
  tag: text('tag'),
  key: text('key'),
  costNano: nanoUsd('cost_nano').notNull(),
});

export const costRollupProgress = pgTable('cost_rollup_progress', {
  one: boolean('one').primaryKey().default(true),
  rolledUntil: instant('rolled_until').notNull(),
  hoursUntil: instant('hours_until'),
});
