/** Many tasks, one JSON object on each line. All lines are checked before the first task is submitted. */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Submission } from '../../../db/documents/submission';
import { isRoutingError, RoutingError } from '../../../routing/errors';
import { parseSubmission } from '../../submission';
import { readUtf8 } from './text';

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly submission: Submission;
}

/** More than this is not held in memory at once, in bytes. */
const MOST_BYTES = 256 * 1024 * 1024;
/** A file with more mistakes is not the file that was meant. */
const MOST_PROBLEMS = 20;

/**
 * The tasks of a file, or of standard input when it is `-`.
 *
 * @param defaults what holds where a line says nothing
 * @param maxPromptBytes longest prompt
 * @throws {RoutingError} `bad_input` naming each wrong line, and then nothing was submitted; `input_too_large`
 */
export async function readJsonLines(
  file: string,
  stdin: Readable,
  defaults: Partial<Submission>,
  maxPromptBytes: number,
): Promise<readonly Line[]> {
  const name = file === '-' ? 'Standard input' : `The file "${file}"`;
  const text = await readUtf8(file === '-' ? stdin : createReadStream(file), name, MOST_BYTES);
  const lines: Line[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const number = index + 1;
    try {
      const submission = { ...defaults, ...readLine(line) } as Submission;
      parseSubmission(submission, maxPromptBytes);
      lines.push({ number, submission });
    } catch (error) {
      if (!isRoutingError(error)) throw error;
      problems.push(`line ${number}: ${error.message}`);
    }
  }
  if (problems.length > 0) {
    const more = problems.length > MOST_PROBLEMS ? [`… and ${problems.length - MOST_PROBLEMS} more`] : [];
    const told = [...problems.slice(0, MOST_PROBLEMS), ...more].join('\n');
    throw new RoutingError(
      'bad_input',
      `${name} has ${problems.length} wrong ${problems.length === 1 ? 'line' : 'lines'}; nothing was submitted.\n${told}`,
    );
  }
  if (lines.length === 0) throw new RoutingError('bad_input', `${name} holds no task. Give one JSON object on each line.`);
  return lines;
}

function readLine(line: string): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new RoutingError('bad_input', 'This is not JSON. Give one object on each line, e.g. {"prompt": "Fix the login bug"}.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new RoutingError('bad_input', 'This is not an object. Give e.g. {"prompt": "Fix the login bug"}.');
}
