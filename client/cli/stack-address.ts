/**
 * Where the database and Temporal are: what the environment names, else the stack that runs on the state folder. Each is
 * looked for by itself, so that one of them may be the user's own.
 */

import { resolve } from 'node:path';
import { RoutingError } from '../../routing/errors';
import { readStackConfig } from '../stack/config';
import type { Environment } from '../stack/engine-cache';
import { readRunningStack } from '../stack/state';
import type { TemporalAddress } from '../stack/temporal-connection';

/**
 * @param instead what can be done without a stack, as a sentence
 * @throws {RoutingError} `bad_config`, `stack_not_running`
 */
export async function findDatabase(env: Environment, stateDir: string, instead?: string): Promise<string> {
  const databaseUrl = readStackConfig(env).databaseUrl ?? (await readRunningStack(stateDir))?.databaseUrl;
  if (databaseUrl === undefined) throw notRunning(stateDir, 'DATABASE_URL', instead);
  return databaseUrl;
}

/** @throws {RoutingError} `bad_config`, `stack_not_running` */
export async function findTemporal(env: Environment, stateDir: string): Promise<TemporalAddress> {
  const temporal = readStackConfig(env).temporal ?? (await readRunningStack(stateDir))?.temporal;
  if (temporal === undefined) throw notRunning(stateDir, 'TEMPORAL_ADDRESS');
  return temporal;
}

function notRunning(stateDir: string, variable: string, instead?: string): RoutingError {
  const remedy = `Start it with "signalbox up", name another state with --state FOLDER, or set ${variable}.`;
  return new RoutingError(
    'stack_not_running',
    [`No stack runs on ${resolve(stateDir)}, and ${variable} is not set. ${remedy}`, instead].filter(Boolean).join(' '),
  );
}
