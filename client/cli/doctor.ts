/** `signalbox doctor`: every part of the stack, what is wrong with it, and what to do. */

import { connect, type Database } from '../../db/connect';
import type { ProviderEntry } from '../../db/documents/build-provider';
import { type StoredCatalogue, storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { migrate, schemaState } from '../../db/migrate';
import { activeCatalogue } from '../../db/queries/rules';
import { modelQueue } from '../../workflows/messages';
import { readStackConfig } from '../stack/config';
import { type Check, checkStack } from '../stack/doctor';
import { readRunningStack } from '../stack/state';
import type { Queue } from '../stack/temporal-connection';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { readRulesFiles } from './input/rules-files';
import { dispatchQueueOf } from './open-client';
import { missingOf } from './provider-needs';
import { findDatabase } from './stack-address';
import { onOneLine } from './terminal/text';

export interface DoctorOptions extends StackCommandOptions {
  readonly migrate?: boolean;
}

export async function runDoctor(options: DoctorOptions, cli: Cli): Promise<ExitCode> {
  const { env, nodeVersion, output } = cli;
  const config = readStackConfig(env);
  if (options.migrate) {
    await migrate(await findDatabase(env, options.state));
    output.note('The schema is up to date.\n');
  }
  const databaseUrl = config.databaseUrl ?? (await readRunningStack(options.state))?.databaseUrl;
  const inForce = databaseUrl === undefined ? undefined : await catalogueInForce(databaseUrl);
  const checks = await checkStack({
    stateDir: options.state,
    config,
    env,
    nodeVersion,
    queues: queuesOf(inForce, dispatchQueueOf(cli)),
    checkSchema,
    checkProviders: async () => checkProviders((inForce ?? (await readRulesFiles(undefined)).config).providers, cli),
  });
  const isWell = checks.every(({ ok }) => ok);
  if (options.json) output.printJson({ ok: isWell, checks });
  else printChecks(checks, cli);
  return isWell ? EXIT.ok : EXIT.failed;
}

/** Undefined when there is none, or when the database cannot be asked: its own check says what is wrong with it. */
async function catalogueInForce(databaseUrl: string): Promise<StoredCatalogue | undefined> {
  try {
    const active = await withDatabaseAt(databaseUrl, activeCatalogue);
    return active === undefined ? undefined : storedCatalogueFromJson(active.body);
  } catch {
    return undefined;
  }
}

/** Queues that the catalogue needs; without one, that of every installation. */
function queuesOf(stored: StoredCatalogue | undefined, dispatchQueue: string): readonly Queue[] {
  const pools = new Set([...(stored?.catalogue.models.values() ?? [])].map(({ pool }) => pool));
  return [
    { name: dispatchQueue, kind: 'workflow' },
    ...[...pools].map((pool): Queue => ({ name: modelQueue(dispatchQueue, pool), kind: 'activity' })),
  ];
}

async function checkSchema(databaseUrl: string): Promise<Omit<Check, 'name'>> {
  const state = await withDatabaseAt(databaseUrl, ({ sql }) => schemaState(sql));
  switch (state.kind) {
    case 'current':
      return { ok: true, detail: 'of this version' };
    case 'behind':
      return {
        ok: false,
        detail: `${state.missing} migrations behind this version`,
        remedy: 'Run "signalbox up" or "signalbox doctor --migrate".',
      };
    case 'ahead':
      return {
        ok: false,
        detail: 'written by a newer version',
        remedy: 'Install that version; this one would not understand what it wrote.',
      };
  }
}

/** One provider that can be called is enough; those that cannot are told, for they may be meant to be. */
function checkProviders(providers: readonly ProviderEntry[], { env, output }: Cli): readonly Check[] {
  const lacking = providers.flatMap((provider) => {
    const missing = missingOf(provider, env);
    return missing === undefined ? [] : [{ name: provider.name, missing }];
  });
  const ready = providers.filter(({ name }) => !lacking.some((provider) => provider.name === name)).map(({ name }) => name);
  const detail = ready.length === 0 ? 'none can be called from here' : `${ready.join(', ')} can be called from here`;
  const remedy = lacking.map(({ name, missing }) => `${name} ${missing}`).join('; ');
  if (ready.length > 0) {
    if (lacking.length > 0) output.note(`Providers that cannot be called from here: ${onOneLine(remedy)}.\n`);
    return [{ name: 'providers', ok: true, detail }];
  }
  return [{ name: 'providers', ok: false, detail, remedy: `Set a key where workers start: ${remedy}.` }];
}

async function withDatabaseAt<T>(databaseUrl: string, use: (db: Database) => Promise<T>): Promise<T> {
  const db = connect(databaseUrl, { maxConnections: 1, applicationName: 'signalbox-doctor' });
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}

function printChecks(checks: readonly Check[], { output }: Cli): void {
  const { colors } = output;
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, ok, detail, remedy } of checks) {
    const mark = ok ? colors.green('ok     ') : colors.red('PROBLEM');
    output.print(`${mark} ${name.padEnd(width)}  ${onOneLine(detail)}`);
    if (remedy !== undefined) output.print(`        ${' '.repeat(width)}  → ${onOneLine(remedy)}`);
  }
  const problems = checks.filter(({ ok }) => !ok).length;
  output.print(colors.bold(problems === 0 ? '\nAll is well.' : `\n${problems === 1 ? '1 problem' : `${problems} problems`}.`));
}
