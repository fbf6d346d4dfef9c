/** Commands for changing the routing on evidence: reviews, verdicts, rollouts, and the way back. */

import { type Command, Option } from 'commander';
import { PRIVACY_TIERS } from '../../routing/task/task';
import type { Cli, Run, StackCommandOptions } from './cli';
import { duration, idPrefix, instant, integerBetween } from './input/option-values';
import type { ReviewCancelOptions } from './review-cancel';
import type { ReviewLabelOptions } from './review-label';
import type { ReviewListOptions } from './review-list';
import type { ReviewOfflineOptions } from './review-offline';
import type { ReviewReportOptions } from './review-report';
import type { ReviewScheduleOptions } from './review-schedule';
import type { ReviewStartOptions } from './review-start';
import type { RollbackOptions } from './rollback';
import type { RolloutChange, RolloutChangeOptions } from './rollout-change';
import { asOption, examples, stackOption } from './shared-options';
import type { ApproveOptions, RejectOptions } from './verdict';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  start: () => require('./review-start') as typeof import('./review-start'),
  list: () => require('./review-list') as typeof import('./review-list'),
  show: () => require('./review-show') as typeof import('./review-show'),
  report: () => require('./review-report') as typeof import('./review-report'),
  label: () => require('./review-label') as typeof import('./review-label'),
  cancel: () => require('./review-cancel') as typeof import('./review-cancel'),
  offline: () => require('./review-offline') as typeof import('./review-offline'),
  schedule: () => require('./review-schedule') as typeof import('./review-schedule'),
  verdict: () => require('./verdict') as typeof import('./verdict'),
  rolloutList: () => require('./rollout-list') as typeof import('./rollout-list'),
  rolloutChange: () => require('./rollout-change') as typeof import('./rollout-change'),
  rollback: () => require('./rollback') as typeof import('./rollback'),
};

/** Named here too, because the module of the command comes with what it needs. */
const REPORT_FORMATS = ['text', 'markdown', 'html', 'json'] as const satisfies readonly NonNullable<ReviewReportOptions['format']>[];

/** As client/telemetry has them, for the same reason. */
const EVALUATION_FORMATS = ['promptfoo', 'langfuse', 'jsonl'];
const TELEMETRY_FORMATS = ['otel', 'litellm', 'langfuse', 'jsonl'];

export function addReviewCommands(program: Command, cli: Cli, run: Run): void {
  addReview(program, cli, run);
  addVerdicts(program, cli, run);
  addRollout(program, cli, run);

  program
    .command('rollback')
    .summary('put an earlier policy in force again')
    .description('Puts the rules of an earlier policy in force again, for the next decision on, and ends every rollout. Asks first.')
    .argument('[version]', 'the one before the one in force unless given', integerBetween(1, 1_000_000_000))
    .option('--reason <text>', 'why, for the audit log')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON value; needs --yes')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('rollback', 'rollback 3 --reason "answers got worse" --yes'))
    .action((version: number | undefined, options: RollbackOptions) => run(() => load.rollback().runRollback(version, options, cli)));
}

