/**
 * Grading by a program of the submitter's: it reads the answer on standard input and says what it thinks of it.
 */

import type { Grader } from '../../db/documents/grader';
import { childEnvironment, resolveProgram, runChild } from '../providers/child-process';
import type { Grade } from './grade';

/** Longest output of a grading program, in bytes; a score is a number. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** Where programs are looked for; a grader sees none of the worker's own variables. */
const PROGRAM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Exit code 0 is a score of 1, or of the last line when that is a number in [0, 1]; another exit code is 0. */
export async function gradeByCommand(grader: Extract<Grader, { kind: 'command' }>, answer: string, signal: AbortSignal): Promise<Grade> {
  const program = await resolveProgram(grader.program, PROGRAM_PATH);
  if (program === undefined) return { detail: 'The grading program is not on this machine. Give its absolute path.' };
  const end = await runChild(
    {
      program,
      args: grader.args,
      stdin: answer,
      env: childEnvironment([], (name) => (name === 'PATH' ? PROGRAM_PATH : undefined)),
      timeoutMs: grader.timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    },
    signal,
  );
  if (end.kind === 'not-started') return { detail: `The grading program could not be started (${end.code}).` };
  if (end.kind === 'ended') return { detail: `The grading program was ended before its time (${end.why}).` };
  if (end.code !== 0) return { score: 0, detail: `The grading program ended with code ${end.code}.` };
  const last = end.stdout.trim().split('\n').at(-1)?.trim() ?? '';
  if (last === '') return { score: 1, detail: 'The grading program accepts the answer.' };
  const score = /^\d{1,3}(\.\d{1,20})?$/.test(last) ? Number(last) : Number.NaN;
  if (!(score >= 0 && score <= 1)) return { detail: 'The grading program printed something that is not a number from 0 to 1.' };
  return { score, detail: 'The grading program gave this score.' };
}
