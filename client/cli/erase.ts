/** `signalbox erase ID`: erases the content of one task for good. */

import { eraseContent } from '../erase';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { confirm } from './input/confirm';
import { withDatabase } from './open-client';
import { formatInstant } from './terminal/text';

export interface EraseOptions extends StackCommandOptions, ActingOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

export async function runErase(taskId: string, options: EraseOptions, cli: Cli): Promise<ExitCode> {
  const { reason = '' } = options;
  const actor = await actorOf(options, cli);
  await confirm(`Erase the prompt and all answers of task ${taskId} for good?`, options, cli);
  const erased = await withDatabase(cli, options, (db) => eraseContent(db, { taskId, actor, reason }));
  const isNew = erased.kind === 'erased';
  const erasedAt = new Date(erased.at);
  if (options.json) cli.output.printJson({ taskId, isNew, erasedAt, replays: isNew ? erased.replays : null });
  else if (!isNew) cli.output.print(`The content of task ${taskId} was erased on ${formatInstant(erasedAt)} already. Nothing was changed.`);
  else {
    const replays = erased.replays === 0 ? '' : ` and of its ${erased.replays} ${erased.replays === 1 ? 'replay' : 'replays'}`;
    cli.output.print(
      `Erased the content of task ${taskId}${replays}. What it cost and how it was routed stays; the audit log says who asked.`,
    );
  }
  return EXIT.ok;
}
