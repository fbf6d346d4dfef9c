/** Why a row of a telemetry file was not taken: a code for programs, the name of the field, and never what stands in it. */

/** Stable codes, with what people are told. */
export const SKIP_REASONS = {
  'not-json': 'is not JSON',
  'not-an-object': 'is not an object',
  'cut-off': 'ends in the middle',
  'bad-bytes': 'has bytes that are not UTF-8',
  'too-long': 'is longer than a row may be',
  'bad-csv': 'has not the columns of its header',
  'other-kind': 'is not an answer of a model',
  missing: 'lacks',
  'wrong-type': 'has a value of the wrong type in',
  'out-of-range': 'has a value out of range in',
  'unknown-value': 'has an unknown word in',
  'in-the-future': 'is dated in the future by',
  'secret-looking': 'looks like it holds a secret in',
  duplicate: 'repeats an id that came before',
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;

export interface Skipped {
  readonly skipped: SkipReason;
  /** As the source names it; absent: the row as a whole. */
  readonly field?: string;
}

/** Reasons that say nothing bad of a file: a row that is of no use here, or is there already. */
export const EXPECTED_SKIPS: ReadonlySet<SkipReason> = new Set<SkipReason>(['other-kind', 'duplicate']);

export function skip(skipped: SkipReason, field?: string): Skipped {
  return field === undefined ? { skipped } : { skipped, field };
}

/** `lacks ended_at`, as the rest of a sentence about a row. */
export function describeSkip({ skipped, field }: Skipped): string {
  return field === undefined ? SKIP_REASONS[skipped] : `${SKIP_REASONS[skipped]} ${field}`;
}
