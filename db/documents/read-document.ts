/**
 * Holds a file against its zod document and says every difference in words, each at its line.
 *
 * Contradictions between values are looked for afterwards, and must be found in the same run even when other values are
 * wrong: so the wrong values are cut out, and what is left is handed on.
 */

import type { z } from 'zod';
import { didYouMean } from './nearest-word';
import { type DocumentPath, MAX_PROBLEMS, type Problem } from './problem';
import type { YamlSource, YamlValue } from './yaml-source';

/** Keys under which people write secrets. They are refused by name, so that no secret is ever read, stored or shown. */
const SECRET_KEY = /^(api_?key|key|secret|password|((auth|access|bearer)_?)?token|access_?key_?id|secret_?access_?key)$/i;

type Issue = z.core.$ZodIssue;

export interface ReadResult<T> {
  readonly problems: readonly Problem[];
  /** The document without its wrong parts; absent when nothing usable is left. */
  readonly document?: T;
}

/** Every difference between a file and its document, and what of the file is right. */
export function readDocument<T>(schema: z.ZodType<T>, source: YamlSource): ReadResult<T> {
  if (source.value === undefined) return { problems: source.problems };
  const problems = [...source.problems];
  let rest: YamlValue = source.value;
  // Each round cuts at least one value; a value is at most as deep as the document, so few rounds are enough.
  for (let round = 0; round < 16; round++) {
    const result = schema.safeParse(rest);
    if (result.success) return { problems, document: result.data };
    if (round === 0) problems.push(...problemsOf(result.error.issues, schema, source));
    const cut = withoutFaults(rest, result.error.issues);
    if (cut === undefined) break;
    rest = cut;
  }
  return { problems };
}

function problemsOf(issues: readonly Issue[], schema: z.ZodType, source: YamlSource): Problem[] {
  const problems: Problem[] = [];
  for (const issue of issues) {
    const path = issue.path as DocumentPath;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, MAX_PROBLEMS + 1))
        problems.push(source.at([...path, key], unknownKey(key, schema, path), 'key'));
    } else {
      const value = valueAt(source.value, path);
      const isMissing = value === undefined;
      problems.push(source.at(path, describe(issue, value), isMissing ? 'key' : 'value'));
    }
    if (problems.length > MAX_PROBLEMS) break;
  }
  return problems;
}

function unknownKey(key: string, schema: z.ZodType, path: DocumentPath): string {
  if (SECRET_KEY.test(key)) {
    return 'A secret does not belong in this file. Put it into an environment variable and name the variable with "api_key_env".';
  }
  const known = keysAt(schema, path);
  const nearest = didYouMean(key, known);
  return `Unknown key.${nearest === '' ? ` Known here: ${known.join(', ')}.` : nearest}`;
}

function describe(issue: Issue, value: YamlValue | undefined): string {
  if (value === undefined) return 'This key is missing.';
  switch (issue.code) {
    case 'invalid_type':
      if (value === null) return `Has no value. Give ${typeName(issue.expected)}, or remove the key.`;
      if (typeof value === 'number' && !Number.isFinite(value)) return `${value} is not a finite number.`;
      return `Must be ${typeName(issue.expected)}, not ${shown(value)}.`;
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const nearest = typeof value === 'string' ? didYouMean(value, allowed) : '';
      return `${shown(value)} is not one of ${allowed.join(', ')}.${nearest}`;
    }
    case 'too_small':
    case 'too_big':
      return outOfRange(issue, value);
    default:
      return issue.message;
  }
}

function outOfRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, value: YamlValue): string {
  const isLow = issue.code === 'too_small';
  const bound = isLow ? issue.minimum : issue.maximum;
  if (issue.origin === 'string' || issue.origin === 'array') {
    const unit = issue.origin === 'string' ? 'characters' : 'entries';
    return isLow && Number(bound) === 1 ? 'Must not be empty.' : `Must have at ${isLow ? 'least' : 'most'} ${bound} ${unit}.`;
  }
  const relation = isLow ? (issue.inclusive ? 'at least' : 'more than') : issue.inclusive ? 'at most' : 'less than';
  return `Must be ${relation} ${bound}, not ${shown(value)}.`;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    int: 'a whole number',
    number: 'a number',
    string: 'a text (in quotes if it looks like a number)',
    boolean: 'true or false',
    array: 'a list',
    object: 'a group of keys',
    record: 'a group of keys',
  };
  return names[expected] ?? expected;
}

/** A value as it may be shown: what might be a secret or fill the screen is named by its type alone. */
function shown(value: YamlValue): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value === 'string') return value.length <= 40 ? JSON.stringify(value) : 'a longer text';
  return String(value);
}

function valueAt(value: YamlValue | undefined, path: DocumentPath): YamlValue | undefined {
  let inner = value;
  for (const key of path) {
    if (inner === null || typeof inner !== 'object') return undefined;
    inner = Object.hasOwn(inner, key) ? (inner as { [key: string]: YamlValue })[key] : undefined;
  }
  return inner;
}

/** A copy without the values that issues point at; a list loses itself, so that the positions of others stay true. */
function withoutFaults(value: YamlValue, issues: readonly Issue[]): YamlValue | undefined {
  const copy = structuredClone(value);
  for (const issue of issues) {
    const path = issue.path as DocumentPath;
    const targets = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    for (const target of targets) {
      const isMissing = valueAt(value, target) === undefined;
      const cut = isMissing ? target.slice(0, -1) : target;
      const firstInList = cut.findIndex((key) => typeof key === 'number');
      const reach = firstInList < 0 ? cut : cut.slice(0, firstInList);
      const last = reach.at(-1);
      if (last === undefined) return undefined;
      const parent = valueAt(copy, reach.slice(0, -1));
      if (parent !== null && typeof parent === 'object' && !Array.isArray(parent)) delete parent[last];
    }
  }
  return copy;
}

/** Keys that a document knows at a path; empty where any key may stand. */
function keysAt(schema: z.ZodType, path: DocumentPath): string[] {
  let inner = unwrapped(schema);
  for (const key of path) {
    const next = childOf(inner, key);
    if (next === undefined) return [];
    inner = unwrapped(next);
  }
  return inner.type === 'object' ? Object.keys(inner.shape) : [];
}

type Definition =
  | { readonly type: 'object'; readonly shape: Readonly<Record<string, z.ZodType>> }
  | { readonly type: 'record'; readonly valueType: z.ZodType }
  | { readonly type: 'array'; readonly element: z.ZodType }
  | { readonly type: 'other' };

function childOf(definition: Definition, key: string | number): z.ZodType | undefined {
  if (definition.type === 'object') return definition.shape[key];
  if (definition.type === 'record') return definition.valueType;
  return definition.type === 'array' ? definition.element : undefined;
}

function unwrapped(schema: z.ZodType): Definition {
  let definition = schema.def as unknown as { type: string; innerType?: z.ZodType };
  while (definition.innerType !== undefined) definition = definition.innerType.def as unknown as typeof definition;
  const isKnown = definition.type === 'object' || definition.type === 'record' || definition.type === 'array';
  return isKnown ? (definition as unknown as Definition) : { type: 'other' };
}

/** Every key that a document knows, as paths with `*` for names of the user's own and for positions in a list. */
export function documentKeys(schema: z.ZodType, prefix = ''): string[] {
  const definition = unwrapped(schema);
  const step = (name: string, child: z.ZodType): string[] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return [...(name === '*' ? [] : [path]), ...documentKeys(child, path)];
  };
  if (definition.type === 'object') return Object.entries(definition.shape).flatMap(([name, child]) => step(name, child));
  if (definition.type === 'record') return step('*', definition.valueType);
  return definition.type === 'array' ? step('*', definition.element) : [];
}
