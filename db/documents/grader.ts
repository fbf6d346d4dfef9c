/**
 * What judges an answer, as submitters write it. A grader that cannot work is refused with the task, not found out after
 * the answer has been paid for.
 */

import type { ValidateFunction } from 'ajv/dist/2020';
import { RE2JS } from 're2js';
import { z } from 'zod';

/** Largest JSON Schema of a grader, in characters of JSON: ten times the largest seen in practice. */
export const MAX_SCHEMA_CHARACTERS = 64 * 1024;

/** Longest pattern of a grader, in characters. */
export const MAX_PATTERN_CHARACTERS = 1_000;

const MAX_TEXT_CHARACTERS = 256 * 1024;

const expectedText = z.string().min(1).max(MAX_TEXT_CHARACTERS);

const shape = z.discriminatedUnion('kind', [
  /** The whole answer, without the white space around it. */
  z.strictObject({ kind: z.literal('exact'), expected: expectedText, ignoreCase: z.boolean().default(false) }),
  /** Every one of the texts occurs in the answer. */
  z.strictObject({
    kind: z.literal('contains'),
    expected: z.union([expectedText, z.array(expectedText).min(1).max(100)]),
    ignoreCase: z.boolean().default(false),
  }),
  /** The pattern, in RE2's syntax, is found in the answer. */
  z.strictObject({
    kind: z.literal('regex'),
    pattern: z.string().min(1).max(MAX_PATTERN_CHARACTERS),
    ignoreCase: z.boolean().default(false),
  }),
  /** The last number in the answer is the expected one, give or take the tolerance. */
  z.strictObject({ kind: z.literal('numeric'), expected: z.number(), tolerance: z.number().min(0).default(0) }),
  /** The answer is JSON that conforms to the schema (draft 2020-12). */
  z.strictObject({ kind: z.literal('json-schema'), schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]) }),
  /**
   * A program that reads the answer on standard input. It ends with 0 and prints a score in [0, 1] or nothing (1); another exit
   * code is a score of 0.
   */
  z.strictObject({
    kind: z.literal('command'),
    program: z.string().min(1).max(4_096),
    args: z.array(z.string().max(4_096)).max(100).default([]),
    timeoutMs: z.number().int().min(1).max(600_000).default(30_000),
  }),
]);

export const graderDocument = shape.superRefine((grader, context) => {
  const message = graderProblem(grader);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export type Grader = z.output<typeof shape>;

/** Why a grader of the right shape cannot work, for people; undefined when it can. */
export function graderProblem(grader: Grader): string | undefined {
  try {
    if (grader.kind === 'regex') compilePattern(grader.pattern, grader.ignoreCase);
    if (grader.kind === 'json-schema') compileSchema(grader.schema);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 300) : 'it cannot be compiled';
    const hint = grader.kind === 'regex' ? ' Write it in RE2 syntax, which has no look-around and no back-references.' : '';
    return `The grader's ${grader.kind === 'regex' ? 'pattern' : 'schema'} does not work: ${reason}.${hint}`;
  }
}

/** A pattern that matches in time linear in the text. Throws when it is not RE2 syntax. */
export function compilePattern(pattern: string, ignoreCase: boolean): RE2JS {
  return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
}

/** Comparing all items with all others takes quadratic time, which an answer of a megabyte turns into minutes. */
const UNSAFE_KEYWORDS: ReadonlySet<string> = new Set(['uniqueItems']);

/**
 * Patterns inside schemas run on the same linear-time engine. The validator tells patterns apart by their text; `code`
 * would be the engine's name in a validator that is written to a file, which ours never is.
 */
const linearTimeRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linearTimeRegExp' },
);

/**
 * A validator of one schema. `format` is an annotation and not checked, as the standard has it. Throws when the schema is too
 * large, refers to another document, or uses a keyword that a hostile answer could make slow.
 */
export function compileSchema(schema: boolean | Readonly<Record<string, unknown>>): ValidateFunction {
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARACTERS) throw new Error(`it is longer than ${MAX_SCHEMA_CHARACTERS} characters`);
  const unsafe = unsafeKeyword(schema);
  if (unsafe !== undefined) throw new Error(`it uses "${unsafe}", which graders do not support`);
  // Loaded with the first schema: most processes never meet one, and the command line starts in a fraction of a second.
  const { Ajv2020 } = require('ajv/dist/2020') as typeof import('ajv/dist/2020');
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false, code: { regExp: linearTimeRegExp } });
  return ajv.compile(schema);
}

/** The first unsafe keyword in a place where a schema is expected; names of properties are not keywords. */
function unsafeKeyword(schema: unknown): string | undefined {
  if (Array.isArray(schema)) return schema.map(unsafeKeyword).find((found) => found !== undefined);
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [keyword, value] of Object.entries(schema)) {
    if (UNSAFE_KEYWORDS.has(keyword)) return keyword;
    if (keyword === 'enum' || keyword === 'const' || keyword === 'default' || keyword === 'examples') continue;
    const holdsNames = keyword === 'properties' || keyword === '$defs' || keyword === 'definitions' || keyword === 'dependentSchemas';
    const found = holdsNames && typeof value === 'object' && value !== null ? unsafeKeyword(Object.values(value)) : unsafeKeyword(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
