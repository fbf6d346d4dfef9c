/** Makes a record of what a format has understood, or says which field is wrong. The one place where values are judged. */

import { CLASS_NAME } from '../../db/documents/class-name';
import { CAPABILITIES, COMPLEXITIES, PRIVACY_TIERS, TASK_TYPES } from '../../routing/task/task';
import { NANO_PER_USD } from '../../routing/units';
import type { RowResult } from './formats/format';
import { instantOf } from './instant';
import type { TelemetryRecord } from './record';
import { type Skipped, skip } from './skip';

/** A record as a format has understood it: each field as the source had it, by the field of `TelemetryRecord`. Null is absent. */
export type Draft = {
  readonly [Field in Exclude<keyof TelemetryRecord, 'costNanoUsd'>]?: unknown;
} & {
  /** US dollars. */
  readonly costUsd?: unknown;
};

/** What a source calls a field of a draft, so that it is told by its own name. */
export type FieldNames = { readonly [Field in keyof Draft]?: string };

/** Clocks of other machines may be ahead by this much, in milliseconds. */
const SKEW_MS = 5 * 60_000;
/** Before it there were no such models. */
const EARLIEST = Date.parse('2015-01-01T00:00:00Z');
/** A longer name is no name, in characters. */
const LONGEST_NAME = 300;
const MOST_TOKENS = 1_000_000_000;
const MOST_CALLS = 1_000;
/** The longest that a call is taken to last: a week, in milliseconds. */
const LONGEST_MS = 7 * 86_400_000;
/** Above it, nano-USD are not exact; a single task that costs it is a mistake. */
const MOST_USD = 1_000_000;
const OUTCOMES = ['completed', 'failed', 'refused', 'cancelled'] as const;

type Building = { -readonly [Field in keyof TelemetryRecord]: TelemetryRecord[Field] };
type Check = (value: unknown) => 'wrong-type' | 'out-of-range' | 'unknown-value' | undefined;

const CHECKS: readonly (readonly [Exclude<keyof TelemetryRecord, 'id' | 'endedAt' | 'model' | 'costNanoUsd' | 'calls'>, Check])[] = [
  ['taskClass', textThat((text) => CLASS_NAME.test(text), 'out-of-range')],
  ['taskType', wordOf(TASK_TYPES)],
  ['complexity', wordOf(COMPLEXITIES)],
  ['outcome', wordOf(OUTCOMES)],
  ['score', numberWithin(0, 1)],
  ['grader', textThat(isName, 'out-of-range')],
  ['rating', numberWithin(1, 5)],
  ['latencyMs', numberWithin(0, LONGEST_MS)],
  ['inputTokens', integerWithin(0, MOST_TOKENS)],
  ['cachedInputTokens', integerWithin(0, MOST_TOKENS)],
  ['outputTokens', integerWithin(0, MOST_TOKENS)],
  ['privacyTier', wordOf(PRIVACY_TIERS)],
  ['residency', textThat(isName, 'out-of-range')],
  ['capabilities', eachOf(wordOf(CAPABILITIES))],
  ['tenant', textThat(isName, 'out-of-range')],
  ['conversation', textThat(isName, 'out-of-range')],
  ['inputHash', textThat(isName, 'out-of-range')],
  ['prompt', textThat((text) => text.isWellFormed() && !text.includes('\0'), 'out-of-range')],
  ['propensity', (value) => numberWithin(0, 1)(value) ?? (value === 0 ? 'out-of-range' : undefined)],
  ['fingerprint', textThat(isName, 'out-of-range')],
];

/**
 * @param names how the source calls the fields
 * @param now   milliseconds since the epoch
 */
export function recordOf(draft: Draft, names: FieldNames, now: number): RowResult {
  const named = (field: keyof Draft) => names[field] ?? field;
  for (const field of ['id', 'endedAt', 'model'] as const) {
    if (draft[field] === undefined || draft[field] === null || draft[field] === '') return skip('missing', named(field));
  }
  for (const field of ['id', 'model'] as const) {
    if (typeof draft[field] !== 'string') return skip('wrong-type', named(field));
    if (!isName(draft[field])) return skip('out-of-range', named(field));
  }
  const endedAt = instantOf(draft.endedAt);
  if (endedAt === undefined) return skip('wrong-type', named('endedAt'));
  if (endedAt > now + SKEW_MS) return skip('in-the-future', named('endedAt'));
  if (endedAt < EARLIEST) return skip('out-of-range', named('endedAt'));
  const calls = draft.calls ?? 1;
  const problem = integerWithin(1, MOST_CALLS)(calls);
  if (problem !== undefined) return skip(problem, named('calls'));

  const record: Building = {
    id: draft.id as string,
    endedAt: Math.min(endedAt, now),
    model: draft.model as string,
    outcome: 'completed',
    calls: calls as number,
  };
  const wrong = addOptional(record, draft, names);
  return wrong ?? { record };
}

function addOptional(record: Building, draft: Draft, names: FieldNames): Skipped | undefined {
  for (const [field, check] of CHECKS) {
    const value = draft[field];
    if (value === undefined || value === null) continue;
    const problem = check(value);
    if (problem !== undefined) return skip(problem, names[field] ?? field);
    // The check has found it to be what the field holds.
    (record as Record<string, unknown>)[field] = value;
  }
  const { costUsd } = draft;
  if (costUsd !== undefined && costUsd !== null) {
    const problem = numberWithin(0, MOST_USD)(costUsd);
    if (problem !== undefined) return skip(problem, names.costUsd ?? 'costUsd');
    record.costNanoUsd = Math.round((costUsd as number) * NANO_PER_USD);
  }
  // Cached tokens are among the input; a source that counts them beside it says more than there were.
  if (record.cachedInputTokens !== undefined && record.cachedInputTokens > (record.inputTokens ?? Number.POSITIVE_INFINITY)) {
    return skip('out-of-range', names.cachedInputTokens ?? 'cachedInputTokens');
  }
  return undefined;
}

function numberWithin(least: number, most: number): Check {
  return (value) => (typeof value !== 'number' ? 'wrong-type' : value >= least && value <= most ? undefined : 'out-of-range');
}

function integerWithin(least: number, most: number): Check {
  const isWithin = numberWithin(least, most);
  return (value) => isWithin(value) ?? (Number.isInteger(value) ? undefined : 'wrong-type');
}

function textThat(isRight: (text: string) => boolean, problem: 'out-of-range'): Check {
  return (value) => (typeof value !== 'string' ? 'wrong-type' : isRight(value) ? undefined : problem);
}

function wordOf(words: readonly string[]): Check {
  const known = new Set<unknown>(words);
  return (value) => (known.has(value) ? undefined : typeof value === 'string' ? 'unknown-value' : 'wrong-type');
}

function eachOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'wrong-type';
    for (const each of value) {
      const problem = check(each);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** Without control characters, and such that Postgres and a terminal can show it. */
function isName(text: unknown): boolean {
  return typeof text === 'string' && text !== '' && text.length <= LONGEST_NAME && !/\p{Cc}/u.test(text) && text.isWellFormed();
}
