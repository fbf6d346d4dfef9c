/**
 * `signalbox up`: the whole stack on this machine, in the foreground, with the rules of a folder in force before its workers
 * start. Ctrl-C drains it; a second one hurries.
 */

import { resolve } from 'node:path';
import { connect } from '../../db/connect';
import { migrate } from '../../db/migrate';
import { activeCatalogue } from '../../db/queries/rules';
import { workerEnvironment } from '../config/variables';
import { type AppliedRules, applyRules } from '../stack/apply-rules';
import { readStackConfig, type StackConfig } from '../stack/config';
import { type Stack, startStack } from '../stack/supervisor';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { type OverrideOptions, readOverrides } from './input/overrides';
import { loadScriptedCatalogue, type RulesFiles, readRulesFiles } from './input/rules-files';
import { onInterrupt } from './interrupts';
import { missingOf } from './provider-needs';
import { describeSlotChanges } from './terminal/slot-changes';
import { tellEvents } from './terminal/stack-events';
import { formatMs, onOneLine } from './terminal/text';
import { workerProgram } from './worker';

export interface UpOptions extends StackCommandOptions, OverrideOptions {
  readonly workers: number;
}

export async function runUp(options: UpOptions, cli: Cli): Promise<ExitCode> {
  const { env, output } = cli;
  const config = readStackConfig(env);
  const rules = await chooseRules(options, cli);
  const graceSeconds = env.SHUTDOWN_GRACE_SECONDS || String(rules.config.settings.shutdownGraceSeconds);
  let stack: Stack | undefined;
  let applied: AppliedRules | undefined;
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const stop = () => stack?.stop().then(stopped.resolve, stopped.reject);
  const forget = onInterrupt((count) => {
    output.note(
      count === 1
        ? `\nStopping. Running calls may take up to ${graceSeconds} s to end; Ctrl-C again does not wait for them.`
        : 'Not waiting for running calls; they are settled in doubt.',
    );
    stopping.abort();
    void stop();
  });
  try {
    stack = await startStack({
      stateDir: options.state,
      config,
      env: { ...workerEnvironment(env), SHUTDOWN_GRACE_SECONDS: graceSeconds },
      async migrate(databaseUrl) {
        await migrate(databaseUrl);
        applied = await applyFolderRules(databaseUrl, config, rules, rules.config.operator ?? cli.user);
      },
      workers: { count: options.workers, args: [workerProgram()], graceMs: (Number(graceSeconds) + 10) * 1_000 },
      onEvent: tellEvents(output),
      signal: stopping.signal,
    });
    printReady(stack, { options, rules, applied }, cli);
    if (stopping.signal.aborted) void stop(); // asked for in the very moment of being ready
    await stopped.promise;
    return EXIT.ok;
  } catch (error) {
    if (stopping.signal.aborted && stack === undefined) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}

interface ChosenRules extends RulesFiles {
  /** Nobody has configured anything, and no key is set. */
  readonly isScripted: boolean;
  /** Flags or the environment have a say in the policy. */
  readonly areOverridden: boolean;
}

async function chooseRules(options: UpOptions, { env }: Cli): Promise<ChosenRules> {
  const overrides = await readOverrides(options, env);
  const ofPolicy = overrides.filter(({ file }) => file === 'policy.yaml');
  const areOverridden = ofPolicy.length > 0;
  const { config, catalogueFile, policyFile } = await readRulesFiles(options.config);
  const isOwn = catalogueFile !== undefined || policyFile !== undefined;
  if (isOwn || config.providers.some((provider) => missingOf(provider, env) === undefined)) {
    return { ...(await readRulesFiles(options.config, overrides)), isScripted: false, areOverridden };
  }
  const rules = await readRulesFiles(options.config, ofPolicy);
  return { ...rules, config: loadScriptedCatalogue(overrides), isScripted: true, areOverridden };
}

/**
 * Puts the rules in force. A database of the user's own keeps its catalogue when this folder has none: `up` in the wrong folder
 * must not replace the rules of a company.
 */
async function applyFolderRules(
  databaseUrl: string,
  config: StackConfig,
  rules: ChosenRules,
  actor: string,
): Promise<AppliedRules | undefined> {
  const db = connect(databaseUrl, { maxConnections: 1, applicationName: 'signalbox-up' });
  try {
    const isTheirs = config.databaseUrl !== undefined && rules.catalogueFile === undefined && (await activeCatalogue(db)) !== undefined;
    return isTheirs ? undefined : await applyRules(db, rules, actor);
  } finally {
    await db.close();
  }
}

interface Ready {
  readonly options: UpOptions;
  readonly rules: ChosenRules;
  readonly applied: AppliedRules | undefined;
}

function printReady(stack: Stack, { options, rules, applied }: Ready, { env, output }: Cli): void {
  const { workers } = stack.pids();
  const postgres = new URL(stack.databaseUrl).host;
  const logs = resolve(options.state, 'logs');
  if (options.json) {
    const rulesInForce = applied === undefined ? null : { ...applied, isScripted: rules.isScripted };
    output.printJson({
      pid: process.pid,
      readyMs: stack.readyMs,
      postgres,
      temporal: stack.temporal.address,
      workers,
      logs,
      rules: rulesInForce,
    });
  }
  output.note(
    `\nReady in ${formatMs(stack.readyMs)}: Postgres at ${postgres}, Temporal at ${stack.temporal.address}, ${count(workers.length, 'worker')}.`,
  );
  for (const line of rulesNotes(rules, applied, env)) output.note(onOneLine(line));
  const state = options.state === '.signalbox' ? '' : ` --state ${options.state}`;
  output.note(`\nIn another terminal:\n  signalbox submit "Fix the login bug" --wait${state}`);
  output.note(`Logs: ${logs}. Ctrl-C stops everything; the next "signalbox up" carries on.`);
}

function rulesNotes(rules: ChosenRules, applied: AppliedRules | undefined, env: Cli['env']): string[] {
  const { config, policyFile, areOverridden } = rules;
  if (applied === undefined) return ['This folder has no signalbox.yaml: catalogue, budgets and policy of the database stay in force.'];
  const { catalogue, areBudgetsChanged, policy } = applied;
  const news = catalogue.news.map(({ detail }) => `${detail}. A review of the routing was asked for.`);
  const lacking = config.providers.flatMap((provider) => {
    const missing = missingOf(provider, env);
    return missing === undefined ? [] : [`${provider.name} ${missing}`];
  });
  return [
    `${count(config.catalogue.models.size, 'model')} of ${rules.catalogueFile ?? (rules.isScripted ? 'the scripted catalogue' : 'the starting catalogue')}${catalogue.isChanged ? ' (now in force)' : ''}, policy version ${policy.version}${areBudgetsChanged ? ', budgets changed' : ''}.`,
    ...news,
    ...describeSlotChanges(catalogue.slotChanges),
    ...(rules.isScripted
      ? [
          'No provider has a key, so answers are SCRIPTED: models that repeat the task, at no cost. For real answers set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and start again.',
        ]
      : []),
    ...(lacking.length === 0 ? [] : [`No task goes to: ${lacking.join('; ')}.`]),
    ...(lacking.length === config.providers.length
      ? [
          'NO provider can be called: every task will be refused until one has what it needs. Models that need no key: "scripted", at the end of the providers in signalbox.yaml.',
        ]
      : []),
    ...(policy.pending.length === 0 || (policyFile === undefined && !areOverridden)
      ? []
      : [
          `${[policyFile, areOverridden ? 'the environment' : undefined].filter((part) => part !== undefined).join(' with ')} differs from the policy in force in ${count(policy.pending.length, 'rule')}: run "signalbox policy apply".`,
        ]),
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
