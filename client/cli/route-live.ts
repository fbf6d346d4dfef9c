/** `signalbox route --live`: where a task would go now, by the rules in force in a stack and by what it has learnt. */

import { DEFAULT_SETTINGS } from '../../db/documents/catalogue-file';
import { decideWithSlotNow } from '../live-rules';
import { parseSubmission } from '../submission';
import type { Cli } from './cli';
import type { ExitCode } from './exit-code';
import { submissionOf } from './input/task-options';
import { readText } from './input/text';
import { withDatabase } from './open-client';
import { printRoute } from './print-route';
import type { RouteOptions } from './route';

export async function runRouteLive(words: readonly string[], options: RouteOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const task = parseSubmission(submissionOf(text, options), DEFAULT_SETTINGS.maxPromptBytes);
  const { slot, ...routed } = await withDatabase(cli, options, (db) => decideWithSlotNow(db, task));
  return printRoute({ task, ...routed, slot: slot ?? null }, options, cli);
}
