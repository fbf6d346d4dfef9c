/** `signalbox rate SCORE [TASK | MODEL]`: says how good an answer was. */

import { RoutingError } from '../../routing/errors';
import { isTaskId } from '../task-id';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withStoredWork } from './open-client';

export interface RateOptions extends StackCommandOptions {
  readonly model?: string;
}

/** @param what id of a task, or of a model; undefined: the last task */
export async function runRate(score: number, what: string | undefined, options: RateOptions, cli: Cli): Promise<ExitCode> {
  const rating = { score, ratedBy: cli.user, ...subjectOf(what, options.model) };
  const { model, tier, taskId } = await withStoredWork(cli, options, (client) => client.rate(rating));
  if (options.json) cli.output.printJson({ taskId, model, tier, score });
  else cli.output.print(`Rated ${model} with ${score} of 5, in tier ${tier}${taskId === null ? '' : `, for task ${taskId}`}.`);
  return EXIT.ok;
}

function subjectOf(what: string | undefined, option: string | undefined): { readonly taskId?: string; readonly model?: string } {
  const named = option === undefined ? {} : { model: option };
  if (what === undefined) return named;
  if (isTaskId(what)) return { taskId: what, ...named };
  if (option !== undefined && what.includes('/')) {
    throw new RoutingError('bad_argument', 'The model is given twice, as a word and with --model. Give one of them.');
  }
  // A word without a slash may be a model whose provider was left out: whoever knows the models answers that.
  return { model: what };
}
