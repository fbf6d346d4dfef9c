/** Results of promptfoo: the file of `promptfoo eval -o results.json`, versions 2 and 3, or its lines. */

import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';
import { firstOf, inputOf, numberOf, objectOf } from '../telemetry/foreign-values';
import type { Row } from '../telemetry/formats/format';
import type { EvaluationDraft } from './check-evaluation';

/** A row that ended in an error was not scored. */
const ERROR = 2;

/** @returns drafts, and null for a row that has no score to give */
export function* promptfooEvaluations(value: Row): Generator<EvaluationDraft | null> {
  const summary = objectOf(value.results);
  const rows = Array.isArray(summary.results) ? summary.results : [value];
  const file = { run: firstOf(value, 'evalId', 'id'), evaluatedAt: firstOf(summary, 'timestamp') };
  for (const row of rows) yield draftOf(objectOf(row), file);
}

function draftOf(row: Row, { run, evaluatedAt }: Pick<EvaluationDraft, 'run' | 'evaluatedAt'>): EvaluationDraft | null {
  if (row.failureReason === ERROR || (row.score === undefined && row.success === undefined)) return null;
  const grading = objectOf(row.gradingResult);
  const vars = firstOf(row, 'vars') ?? firstOf(objectOf(row.testCase), 'vars');
  // Which variables a test has names it, in every run; its place in the file does only in this one.
  const test = vars === undefined ? `test ${String(row.testIdx)}` : sha256Hex(canonicalJson(vars)).slice(0, 32);
  const score = numberOf(row.score);
  const isShare = typeof score === 'number' && score >= 0 && score <= 1;
  return {
    run: run ?? firstOf(row, 'evaluationId', 'evalId'),
    item: `${test}/${String(row.promptIdx ?? 0)}`,
    model: modelOf(row.provider),
    grader: graderOf(grading),
    score: isShare ? score : row.success === true ? 1 : 0,
    inputHash: inputOf(objectOf(row.prompt).raw, false).hash,
    evaluatedAt: evaluatedAt ?? firstOf(row, 'createdAt', 'timestamp'),
    costUsd: numberOf(firstOf(row, 'cost')),
    latencyMs: numberOf(firstOf(row, 'latencyMs')),
  };
}

/** `openai:chat:gpt-4o` is `openai/gpt-4o`. */
function modelOf(provider: unknown): unknown {
  const id = typeof provider === 'string' ? provider : objectOf(provider).id;
  if (typeof id !== 'string') return undefined;
  const parts = id.split(':');
  return parts.length === 1 ? id : `${parts[0]}/${parts.at(-1)}`;
}

/** The kinds of its assertions: a change of them is another grader. */
function graderOf(grading: Row): string {
  const parts = Array.isArray(grading.componentResults) ? grading.componentResults : [];
  const kinds = parts.map((part) => objectOf(objectOf(part).assertion).type).filter((kind) => typeof kind === 'string');
  return kinds.length === 0 ? 'promptfoo' : `promptfoo ${[...new Set(kinds)].sort().join('+')}`.slice(0, 300);
}
