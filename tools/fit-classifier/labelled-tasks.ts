/**
 * Tasks whose type is known: those that others labelled, to measure and to learn from, and those written for learning alone.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { TASK_TYPES, type TaskType } from '../../routing/task/task';

/** Relative to the project's root, from which npm runs scripts. */
export const LABELLED_TASKS_PATH = 'test/data/task-types/task-types.dev.jsonl';
export const WRITTEN_EXAMPLES_PATH = 'tools/fit-classifier/written-examples.tsv';
export const RECORDED_TASKS_PATH = 'data/recorded/llmrouter.dev.jsonl.gz';

const EXAMPLES_PER_CLASS = 25;

/** `strong` when the text's author said its type outright, `weak` when a commit prefix did; see the README beside the data. */
export type LabelTrust = 'strong' | 'weak';

export interface LabelledTask {
  readonly prompt: string;
  readonly type: TaskType;
  readonly label: LabelTrust;
}

/** @throws {Error} when the file is missing or a line has no known type */
export function readLabelledTasks(path = LABELLED_TASKS_PATH): LabelledTask[] {
  return linesOf(path).map((line, at) => {
    const { prompt, type, label } = JSON.parse(line) as { prompt: string; type: string; label: string };
    return { prompt, type: knownType(type, path, at), label: label === 'strong' ? 'strong' : 'weak' };
  });
}

/** Examples as "type TAB prompt", with "\n" for a line break. */
export function readWrittenExamples(path = WRITTEN_EXAMPLES_PATH): { readonly prompt: string; readonly type: TaskType }[] {
  return linesOf(path).map((line, at) => {
    const tab = line.indexOf('\t');
    return { prompt: line.slice(tab + 1).replaceAll('\\n', '\n'), type: knownType(line.slice(0, tab), path, at) };
  });
}

/** A benchmark task that several models have answered. */
export interface RecordedTask {
  readonly id: string;
  readonly task_class: string;
  readonly task_type: string;
  readonly prompt: string;
  readonly models: Readonly<Record<string, { readonly quality: number; readonly input_tokens: number; readonly output_tokens: number }>>;
}

/** @see data/recorded/README.md for the meaning of each field */
export function readRecordedTasks(path = RECORDED_TASKS_PATH): RecordedTask[] {
  return gunzipSync(readFileSync(path))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordedTask);
}

/**
 * The recorded tasks that are fitted to: the same number of each class, chosen by a hash of the id, none of them a labelled
 * task. Their type is that of their benchmark, a hint rather than a label.
 */
export function recordedExamples(recorded: readonly RecordedTask[], labelled: readonly LabelledTask[]): RecordedTask[] {
  const known = new Set(labelled.map((task) => fingerprint(task.prompt)));
  const byClass = Map.groupBy(
    recorded.filter((task) => !known.has(fingerprint(task.prompt))),
    (task) => task.task_class,
  );
  return [...byClass.values()].flatMap((tasks) =>
    tasks
      .map((task) => ({ task, order: createHash('sha256').update(`fit:${task.id}`).digest('hex') }))
      .sort((a, b) => (a.order < b.order ? -1 : 1))
      .slice(0, EXAMPLES_PER_CLASS)
      .map(({ task }) => task),
  );
}

/** What two copies of one text share, however they are spaced. */
export function fingerprint(text: string): string {
  return text.replaceAll(/\s+/g, '').slice(0, 300);
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

export function knownType(type: string, path: string, at: number): TaskType {
  const known = TASK_TYPES.find((name) => name === type);
  if (known === undefined) throw new Error(`${path}, line ${at + 1}: "${type}" is not a task type.`);
  return known;
}