function addReview(program: Command, cli: Cli, run: Run): void {
  const review = program
    .command('review')
    .summary('find and prove a better routing')
    .description('Reviews the routing: which change is worth it, what a replay of past tasks proves of it, and what a person decides.');
  review
    .command('start')
    .description('Asks for a review. It begins, or stands beside one that is open. Whoever asks cannot approve what it proposes.')
    .option('--class <name>', 'only this class, or group of the policy')
    .option('--wait', 'wait until it is reported or has ended, and show how far it is')
    .option('--timeout <time>', 'longest wait, e.g. 2h; a bare number is seconds; the review goes on after it', duration('s'))
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('review start --wait', 'review start --class debugging/medium --as ana'))
    .action((options: ReviewStartOptions) => run(() => load.start().runReviewStart(options, cli)));
  review
    .command('list')
    .description('Lists the latest reviews, newest first; says so when none has begun for 8 days.')
    .option('--limit <count>', 'how many', integerBetween(1, 1000), 20)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('review list', 'review list --limit 5 --json'))
    .action((options: ReviewListOptions) => run(() => load.list().runReviewList(options, cli)));
  review
    .command('show')
    .description('Shows a review: who asked for it, its proposals, what holds each, the verdicts, and the command that decides.')
    .argument('<id>', 'id of the review or of a proposal, or its first 6 digits', idPrefix)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('review show 3f2b8f6f'))
    .action((id: string, options: StackCommandOptions) => run(() => load.show().runReviewShow(id, options, cli)));
  review
    .command('report')
    .description('Prints the page to decide from. The HTML page has plots and needs no network.')
    .argument('<id>', 'id of the review or of a proposal, or its first 6 digits', idPrefix)
    .addOption(new Option('--format <format>', 'by the ending of --out, or text, unless given').choices(REPORT_FORMATS))
    .option('--out <file>', 'write to a file')
    .option('--json', 'the same as --format json')
    .addOption(stackOption())
    .addHelpText('after', examples('review report 3f2b8f6f', 'review report 3f2b8f6f --out report.html'))
    .action((id: string, options: ReviewReportOptions) => run(() => load.report().runReviewReport(id, options, cli)));
  review
    .command('label')
    .description(
      'Asks which of two answers is better, pair by pair, to find out what the judge is worth. Blind, and with one key; what was said is kept at once, and the next time goes on there.',
    )
    .argument('<id>', 'id of a review or of a proposal whose answers a judge compared, or its first 6 digits', idPrefix)
    .option('--from <file>', 'labels from a file of JSON Lines instead; - is standard input')
    .option('--json', 'print one JSON value: how far it is, or with --from what was taken')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples('review label 3f2b8f6f', 'review label 3f2b8f6f --as ana --from labels.jsonl', 'review label 3f2b8f6f --json'),
    )
    .action((id: string, options: ReviewLabelOptions) => run(() => load.label().runReviewLabel(id, options, cli)));
  review
    .command('cancel')
    .description('Asks an open review to stop. Its proposals are aborted; what it had rolled out goes on.')
    .argument('<id>', 'id of the review, or its first 6 digits', idPrefix)
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('review cancel 3f2b8f6f'))
    .action((id: string, options: ReviewCancelOptions) => run(() => load.cancel().runReviewCancel(id, options, cli)));
  review
    .command('schedule')
    .description('Shows when the next reviews are asked for, and changes it.')
    .option('--cron <expression>', 'minute, hour, day of the month, month, day of the week, e.g. "0 6 * * 1"')
    .option('--time-zone <name>', 'time zone of the expression, e.g. Europe/Berlin')
    .option('--pause', 'ask for none until it is resumed')
    .option('--resume', 'ask for them again')
    .option('--class <name>', 'the schedule of a class or group instead of that of everything')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples('review schedule', 'review schedule --cron "0 6 * * 1" --time-zone Europe/Berlin', 'review schedule --pause'),
    )
    .action((options: ReviewScheduleOptions) => run(() => load.schedule().runReviewSchedule(options, cli)));
  addOffline(review, cli, run);
}

function addOffline(review: Command, cli: Cli, run: Run): void {
  review
    .command('offline')
    .description(
      'Reviews the logs of any gateway, before any traffic is moved: what would be proposed, and with --replay what a replay proves of it. Needs no stack, and changes nothing.',
    )
    .requiredOption('--telemetry <file...>', 'past tasks, plain or in gzip; - is standard input')
    .addOption(new Option('--from <format>', 'what wrote them; their first rows tell it unless given').choices(TELEMETRY_FORMATS))
    .option('--catalogue <file>', 'models and prices; signalbox.yaml of this folder unless given')
    .option('--policy <file>', 'routes, tolerances and the settings of reviews; policy.yaml of this folder unless given')
    .option('--replay <command>', 'reads tasks and models as JSON Lines and writes how each went; without one nothing is proved')
    .option('--replay-silence <time>', 'longest silence of the command; a bare number is seconds', duration('s'), 10 * 60_000)
    .option('--as-of <date>', 'end of the window: a day, which is its first moment in UTC, or an instant; now unless given', instant)
    .option('--history <file>', 'earlier changes of routes, as JSON Lines, so that nothing goes back and forth')
    .option('--evaluations <file...>', 'scores that models got elsewhere on the same tasks: pairs that are known are not replayed')
    .addOption(new Option('--evaluations-from <format>', 'what wrote them').choices(EVALUATION_FORMATS).default('jsonl'))
    .option('--map <name=model>', 'which model of the catalogue a name of the logs is; may be repeated', collect)
    .addOption(new Option('--privacy-tier <tier>', 'of tasks of which the logs do not say').choices(PRIVACY_TIERS).default('internal'))
    .option('--seed <text>', 'fixes every draw; follows from the rules and the date unless given')
    .addOption(new Option('--format <format>', 'by the ending of --out, or text, unless given').choices(REPORT_FORMATS))
    .option('--out <file>', 'write the report to a file')
    .option('--json', 'print one JSON value: decisions, what was read, and the report')
    .addHelpText(
      'after',
      examples(
        'review offline --telemetry logs.jsonl --as-of 2026-11-01',
        'review offline --telemetry logs.jsonl.gz --catalogue signalbox.yaml --policy policy.yaml --replay "python replay.py" --out report.html',
      ),
    )
    .action((options: ReviewOfflineOptions) => run(() => load.offline().runReviewOffline(options, cli)));
}

