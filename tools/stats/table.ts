/** Functions of `routing/statistics` as `npm run stats` calls them: by name, with named arguments from JSON. */

import type { z } from 'zod';

export interface StatsFunction {
  /** Computes the value. Throws when the arguments are not what the function takes. */
  call(args: unknown): unknown;
}

/** By name. */
export type StatsTable = Readonly<Record<string, StatsFunction>>;

/** A function with the shape of its arguments; unknown arguments are refused. */
export function statsFunction<Shape extends z.ZodType>(shape: Shape, compute: (args: z.output<Shape>) => unknown): StatsFunction {
  return { call: (args) => compute(shape.parse(args)) };
}
