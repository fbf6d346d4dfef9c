/**
 * Reads a JSON column that this program wrote. It can still be wrong: another version of the program wrote it, or a hand.
 */

import type { z } from 'zod';
import { RoutingError } from '../../routing/errors';

/** @throws {RoutingError} `bad_config` naming the places that are wrong, never their values */
export function readStored<T>(schema: z.ZodType<T>, json: unknown, name: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 5).map((issue) => issue.path.join('.') || 'the whole');
  throw new RoutingError(
    'bad_config',
    `The stored ${name} cannot be read (${places.join(', ')}). Another version of this program may have written it; apply the file again.`,
    { cause: result.error },
  );
}