function collect(words: string, before: readonly string[] = []): readonly string[] {
  return [...before, words];
}

function addVerdicts(program: Command, cli: Cli, run: Run): void {
  const idOf = 'id of a proposal, or of a review for all of its proposals, or the first 6 digits';
  const evidence = () => new Option('--evidence <hash>', 'hash of what you read, or its beginning: refused when it is another by now');
  program
    .command('approve')
    .summary('approve what a review proposes')
    .description(
      'Approves a proposal: its rollout begins. It counts for exactly the evidence and the policy of this moment, and not from whoever asked for the review.',
    )
    .argument('<id>', idOf, idPrefix)
    .option('--note <text>', 'for the audit log')
    .addOption(evidence())
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('approve 3f2b8f6f --as ben', 'approve 3f2b8f6f --as ben --note "read the report" --json'))
    .action((id: string, options: ApproveOptions) => run(() => load.verdict().runApprove(id, options, cli)));
  program
    .command('reject')
    .summary('reject what a review proposes')
    .description('Rejects a proposal. Until the first task is moved, a rejection wins over an approval.')
    .argument('<id>', idOf, idPrefix)
    .requiredOption('--reason <text>', 'what would have to be different')
    .addOption(evidence())
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('reject 3f2b8f6f --as ben --reason "support tickets need the larger model"'))
    .action((id: string, options: RejectOptions) => run(() => load.verdict().runReject(id, options, cli)));
}

const CHANGES: readonly (readonly [change: RolloutChange, description: string, note: string])[] = [
  ['pause', 'Pauses a rollout: it keeps its weight and goes no further.', 'two complaints of today'],
  ['resume', 'Lets a paused or held rollout go on.', 'the complaints were about something else'],
  ['abort', 'Ends a rollout: every new task is on the old route again.', 'too many complaints'],
];

function addRollout(program: Command, cli: Cli, run: Run): void {
  const rollout = program
    .command('rollout')
    .summary('watch and stop approved changes on their way to traffic')
    .description('Shows approved changes on their way to traffic, and stops them.');
  rollout
    .command('list')
    .description('Lists rollouts, newest first.')
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('rollout list'))
    .action((options: StackCommandOptions) => run(() => load.rolloutList().runRolloutList(options, cli)));
  rollout
    .command('show')
    .description('Shows a rollout: its state, its plan, and what it has seen.')
    .argument('<id>', 'id of the rollout, or its first 6 digits', idPrefix)
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('rollout show 7c1e9d55'))
    .action((id: string, options: StackCommandOptions) => run(() => load.rolloutList().runRolloutShow(id, options, cli)));
  for (const [change, description, note] of CHANGES) {
    rollout
      .command(change)
      .description(description)
      .argument('<id>', 'id of the rollout, or its first 6 digits', idPrefix)
      .option('--note <text>', 'why, for the audit log')
      .option('--json', 'print one JSON value')
      .addOption(asOption())
      .addOption(stackOption())
      .addHelpText('after', examples(`rollout ${change} 7c1e9d55 --note "${note}"`))
      .action((id: string, options: RolloutChangeOptions) => run(() => load.rolloutChange().runRolloutChange(change, id, options, cli)));
  }
}
