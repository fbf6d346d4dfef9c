/** Commands for money: what was spent, what will be, and what may be. */

import { Argument, type Command, Option } from 'commander';
import type { CostDimension } from '../../db/queries/cost';
import { RoutingError } from '../../routing/errors';
import type { BudgetPeriod } from '../../routing/money/budget';
import type { BudgetRemoveOptions, NAMED_LIMITS } from './budget-remove';
import type { BudgetSetOptions } from './budget-set';
import type { BudgetShowOptions } from './budget-show';
import type { Cli, Run } from './cli';
import type { CostOptions } from './cost';
import type { ExitCode } from './exit-code';
import { period, scope, share, timeZone } from './input/money-values';
import { asOption, examples, stackOption } from './shared-options';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  cost: () => require('./cost') as typeof import('./cost'),
  costForecast: () => require('./cost-forecast') as typeof import('./cost-forecast'),
  costSuggest: () => require('./cost-suggest') as typeof import('./cost-suggest'),
  costWhatIf: () => require('./cost-what-if') as typeof import('./cost-what-if'),
  costExport: () => require('./cost-export') as typeof import('./cost-export'),
  budgetShow: () => require('./budget-show') as typeof import('./budget-show'),
  budgetRemove: () => require('./budget-remove') as typeof import('./budget-remove'),
  budgetSet: () => require('./budget-set') as typeof import('./budget-set'),
};

/** Named here too, because the query's own list comes with the database's driver. */
const DIMENSIONS = [
  'model',
  'provider',
  'type',
  'class',
  'scope',
  'key',
  'tag',
  'team',
  'project',
  'system',
] as const satisfies readonly CostDimension[];

export function addMoneyCommands(program: Command, cli: Cli, run: Run): void {
  program
    .command('cost')
    .summary('say what was spent, will be, and could be saved')
    .description(
      'Says what was spent, on what, what caches saved and how estimates did; or answers one of the questions below. Days begin in the time zone of the scope.',
    )
    .addOption(
      new Option(
        '--period <period>',
        'day, week or month that is under way, or two days as 2026-11-01..2026-11-30; day unless given, month for a question',
      ).argParser(period),
    )
    .addOption(new Option('--by <dimension>', 'what it is grouped by; model unless given').choices(DIMENSIONS))
    .option('--scope <scope>', 'whose money: global, team:NAME, project:NAME, tag:NAME or key:ID; everyone’s unless given', scope)
    .option('--time-zone <name>', 'where days begin, e.g. Europe/Berlin; that of the budget of the scope unless given', timeZone)
    .option('--forecast', 'what the day, week or month will have cost, and when its budgets will be spent')
    .option('--suggest', 'which classes could be served for less, what that rests on, and the command that has it proved')
    .option('--what-if <change...>', 'what it would have cost: under a policy.yaml, on "model=ID", or on "CLASS=ID" …')
    .addOption(new Option('--export <format>', 'what to charge whom: a line for each day, model and scope').choices(['csv', 'json']))
    .option('--out <file>', 'write the export to a file')
    .option('--force', 'replace a file that exists')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples(
        'cost',
        'cost --period month --by team',
        'cost --period 2026-11-01..2026-11-30 --scope team:search --json',
        'cost --forecast',
        'cost --suggest',
        'cost --what-if model=openai/gpt-6-luna',
        'cost --what-if ./policy.yaml --period week',
        'cost --export csv --period month --out charges.csv',
      ),
    )
    .action((options: CostOptions) => run(() => answer(options, cli)));

  addBudgetCommands(program, cli, run);
}

/** What may be asked, and which options belong to it. */
const QUESTIONS = {
  forecast: ['period', 'scope', 'timeZone'],
  suggest: [],
  whatIf: ['period', 'scope', 'timeZone'],
  export: ['period', 'scope', 'timeZone', 'out', 'force'],
} as const satisfies Partial<Record<keyof CostOptions, readonly (keyof CostOptions)[]>>;
type Question = keyof typeof QUESTIONS;

