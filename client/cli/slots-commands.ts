/** Commands for slots: what there is, who waits, what is used up, and what they change. */

import { type Command, Option } from 'commander';
import { QUOTA_PERIODS } from '../../routing/slots/settings';
import type { Cli, Run, StackCommandOptions } from './cli';
import { integerBetween, numberBetween } from './input/option-values';
import { addTaskOptions } from './input/task-options';
import { asOption, examples, stackOption } from './shared-options';
import type { SlotsDryRunOptions } from './slots-dry-run';
import type { SlotsHoursOptions } from './slots-matrix';
import type { SlotsQueueOptions } from './slots-queue';
import type { SlotsReportOptions } from './slots-report';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  list: () => require('./slots-list') as typeof import('./slots-list'),
  queue: () => require('./slots-queue') as typeof import('./slots-queue'),
  dryRun: () => require('./slots-dry-run') as typeof import('./slots-dry-run'),
  report: () => require('./slots-report') as typeof import('./slots-report'),
  matrix: () => require('./slots-matrix') as typeof import('./slots-matrix'),
  compare: () => require('./slots-compare') as typeof import('./slots-compare'),
};

export function addSlotsCommands(program: Command, cli: Cli, run: Run): void {
  const slots = program
    .command('slots')
    .summary('show accounts, who waits for them, and what they change')
    .description('Slots: places to run one task at a time in an account. They are configured under "slots" in signalbox.yaml.');
  slots
    .command('list')
    .description('Lists the accounts in force: their slots, how many are taken, and how much of each quota is used up.')
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('slots list'))
    .action((options: StackCommandOptions) => run(() => load.list().runSlotsList(options, cli)));
  slots
    .command('queue')
    .description('Lists the tasks that wait for a slot, in the order in which they choose.')
    .option('--limit <count>', 'how many', integerBetween(1, 10_000), 20)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('slots queue', 'slots queue --limit 1000 --json'))
    .action((options: SlotsQueueOptions) => run(() => load.queue().runSlotsQueue(options, cli)));
  const dryRun = slots
    .command('dry-run')
    .description('Says which slot a task would get now, and why: it is decided and recorded, and nothing is called.')
    .argument('[text...]', 'the text of the task; "-" reads standard input')
    .option('--file <file>', 'read the text from a file')
    .option('--json', 'print one JSON value')
    .addOption(stackOption());
  addTaskOptions(dryRun)
    .addHelpText('after', examples('slots dry-run "Fix a typo in the README"', 'slots dry-run "Plan the migration" --priority 97 --json'))
    .action((words: string[], options: SlotsDryRunOptions) => run(() => load.dryRun().runSlotsDryRun(words, options, cli)));
  slots
    .command('report')
    .description('Reports how much of a quota of an account is used up, where it is used elsewhere too. It counts until the window ends.')
    .argument('<account>', 'id of the account')
    .addOption(new Option('--window <period>', 'which quota').choices(QUOTA_PERIODS).makeOptionMandatory())
    .requiredOption('--used <share>', 'share that is used up, 0 to 1', numberBetween(0, 1))
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('slots report seat-anna --window day --used 0.4'))
    .action((account: string, options: SlotsReportOptions) => run(() => load.report().runSlotsReport(account, options, cli)));
  const ofHours = (name: string, description: string) =>
    slots
      .command(name)
      .description(description)
      .option('--hours <count>', 'how far back', integerBetween(1, 8_760), 24)
      .option('--json', 'print one JSON value')
      .addOption(stackOption());
  ofHours('matrix', 'Shows decisions and cost per decision by model and by layer, the part of the organisation that tasks come from.')
    .addHelpText('after', examples('slots matrix', 'slots matrix --hours 168 --json'))
    .action((options: SlotsHoursOptions) => run(() => load.matrix().runSlotsMatrix(options, cli)));
  ofHours('compare', 'Compares what slots would have changed with what happened, as mode observe has recorded it.')
    .addHelpText('after', examples('slots compare', 'slots compare --hours 168 --json'))
    .action((options: SlotsHoursOptions) => run(() => load.compare().runSlotsCompare(options, cli)));
}
