/** Commands for what is learnt: ratings, how the models did, and how to begin anew. */

import type { Command } from 'commander';
import type { Cli, Run, StackCommandOptions } from './cli';
import type { FallbackOptions } from './fallback';
import { integerBetween, numberBetween } from './input/option-values';
import type { RateOptions } from './rate';
import type { RatingsExportOptions } from './ratings-export';
import type { RatingsImportOptions } from './ratings-import';
import type { ResetOptions } from './reset';
import { asOption, examples, stackOption } from './shared-options';
import type { StatsOptions } from './stats';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  fallback: () => require('./fallback') as typeof import('./fallback'),
  reset: () => require('./reset') as typeof import('./reset'),
  ratingsExport: () => require('./ratings-export') as typeof import('./ratings-export'),
  ratingsImport: () => require('./ratings-import') as typeof import('./ratings-import'),
  ratingsReport: () => require('./ratings-report') as typeof import('./ratings-report'),
  rate: () => require('./rate') as typeof import('./rate'),
  stats: () => require('./stats') as typeof import('./stats'),
  statsChecks: () => require('./stats-checks') as typeof import('./stats-checks'),
};

export function addLearningCommands(program: Command, cli: Cli, run: Run): void {
  program
    .command('rate')
    .summary('say how good an answer was')
    .description(
      'Rates an answer from 1 to 5: of a task by its id; of a model by its name, for the last task that it did for you; of your last task where nothing is named. Ratings move traffic among the models that the policy approves.',
    )
    .argument('<score>', '1 (useless) to 5 (excellent)', numberBetween(1, 5))
    .argument('[what]', 'id of a task, or provider/model; your last task unless given')
    .option('--model <id>', 'rate another model than the one that answered')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('rate 5', 'rate 4 anthropic/claude-sonnet-5-5', 'rate 2 0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11'))
    .action((score: number, what: string | undefined, options: RateOptions) => run(() => load.rate().runRate(score, what, options, cli)));

  const stats = program
    .command('stats')
    .enablePositionalOptions()
    .summary('say what was done, what it cost, and how the models did')
    .description(
      'Says how many tasks ended how, what they cost, how each model did, and how each was rated in each tier, the best first. Tasks, costs and calls are of the last 30 days unless --days says otherwise, with latencies within 1 %; ratings are of all time.',
    )
    .option('--days <count>', 'of how many days, in UTC, today included', integerBetween(1, 3_650), 30)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('stats', 'stats --days 7', 'stats --json'))
    .action((options: StatsOptions) => run(() => load.stats().runStats(options, cli)));
  stats
    .command('checks')
    .description(
      'Says how often the check of each step of a cascade passed, failed and crashed, how often it was right by the grades of the answers, what it cost, how long it took, and how often a later step answered.',
    )
    .option('--days <count>', 'of how many days, in UTC, today included', integerBetween(1, 3_650), 30)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('stats checks', 'stats checks --days 7 --json'))
    .action((options: StatsOptions) => run(() => load.statsChecks().runStatsChecks(options, cli)));

  addRatingsCommands(program, cli, run);

  program
    .command('fallback')
    .summary('show which models stand behind which, and how often that was needed')
    .description(
      'Shows the chains of each class with how their models did lately, fallbacks with their reasons, models that are left alone because they kept failing, and rate limits.',
    )
    .option('--hours <count>', 'how far to look back', integerBetween(1, 24 * 366), 24)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('fallback', 'fallback --hours 168 --json'))
    .action((options: FallbackOptions) => run(() => load.fallback().runFallback(options, cli)));

  addResetCommands(program, cli, run);
}

function addResetCommands(program: Command, cli: Cli, run: Run): void {
  const reset = program
    .command('reset')
    .summary('forget what was learnt, what is kept, or who is left alone')
    .description('Forgets what was learnt, what is kept, or who is left alone. Asks first; the ledger and the audit log stay as they are.');
  const one = (name: string, description: string) =>
    reset
      .command(name)
      .description(description)
      .option('--yes', 'do not ask')
      .option('--json', 'print one JSON value; needs --yes')
      .addOption(asOption())
      .addOption(stackOption());
  one('stats', 'Forgets every rating, and the averages of ratings and outcomes. What tasks cost and how they ended stays.')
    .addHelpText('after', examples('reset stats', 'reset stats --yes --json'))
    .action((options: ResetOptions) => run(() => load.reset().runResetStats(options, cli)));
  one('circuit', 'Has models called again at once that are left alone because they kept failing.')
    .argument('[model]', 'provider/model; every one unless given')
    .addHelpText('after', examples('reset circuit', 'reset circuit openai/gpt-6-sol --yes'))
    .action((model: string | undefined, options: ResetOptions) => run(() => load.reset().runResetCircuit(model, options, cli)));
  one('cache', 'Has every worker forget what it keeps of rules and of the values of tasks.')
    .addHelpText('after', examples('reset cache --yes'))
    .action((options: ResetOptions) => run(() => load.reset().runResetCache(options, cli)));
}

function addRatingsCommands(program: Command, cli: Cli, run: Run): void {
  const ratings = program
    .command('ratings')
    .summary('import and export ratings, and see what they change')
    .description('Imports and exports ratings, and shows what they change.');
  ratings
    .command('import')
    .description(
      'Adds the ratings of a file in JSON Lines (timestamp, provider, model, score, tier, task_hash). A file that is read again adds nothing; lines without a model are kept and count for none.',
    )
    .argument('<file>', '"-" reads standard input')
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('ratings import ratings.jsonl', 'ratings import - --json < ratings.jsonl'))
    .action((file: string, options: RatingsImportOptions) => run(() => load.ratingsImport().runRatingsImport(file, options, cli)));
  ratings
    .command('export')
    .description('Prints every rating, oldest first, one JSON object on each line.')
    .option('--out <file>', 'write to a file')
    .option('--force', 'replace the file')
    .option('--json', 'with --out: print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('ratings export > ratings.jsonl', 'ratings export --out ratings.jsonl --force'))
    .action((options: RatingsExportOptions) => run(() => load.ratingsExport().runRatingsExport(options, cli)));
  ratings
    .command('report')
    .description(
      'Shows which model serves each tier of a provider by what was rated, which are rated too badly, and which swaps the ratings suggest. A swap of a route is made by a review.',
    )
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('ratings report', 'ratings report --json'))
    .action((options: StackCommandOptions) => run(() => load.ratingsReport().runRatingsReport(options, cli)));
}
