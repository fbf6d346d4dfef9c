/**
 * The shape of a cascade in policy.yaml, and the route that follows from it. What a key means is in docs/configuration.md.
 */

import { z } from 'zod';
import type { Check } from '../../routing/cascade/check';
import type { CascadeRoute } from '../../routing/decision/policy';
import { MAX_PATTERN_CHARACTERS } from './grader';

/** Score from which an answer counts as good, everywhere in Signalbox. */
const GOOD_SCORE = 0.5;

/** Graded answers from which a stated confidence can be corrected; see routing/cascade/calibration.ts. */
const MIN_GRADED = 30;

/** Room for a verdict, and for a judge that thinks before it. */
const JUDGE_OUTPUT_TOKENS = 1_024;

const modelId = z.string().min(1).max(300);
const text = z.string().min(1).max(10_000);
const score = z.number().gt(0).max(1).optional();

export const checkYaml = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grader'), min_score: score }),
  z.strictObject({ kind: z.literal('json-schema'), schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]) }),
  z.strictObject({ kind: z.literal('regex'), pattern: z.string().min(1).max(MAX_PATTERN_CHARACTERS), ignore_case: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('contains'), texts: z.array(text).min(1).max(100), ignore_case: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('number'), min: z.number().optional(), max: z.number().optional() }),
  z.strictObject({
    kind: z.literal('command'),
    program: z.string().min(1).max(4_096),
    args: z.array(z.string().max(4_096)).max(100).optional(),
    timeout_seconds: z.number().gt(0).max(600).optional(),
    min_score: score,
  }),
  z.strictObject({
    kind: z.literal('judge'),
    model: modelId,
    rubric: text,
    max_output_tokens: z.int().min(1).max(100_000).optional(),
  }),
  z.strictObject({
    kind: z.literal('agreement'),
    model: modelId.optional(),
    compare: z.enum(['auto', 'last-number']).optional(),
    tolerance: z.number().min(0).lt(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('confidence'),
    threshold: z.number().gt(0).max(1),
    min_graded: z.int().min(1).max(100_000).optional(),
  }),
]);
export type CheckYaml = z.infer<typeof checkYaml>;

export const stepsYaml = z
  .array(z.strictObject({ model: modelId, check: checkYaml.optional() }))
  .min(2)
  .max(10);
export const streamYaml = z.enum(['checked', 'unchecked']);

/** The route of steps as they are written, with every default. */
export function buildCascade(steps: z.infer<typeof stepsYaml>, stream: CascadeRoute['stream'] = 'checked'): CascadeRoute {
  return {
    kind: 'cascade',
    steps: steps.map(({ model, check }) => ({ model, ...(check !== undefined && { check: buildCheck(check) }) })),
    stream,
  };
}

/** A check as it is written, with every default. */
export function buildCheck(check: CheckYaml): Check {
  switch (check.kind) {
    case 'grader':
      return { kind: 'grader', minScore: check.min_score ?? GOOD_SCORE };
    case 'json-schema':
      return { kind: 'json-schema', schema: check.schema };
    case 'regex':
      return { kind: 'regex', pattern: check.pattern, ignoreCase: check.ignore_case ?? false };
    case 'contains':
      return { kind: 'contains', texts: check.texts, ignoreCase: check.ignore_case ?? false };
    case 'number':
      return { kind: 'number', ...(check.min !== undefined && { min: check.min }), ...(check.max !== undefined && { max: check.max }) };
    case 'command':
      return {
        kind: 'command',
        program: check.program,
        args: check.args ?? [],
        timeoutMs: Math.max(1, Math.round((check.timeout_seconds ?? 30) * 1_000)),
        minScore: check.min_score ?? GOOD_SCORE,
      };
    case 'judge':
      return { kind: 'judge', model: check.model, rubric: check.rubric, maxOutputTokens: check.max_output_tokens ?? JUDGE_OUTPUT_TOKENS };
    case 'agreement':
      return {
        kind: 'agreement',
        ...(check.model !== undefined && { model: check.model }),
        compare: check.compare ?? 'auto',
        tolerance: check.tolerance ?? 0,
      };
    case 'confidence':
      return { kind: 'confidence', threshold: check.threshold, minGraded: check.min_graded ?? MIN_GRADED };
  }
}

/** A check in the keys and units of policy.yaml, with every default written out: the inverse of how it is read. */
export function checkToYaml(check: Check): Record<string, unknown> {
  switch (check.kind) {
    case 'grader':
      return { kind: check.kind, min_score: check.minScore };
    case 'regex':
      return { kind: check.kind, pattern: check.pattern, ignore_case: check.ignoreCase };
    case 'contains':
      return { kind: check.kind, texts: check.texts, ignore_case: check.ignoreCase };
    case 'command':
      return {
        kind: check.kind,
        program: check.program,
        args: check.args,
        timeout_seconds: check.timeoutMs / 1_000,
        min_score: check.minScore,
      };
    case 'judge':
      return { kind: check.kind, model: check.model, rubric: check.rubric, max_output_tokens: check.maxOutputTokens };
    case 'confidence':
      return { kind: check.kind, threshold: check.threshold, min_graded: check.minGraded };
    default:
      return { ...check };
  }
}
