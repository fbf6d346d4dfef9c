/** Commands for the stack and its records. */

import { type Command, Option } from 'commander';
import type { AuditExportOptions } from './audit-export';
import type { AuditListOptions } from './audit-list';
import type { Cli, Run, StackCommandOptions } from './cli';
import type { DemoCommandOptions } from './demo';
import type { DoctorOptions } from './doctor';
import type { EraseOptions } from './erase';
import { duration, integerBetween } from './input/option-values';
import { setOption } from './input/overrides';
import { asOption, examples, stackOption } from './shared-options';
import type { UpOptions } from './up';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  up: () => require('./up') as typeof import('./up'),
  worker: () => require('./worker') as typeof import('./worker'),
  demo: () => require('./demo') as typeof import('./demo'),
  auditLedger: () => require('./audit-ledger') as typeof import('./audit-ledger'),
  auditList: () => require('./audit-list') as typeof import('./audit-list'),
  auditVerify: () => require('./audit-verify') as typeof import('./audit-verify'),
  auditExport: () => require('./audit-export') as typeof import('./audit-export'),
  erase: () => require('./erase') as typeof import('./erase'),
  doctor: () => require('./doctor') as typeof import('./doctor'),
};

export function addStackCommands(program: Command, cli: Cli, run: Run): void {
  program
    .command('up')
    .summary('start everything on this machine')
    .description(
      'Starts Postgres, Temporal and workers on this machine, with the rules of the current folder, and runs until Ctrl-C. DATABASE_URL and TEMPORAL_ADDRESS replace the first two by your own. Without any provider key it runs on scripted models.',
    )
    .option('--workers <count>', 'worker processes', integerBetween(0, 64), 1)
    .option('--config <place>', 'folder or signalbox.yaml with the rules; the current folder unless given')
    .addOption(setOption())
    .option('--json', 'print one JSON value when everything is ready')
    .addOption(stackOption())
    .addHelpText('after', examples('up', 'up --state /var/lib/signalbox --workers 4', 'up --config ./rules'))
    .action((options: UpOptions) => run(() => load.up().runUp(options, cli)));

  program
    .command('worker')
    .summary('run one worker')
    .description(
      'Runs one worker in the foreground, on the stack of DATABASE_URL and TEMPORAL_ADDRESS or of the state folder. Any number may run.',
    )
    .addOption(stackOption())
    .addHelpText('after', examples('worker', 'worker --state /var/lib/signalbox'))
    .action((options: StackCommandOptions) => run(() => load.worker().runWorker(options, cli)));

  program
    .command('demo')
    .summary('see it work: recorded tasks, a killed worker, a review, a rollout')
    .description(
      'Runs recorded tasks through the whole stack, with faults and a killed worker; then reviews the routing, waits for a verdict, rolls out what was approved, and takes back a change that goes bad. Answers are recorded, not live; times of the rollout are compressed.',
    )
    .option('--tasks <count>', 'tasks before the review', integerBetween(10, 3_000), 1_500)
    .option('--approve', 'give the verdict in a second name, instead of waiting for you')
    .addOption(
      new Option('--verdict-wait <time>', 'longest wait for your verdict, e.g. 10m; a bare number is seconds')
        .argParser(duration('s'))
        .default(300_000, '5m'),
    )
    .option('--json', 'print one JSON value')
    .addOption(stackOption('.signalbox-demo'))
    .addHelpText('after', examples('demo', 'demo --approve'))
    .action((options: DemoCommandOptions) => run(() => load.demo().runDemoCommand(options, cli)));

  addAuditCommands(program, cli, run);
  program
    .command('erase')
    .argument('<id>', 'id of the task')
    .summary("erase one task's content for good")
    .description(
      'Erases the prompt, the grader and all answers of a task that has ended, and the answers of its replays, for good; also in an archived month. What it cost, how it was routed and the audit log stay and add up; the audit log says who asked. It can be rated, but not replayed any more. Older content is erased by upkeep, as "retention" in signalbox.yaml says.',
    )
    .addOption(asOption())
    .option('--reason <text>', 'for the audit log, which keeps it for ever: a reference, no names')
    .option('--yes', 'do it without asking')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples(
        'erase 019361c2-7b5e-7c3a-9d54-3f2b8f6f1a90',
        'erase 019361c2-7b5e-7c3a-9d54-3f2b8f6f1a90 --as ana --reason "request 4711" --yes',
      ),
    )
    .action((id: string, options: EraseOptions) => run(() => load.erase().runErase(id, options, cli)));
  program
    .command('doctor')
    .summary('say what is wrong and what to do')
    .description('Checks every part of the stack and says what is wrong and what to do.')
    .option('--migrate', 'first bring the schema of the database up to date')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('doctor', 'doctor --state /var/lib/signalbox'))
    .action((options: DoctorOptions) => run(() => load.doctor().runDoctor(options, cli)));
}

function addAuditCommands(program: Command, cli: Cli, run: Run): void {
  const audit = program
    .command('audit')
    .summary('say who changed what, and check that everything adds up')
    .description('Shows who changed what, and checks that everything adds up.');
  audit
    .command('list')
    .description('Lists the latest changes of policy, budgets, models, reviews, verdicts and weights, newest first.')
    .option('--limit <count>', 'how many', integerBetween(1, 10_000), 20)
    .option('--action <name>', 'only these, e.g. policy.applied; with a dot at the end, all that begin so, e.g. rollout.')
    .option('--subject <id>', 'only changes of this; at least 6 digits of an id')
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('audit list', 'audit list --action rollout. --limit 100', 'audit list --subject 3f2b8f6f --json'))
    .action((options: AuditListOptions) => run(() => load.auditList().runAuditList(options, cli)));
  audit
    .command('verify')
    .description('Checks that no entry of the audit log was changed or taken out since it was written, and names the first bad one.')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('audit verify', 'audit verify --json'))
    .action((options: StackCommandOptions) => run(() => load.auditVerify().runAuditVerify(options, cli)));
  audit
    .command('export')
    .description('Prints the whole audit log, one JSON object on each line, with the hashes.')
    .option('--out <file>', 'write to a file')
    .option('--force', 'replace the file')
    .option('--json', 'with --out, print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('audit export --out audit.jsonl', 'audit export | tail -1'))
    .action((options: AuditExportOptions) => run(() => load.auditExport().runAuditExport(options, cli)));
  audit
    .command('ledger')
    .description('Checks every invariant of tasks, calls, money and rules, and names each row that breaks one. Changes nothing.')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('audit ledger', 'audit ledger --json'))
    .action((options: StackCommandOptions) => run(() => load.auditLedger().runAuditLedger(options, cli)));
}