async function answer(options: CostOptions, cli: Cli): Promise<ExitCode> {
  const [question, ...more] = (Object.keys(QUESTIONS) as Question[]).filter((each) => options[each] !== undefined);
  const taken: readonly string[] = question === undefined ? ['period', 'by', 'scope', 'timeZone'] : QUESTIONS[question];
  const strange = [...more, ...(['period', 'by', 'scope', 'timeZone', 'out', 'force'] as const)].find(
    (option) => options[option] !== undefined && !taken.includes(option),
  );
  if (strange !== undefined) {
    const asked = question === undefined ? 'a report of what was spent' : optionName(question);
    throw new RoutingError('bad_argument', `${optionName(strange)} says nothing with ${asked}. Leave it out.`);
  }
  switch (question) {
    case 'forecast':
      return load.costForecast().runCostForecast(options, cli);
    case 'suggest':
      return load.costSuggest().runCostSuggest(options, cli);
    case 'whatIf':
      return load.costWhatIf().runCostWhatIf(options, cli);
    case 'export':
      return load.costExport().runCostExport(options, cli);
    default:
      return load.cost().runCost(options, cli);
  }
}

/** As it is typed: `--time-zone`. */
function optionName(option: string): string {
  return `--${option.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
}

function addBudgetCommands(program: Command, cli: Cli, run: Run): void {
  const budget = program
    .command('budget')
    .summary('show and change what may be spent')
    .description('Shows what may be spent and what is left of it, and changes it in signalbox.yaml, whose comments and layout stay.');
  budget
    .command('show')
    .description('Shows every limit with what is spent, reserved and left, its warning, and when it renews.')
    .option('--scope <scope>', 'global, team:NAME, project:NAME, tag:NAME or key:ID; all unless given', scope)
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('budget show', 'budget show --scope team:search --json'))
    .action((options: BudgetShowOptions) => run(() => load.budgetShow().runBudgetShow(options, cli)));

  const set = (name: string, limited: BudgetPeriod, description: string, ...shown: readonly string[]) =>
    budget
      .command(name)
      .summary(description.replace(/\.$/u, ''))
      .description(
        `${description} The file is checked as a whole and put in force for the next call, and the audit log says who did it. Below what is spent already, it refuses until it renews.`,
      )
      .argument('<amount...>', 'US dollars, e.g. 12.50')
      .option('--scope <scope>', 'global, team:NAME, project:NAME, tag:NAME or key:ID; everyone’s unless given', scope)
      .addOption(new Option('--hard', 'limits of the scope refuse').conflicts('soft'))
      .addOption(new Option('--soft', 'limits of the scope warn, and refuse nothing').conflicts('hard'))
      .option('--warn-at <share>', 'share of the limit at which people are warned, e.g. 75%', share)
      .option('--time-zone <name>', 'where days and months of the scope begin, e.g. Europe/Berlin', timeZone)
      .option('--config <place>', 'folder or signalbox.yaml; the current folder unless given')
      .option('--dry-run', 'say what would change, change nothing')
      .option('--file-only', 'change the file, and nothing of a stack')
      .option('--yes', 'put all budgets of the file in force, though they change more than was asked for')
      .option('--json', 'print one JSON value')
      .addOption(asOption())
      .addOption(stackOption())
      .addHelpText('after', examples(...shown))
      .action((amount: string[], options: BudgetSetOptions) => run(() => load.budgetSet().runBudgetSet(limited, amount, options, cli)));
  set(
    'set-daily',
    'day',
    'Sets how much a day may cost.',
    'budget set-daily 50',
    'budget set-daily 10 --scope team:search --time-zone Europe/Berlin',
  );
  set(
    'set-monthly',
    'month',
    'Sets how much a month may cost.',
    'budget set-monthly 500',
    'budget set-monthly 200 --scope project:atlas --soft --warn-at 60%',
  );
  set(
    'set-per-request',
    'request',
    'Sets how much one call may cost at most.',
    'budget set-per-request 0.50',
    'budget set-per-request 2 --scope key:ci',
  );

  budget
    .command('remove')
    .description(
      'Takes a limit out of signalbox.yaml and out of force, and the audit log says who did it. What was spent, and what is reserved for calls under way, stays counted.',
    )
    .addArgument(new Argument('<limit>', 'which').choices(['daily', 'monthly', 'per-request'] satisfies (keyof typeof NAMED_LIMITS)[]))
    .option('--scope <scope>', 'global, team:NAME, project:NAME, tag:NAME or key:ID; everyone’s unless given', scope)
    .option('--config <place>', 'folder or signalbox.yaml; the current folder unless given')
    .option('--dry-run', 'say what would change, change nothing')
    .option('--file-only', 'change the file, and nothing of a stack')
    .option('--yes', 'put all budgets of the file in force, though they change more than was asked for')
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('budget remove per-request', 'budget remove daily --scope team:search --dry-run'))
    .action((limit: keyof typeof NAMED_LIMITS, options: BudgetRemoveOptions) =>
      run(() => load.budgetRemove().runBudgetRemove(limit, options, cli)),
    );
}
