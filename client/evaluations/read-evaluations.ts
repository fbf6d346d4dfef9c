/** Reads the results of evaluations. They are thousands and not millions, so a file is read whole. */

import type { Evaluation } from '../../db/queries/evaluations';
import { RoutingError } from '../../routing/errors';
import { objectOf } from '../telemetry/foreign-values';
import type { Row } from '../telemetry/formats/format';
import { decodeBytes } from '../telemetry/rows/decode';
import { type Bytes, readBytes } from '../telemetry/rows/read-bytes';
import { isSecretName, isSecretValue } from '../telemetry/secret-looking';
import { type Skipped, skip } from '../telemetry/skip';
import { type EvaluationDraft, evaluationOf } from './check-evaluation';
import { lineEvaluations } from './evaluation-lines';
import { langfuseEvaluations } from './langfuse-runs';
import { promptfooEvaluations } from './promptfoo';

export type EvaluationFormat = 'promptfoo' | 'langfuse' | 'jsonl';

/** A larger file is not one of results, in bytes. */
const MOST_BYTES = 256 * 1024 * 1024;

export interface ReadEvaluations {
  readonly evaluations: readonly Evaluation[];
  /** Each with the number of its result, counted from 1 over all files. */
  readonly problems: readonly (Skipped & { readonly row: number })[];
  /** Results without a score: of a call that failed, or of another scale. */
  readonly unscored: number;
}

/**
 * @param files each with its name for errors
 * @param now   milliseconds since the epoch
 * @throws {RoutingError} `bad_input` when a file cannot be read, or is no JSON
 */
export async function readEvaluations(
  files: readonly { readonly what: string; readonly source: Bytes }[],
  format: EvaluationFormat,
  now: number,
): Promise<ReadEvaluations> {
  const values: Row[] = [];
  for (const { what, source } of files) values.push(...(await valuesOf(source, what)));
  const evaluations: Evaluation[] = [];
  const problems: (Skipped & { row: number })[] = [];
  let unscored = 0;
  let row = 0;
  for (const draft of draftsOf(values, format)) {
    row++;
    if (draft === null) unscored++;
    else {
      const found = 'skipped' in draft ? draft : evaluationOf(draft, now);
      if ('skipped' in found) problems.push({ row, ...found });
      else evaluations.push(found);
    }
  }
  return { evaluations, problems, unscored };
}

function* draftsOf(values: readonly Row[], format: EvaluationFormat): Generator<EvaluationDraft | Skipped | null> {
  const clean: Row[] = [];
  for (const value of values.flatMap(({ data, ...row }) => (Array.isArray(data) ? data.map(objectOf) : [row]))) {
    const secret = Object.keys(value).find((name) => isSecretName(name) || isSecretText(value[name]));
    if (secret === undefined) clean.push(value);
    else yield skip('secret-looking', isSecretValue(secret) ? '(a key)' : secret);
  }
  if (format === 'langfuse') yield* langfuseEvaluations(clean);
  else for (const value of clean) yield* format === 'promptfoo' ? promptfooEvaluations(value) : lineEvaluations(value);
}

function isSecretText(value: unknown): boolean {
  return typeof value === 'string' && isSecretValue(value);
}

/** One JSON value, or one on each line. */
async function valuesOf(source: Bytes, what: string): Promise<readonly Row[]> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of decodeBytes(readBytes(source, what), what)) {
    bytes += part.length;
    if (bytes > MOST_BYTES)
      throw new RoutingError('input_too_large', `${what} is larger than ${MOST_BYTES / 2 ** 20} MiB. Give it in parts.`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  const whole = parsed(text);
  const values =
    whole === undefined
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parsed)
      : [whole];
  return values.flatMap((value, index) => {
    if (Array.isArray(value)) return value.filter((each) => typeof each === 'object' && each !== null) as Row[];
    if (typeof value === 'object' && value !== null) return [value as Row];
    throw new RoutingError('bad_input', `${what} is no JSON in its part ${index + 1}. Give one JSON value, or one on each line.`);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
