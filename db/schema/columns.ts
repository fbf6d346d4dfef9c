/** Column kinds that carry a meaning of ours. */

import { bigint, customType, timestamp } from 'drizzle-orm/pg-core';

/** Money: an integer of nano-USD. */
export const nanoUsd = (name: string) => bigint(name, { mode: 'number' });

/** An instant in UTC. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
