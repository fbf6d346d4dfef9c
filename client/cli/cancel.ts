/** `signalbox cancel ID`: asks a task to stop. */

import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withClient } from './open-client';

export async function runCancel(taskId: string, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const statusBefore = await withClient(cli, options, (client) => client.cancel(taskId));
  const isStopping = ['accepted', 'running', 'await_slot'].includes(statusBefore);
  if (options.json) cli.output.printJson({ taskId, statusBefore, isStopping });
  else if (isStopping) cli.output.print(`Asked task ${taskId} to stop; a call in flight is aborted and settled.`);
  else cli.output.print(`Task ${taskId} had ended already: ${statusBefore}. Nothing was changed.`);
  return EXIT.ok;
}
