/** All tables as drizzle sees them. The migrations define them; test/db/schema.test.ts holds the two together. */

export * from './audit';
export * from './budgets';
export * from './learning';
export * from './reviews';
export * from './rollups';
export * from './rules';
export * from './tasks';
