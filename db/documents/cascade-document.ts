/** A cascade as a JSON column holds it. */

import { z } from 'zod';
import type { Check } from '../../routing/cascade/check';
import type { CascadeRoute } from '../../routing/decision/policy';

const fraction = z.number().min(0).max(1);

export const checkDocument = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grader'), minScore: fraction }),
  z.strictObject({ kind: z.literal('json-schema'), schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]) }),
  z.strictObject({ kind: z.literal('regex'), pattern: z.string(), ignoreCase: z.boolean() }),
  z.strictObject({ kind: z.literal('contains'), texts: z.array(z.string()), ignoreCase: z.boolean() }),
  z.strictObject({ kind: z.literal('number'), min: z.number().exactOptional(), max: z.number().exactOptional() }),
  z.strictObject({
    kind: z.literal('command'),
    program: z.string(),
    args: z.array(z.string()),
    timeoutMs: z.int().min(1),
    minScore: fraction,
  }),
  z.strictObject({ kind: z.literal('judge'), model: z.string(), rubric: z.string(), maxOutputTokens: z.int().min(1) }),
  z.strictObject({
    kind: z.literal('agreement'),
    model: z.string().exactOptional(),
    compare: z.enum(['auto', 'last-number']),
    tolerance: fraction,
  }),
  z.strictObject({ kind: z.literal('confidence'), threshold: fraction, minGraded: z.int().min(1) }),
]) satisfies z.ZodType<Check>;

export const cascadeRoute = z.strictObject({
  kind: z.literal('cascade'),
  steps: z.array(z.strictObject({ model: z.string(), check: checkDocument.exactOptional() })).min(1),
  stream: z.enum(['checked', 'unchecked']),
}) satisfies z.ZodType<CascadeRoute>;
