/** All tables as drizzle sees them. The migrations define them; test/db/schema.test.ts holds the two together. */

export * from './audit';
export * from './budgets';
export * from './call-rollups';
export * from './cascades';
export * from './costs';
export * from './embedded';
export * from './imports';
export * from './learning';
export * from './retention';
export * from './reviews';
export * from './rollups';
export * from './rules';
export * from './slots';
export * from './tasks';
export * from './warnings';
