/** `signalbox rate SCORE TASK`: says how good an answer was. */

import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withStoredWork } from './open-client';

export interface RateOptions extends StackCommandOptions {
  readonly model?: string;
}

export async function runRate(score: number, taskId: string, options: RateOptions, cli: Cli): Promise<ExitCode> {
  const rating = { score, taskId, ratedBy: cli.user, ...(options.model === undefined ? {} : { model: options.model }) };
  const { model, tier } = await withStoredWork(cli, options, (client) => client.rate(rating));
  if (options.json) cli.output.printJson({ taskId, model, tier, score });
  else cli.output.print(`Rated ${model} with ${score} of 5, in tier ${tier}.`);
  return EXIT.ok;
}
