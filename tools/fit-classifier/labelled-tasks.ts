/**
 * Tasks whose type is known: those that others labelled, to measure and to learn from, and those written for learning alone.
 */

import { readFileSync } from 'node:fs';
import { TASK_TYPES, type TaskType } from '../../routing/task/task';

/** Relative to the project's root, from which npm runs scripts. */
export const LABELLED_TASKS_PATH = 'test/data/task-types/task-types.dev.jsonl';
export const WRITTEN_EXAMPLES_PATH = 'tools/fit-classifier/written-examples.tsv';
export const RECORDED_EXAMPLES_PATH = 'tools/fit-classifier/recorded-examples.jsonl';

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

/** Benchmark tasks under the type of their benchmark, a hint rather than a label. None of them is among the labelled tasks. */
export function readRecordedExamples(path = RECORDED_EXAMPLES_PATH): { readonly prompt: string; readonly type: TaskType }[] {
  return linesOf(path).map((line, at) => {
    const { prompt, type } = JSON.parse(line) as { prompt: string; type: string };
    return { prompt, type: knownType(type, path, at) };
  });
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

function knownType(type: string, path: string, at: number): TaskType {
  const known = TASK_TYPES.find((name) => name === type);
  if (known === undefined) throw new Error(`${path}, line ${at + 1}: "${type}" is not a task type.`);
  return known;
}
