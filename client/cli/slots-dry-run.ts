/** `signalbox slots dry-run`: which slot a task would get now, and why. */

import { DEFAULT_SETTINGS } from '../../db/documents/catalogue-file';
import { loadAssignment, type RecordedAssignment } from '../../db/queries/slot-figures';
import type { TaskResult } from '../index';
import { parseSubmission } from '../submission';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { submissionOf, type TaskOptions } from './input/task-options';
import { readText } from './input/text';
import { withClient, withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { describeSlot } from './terminal/slot';
import { onOneLine } from './terminal/text';

export interface SlotsDryRunOptions extends StackCommandOptions, TaskOptions {
  readonly file?: string;
}

/** Longest wait for the decision, in milliseconds: a worker makes it. */
const PATIENCE_MS = 60_000;

export async function runSlotsDryRun(words: readonly string[], options: SlotsDryRunOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const submission = { ...submissionOf(text, options), dryRun: true };
  parseSubmission(submission, DEFAULT_SETTINGS.maxPromptBytes); // what is wrong is told before a stack is looked for
  const result = await withClient(cli, options, async (client) => {
    const { taskId } = await client.submit(submission);
    return client.result(taskId, { timeoutMs: PATIENCE_MS });
  });
  const assignment = await withDatabase(cli, options, (db) => loadAssignment(db, result.taskId));
  if (options.json) cli.output.printJson(shapeOf(result, assignment));
  else cli.output.print(describe(result, assignment, cli.output));
  return result.outcome === 'completed' ? EXIT.ok : EXIT.failed;
}

function shapeOf({ taskId, outcome, model, reason }: TaskResult, found: RecordedAssignment | undefined) {
  return {
    taskId,
    outcome,
    needsSlot: found !== undefined,
    account: found?.account ?? null,
    model: found?.model ?? model,
    reason: found?.reason ?? reason,
    alternatives: found?.alternatives ?? [],
    expectedValue: found?.expectedValue ?? null,
    valueSource: found?.valueSource ?? null,
    valueBasis: found?.valueBasis ?? null,
    valueRemark: found?.valueRemark ?? null,
    percentiles: found?.percentiles ?? null,
  };
}

function describe({ outcome, model, reason }: TaskResult, found: RecordedAssignment | undefined, output: Output): string {
  if (outcome !== 'completed') return onOneLine(reason);
  return found === undefined ? onOneLine(`It needs no slot: no account has ${model}.`) : describeSlot(found, output);
}
