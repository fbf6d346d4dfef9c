/** `signalbox reset`: forgets what was learnt, what workers keep, or who is left alone. Asks first; money and records stay. */

import type { Database } from '../../db/connect';
import { type Forgotten, resetCache, resetCircuit, resetStats } from '../../db/queries/reset';
import { catalogueModels } from '../../db/queries/rules';
import { requireModel } from '../ratings/require-model';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { confirm } from './input/confirm';
import { withDatabase } from './open-client';

export interface ResetOptions extends StackCommandOptions, ActingOptions {
  readonly yes?: boolean;
}

/** One thing that can be forgotten. */
interface Reset {
  readonly question: string;
  readonly run: (db: Database, actor: string) => Promise<Forgotten>;
  readonly sentence: (forgotten: Forgotten) => string;
}

export function runResetStats(options: ResetOptions, cli: Cli): Promise<ExitCode> {
  return reset(
    {
      question: 'Forget every rating and every average of the models? "signalbox ratings export" keeps a copy of the ratings.',
      run: resetStats,
      sentence: ({ ratings = 0, averages = 0 }) =>
        `Forgot ${count(ratings, 'rating')} and ${count(averages, 'average')}; the models begin anew.`,
    },
    options,
    cli,
  );
}

/** @param model undefined: every one */
export function runResetCircuit(model: string | undefined, options: ResetOptions, cli: Cli): Promise<ExitCode> {
  return reset(
    {
      question: `Call ${model ?? 'every model'} again at once, though it has kept failing?`,
      run: async (db, actor) => {
        if (model !== undefined) requireModel(model, (await catalogueModels(db)).keys());
        return resetCircuit(db, actor, model);
      },
      sentence: ({ models = 0 }) => `Forgot the failures of ${count(models, 'model')}.`,
    },
    options,
    cli,
  );
}

export function runResetCache(options: ResetOptions, cli: Cli): Promise<ExitCode> {
  return reset(
    {
      question: 'Have all workers forget what they keep of rules and of the values of tasks?',
      run: resetCache,
      sentence: () => 'Every worker forgets it before its next decision.',
    },
    options,
    cli,
  );
}

async function reset({ question, run, sentence }: Reset, options: ResetOptions, cli: Cli): Promise<ExitCode> {
  const actor = await actorOf(options, cli);
  return withDatabase(cli, options, async (db) => {
    await confirm(question, options, cli);
    const forgotten = await run(db, actor);
    if (options.json) cli.output.printJson({ ...forgotten, actor });
    else cli.output.print(sentence(forgotten));
    return EXIT.ok;
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
