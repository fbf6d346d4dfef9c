/** Commands for the stack and its rules. */

import type { Command } from 'commander';
import type { Cli, CommonOptions, Run, StackCommandOptions } from './cli';
import type { DemoCommandOptions } from './demo';
import type { DoctorOptions } from './doctor';
import type { InitOptions } from './init';
import { integerBetween } from './input/option-values';
import type { PolicyApplyOptions } from './policy-apply';
import { examples, stackOption } from './shared-options';
import type { UpOptions } from './up';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  up: () => require('./up') as typeof import('./up'),
  worker: () => require('./worker') as typeof import('./worker'),
  demo: () => require('./demo') as typeof import('./demo'),
  init: () => require('./init') as typeof import('./init'),
  configCheck: () => require('./config-check') as typeof import('./config-check'),
  policyApply: () => require('./policy-apply') as typeof import('./policy-apply'),
  policyShow: () => require('./policy-show') as typeof import('./policy-show'),
  stats: () => require('./stats') as typeof import('./stats'),
  auditLedger: () => require('./audit-ledger') as typeof import('./audit-ledger'),
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
    .summary('see it work: recorded tasks, faults, and a killed worker')
    .description(
      'Runs recorded tasks through the whole stack, with faults and a killed worker, and ends with a page of what happened. Answers are recorded, not live.',
    )
    .option('--tasks <count>', 'how many tasks', integerBetween(10, 2_000), 400)
    .option('--json', 'print one JSON value')
    .addOption(stackOption('.signalbox-demo'))
    .addHelpText('after', examples('demo', 'demo --tasks 100'))
    .action((options: DemoCommandOptions) => run(() => load.demo().runDemoCommand(options, cli)));

  program
    .command('init')
    .summary('write a signalbox.yaml and a policy.yaml to start from')
    .description('Writes a commented signalbox.yaml and policy.yaml to start from.')
    .argument('[folder]', 'where to write', '.')
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON value')
    .addHelpText('after', examples('init', 'init ./rules'))
    .action((folder: string, options: InitOptions) => run(() => load.init().runInit(folder, options, cli)));

  const config = program.command('config').summary('check the configuration files').description('Works on the configuration files.');
  config
    .command('check')
    .description('Names every mistake of signalbox.yaml and policy.yaml at its line. A file with "policy" in its name is a policy.')
    .argument('[files...]', 'those of the current folder unless given')
    .option('--json', 'print one JSON value')
    .addHelpText('after', examples('config check', 'config check rules/signalbox.yaml rules/policy.yaml'))
    .action((files: string[], options: CommonOptions) => run(() => load.configCheck().runConfigCheck(files, options, cli)));

  addPolicyCommands(program, cli, run);

  program
    .command('stats')
    .summary('say what was done and what it cost')
    .description('Says how many tasks ended how, what they cost, and how each model did.')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('stats', 'stats --json'))
    .action((options: StackCommandOptions) => run(() => load.stats().runStats(options, cli)));

  const audit = program.command('audit').summary('check that everything adds up').description('Checks that everything adds up.');
  audit
    .command('ledger')
    .description('Checks every invariant of tasks, calls, money and rules, and names each row that breaks one. Changes nothing.')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('audit ledger', 'audit ledger --json'))
    .action((options: StackCommandOptions) => run(() => load.auditLedger().runAuditLedger(options, cli)));

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

function addPolicyCommands(program: Command, cli: Cli, run: Run): void {
  const policy = program
    .command('policy')
    .summary('show and change the rules in force')
    .description('Shows and changes the rules in force.');
  policy
    .command('apply')
    .description(
      'Shows what policy.yaml, and signalbox.yaml where there is one, would change of the rules in force; after a yes puts them in force as a new version that never changes, and writes who did it to the audit log.',
    )
    .argument('[place]', 'folder or signalbox.yaml; the current folder unless given')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the difference, change nothing')
    .option('--json', 'print one JSON value; needs --yes or --dry-run')
    .addOption(stackOption())
    .addHelpText('after', examples('policy apply', 'policy apply ./rules --dry-run', 'policy apply --yes --json'))
    .action((place: string | undefined, options: PolicyApplyOptions) => run(() => load.policyApply().runPolicyApply(place, options, cli)));
  policy
    .command('show')
    .description('Shows the policy in force, or another version: what it has other than the default.')
    .argument('[version]', 'the one in force unless given', integerBetween(1, 1_000_000_000))
    .option('--json', 'print one JSON value, with every rule')
    .addOption(stackOption())
    .addHelpText('after', examples('policy show', 'policy show 3 --json'))
    .action((version: number | undefined, options: StackCommandOptions) =>
      run(() => load.policyShow().runPolicyShow(version, options, cli)),
    );
  policy
    .command('list')
    .description('Lists all versions, newest first.')
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('policy list'))
    .action((options: StackCommandOptions) => run(() => load.policyShow().runPolicyList(options, cli)));
}
