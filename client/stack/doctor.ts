/**
 * What is wrong with a stack, part by part, and what to do about it.
 *
 * Changes nothing, starts nothing, and asks every part itself rather than believing what another part says of it.
 */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { serverFacts } from '../../db/server';
import type { StackConfig } from './config';
import { CLI_VERSION, presentEngine } from './engine';
import type { Environment } from './engine-cache';
import { isAtLeast, isVulnerable, LEAST_SERVER_VERSION } from './engine-version';
import { freeBytes, readRunningStack } from './state';
import { pollerCounts, type Queue, type TemporalAddress, temporalFacts } from './temporal-connection';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

export interface Examination {
  readonly stateDir: string;
  readonly config: StackConfig;
  readonly env: Environment;
  /** As `process.versions.node`. */
  readonly nodeVersion: string;
  /** Queues that workers must ask for work. */
  readonly queues: readonly Queue[];
  /** Compares the schema with this version's. */
  readonly checkSchema: (databaseUrl: string) => Promise<Omit<Check, 'name'>>;
  /** What depends on the catalogue: keys of the providers, programs of command-line agents. */
  readonly checkProviders: () => Promise<readonly Check[]>;
}

const LEAST_NODE = '22.0.0';
/** Less free disk than this many bytes, and Postgres may stop for lack of room at any time. */
const LEAST_FREE_BYTES = 500_000_000;
/** Time zones, budgets and cool-downs go by the database's clock, waiting by ours. */
const MOST_CLOCK_SKEW_MS = 2_000;

/** Looks at every part, in the order in which they depend on each other. Never throws: what cannot be looked at is a check that failed. */
export async function checkStack(examination: Examination): Promise<Check[]> {
  const { stateDir, config, queues } = examination;
  const running = await readRunningStack(stateDir);
  const databaseUrl = config.databaseUrl ?? running?.databaseUrl;
  const temporal = config.temporal ?? running?.temporal;
  const groups = await Promise.all([
    [checkNode(examination.nodeVersion)],
    [checkStateFolder(stateDir)],
    config.temporal === undefined ? [await checkEngine(examination.env)] : [],
    databaseUrl === undefined ? [notRunning('postgres', stateDir)] : checkPostgres(databaseUrl, examination),
    temporal === undefined ? [notRunning('temporal', stateDir)] : checkTemporal(temporal, queues),
    examination
      .checkProviders()
      .catch((error) => [failed('providers', error, 'Correct signalbox.yaml; "signalbox config check" names every error.')]),
  ]);
  return groups.flat();
}

function checkNode(version: string): Check {
  const name = 'node';
  if (isAtLeast(version, LEAST_NODE)) return { name, ok: true, detail: version };
  return { name, ok: false, detail: `${version} is older than ${LEAST_NODE}`, remedy: 'Install Node 24 (https://nodejs.org).' };
}

function checkStateFolder(stateDir: string): Check {
  const name = 'state folder';
  const path = resolve(stateDir);
  try {
    let present = path;
    while (!existsSync(present)) present = dirname(present);
    if (!statSync(present).isDirectory()) throw new Error(`${present} is a file`);
    accessSync(present, constants.W_OK);
    const free = freeBytes(present);
    const detail = `${path}${present === path ? '' : ' (not made yet)'}, ${(free / 1e9).toFixed(1)} GB free`;
    if (free >= LEAST_FREE_BYTES) return { name, ok: true, detail };
    return { name, ok: false, detail, remedy: 'Free space on this disk, or choose another folder with --state.' };
  } catch (error) {
    return failed(name, error, `Make ${path} writable for this user, or choose another folder with --state.`);
  }
}

async function checkEngine(env: Environment): Promise<Check> {
  const name = 'temporal engine';
  try {
    const { engine, tried } = await presentEngine(env);
    if (engine !== undefined) return { name, ok: true, detail: `server ${engine.serverVersion}, from ${engine.via}: ${engine.path}` };
    const detail = `not on this machine (${tried.map(({ way, failure }) => `${way}: ${failure}`).join('; ')})`;
    const remedy = `"signalbox up" downloads or builds it, once. Or install the Temporal CLI ${CLI_VERSION} and set TEMPORAL_CLI_PATH.`;
    return { name, ok: false, detail, remedy };
  } catch (error) {
    return failed(name, error, 'Correct or unset TEMPORAL_CLI_PATH.');
  }
}

function notRunning(name: string, stateDir: string): Check {
  const variable = name === 'postgres' ? 'DATABASE_URL' : 'TEMPORAL_ADDRESS';
  return {
    name,
    ok: false,
    detail: `no stack runs on ${resolve(stateDir)}, and ${variable} is not set`,
    remedy: 'Start it with "signalbox up".',
  };
}

async function checkPostgres(url: string, { checkSchema }: Examination): Promise<Check[]> {
  try {
    const { version, clockSkewMs } = await serverFacts(url);
    const schema = await checkSchema(url).catch((error) => failed('schema', error, 'Check the database with "signalbox up".'));
    return [
      { name: 'postgres', ok: true, detail: `version ${version} at ${new URL(url).host}` },
      { ...schema, name: 'schema' },
      checkClock(clockSkewMs),
    ];
  } catch (error) {
    return [
      failed('postgres', error, 'Start it, or correct DATABASE_URL. The log of the embedded one is logs/postgres.log in the state folder.'),
    ];
  }
}

function checkClock(skewMs: number): Check {
  const name = 'clock';
  const detail = `the database's clock is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(skewMs) <= MOST_CLOCK_SKEW_MS) return { name, ok: true, detail };
  return { name, ok: false, detail, remedy: 'Synchronise both clocks (NTP): budgets change period by one and waits end by the other.' };
}

async function checkTemporal(where: TemporalAddress, queues: readonly Queue[]): Promise<Check[]> {
  try {
    const { serverVersion } = await temporalFacts(where);
    const pollers = await pollerCounts(where, queues);
    return [checkVersion(serverVersion, where), ...queues.map((queue, index) => checkQueue(queue, pollers[index] ?? 0))];
  } catch (error) {
    return [
      failed(
        'temporal',
        error,
        'Start it, or correct TEMPORAL_ADDRESS. The log of the embedded one is logs/temporal.log in the state folder.',
      ),
    ];
  }
}

function checkVersion(version: string, { address, namespace }: TemporalAddress): Check {
  const check = { name: 'temporal', detail: `server ${version} at ${address}, namespace ${namespace}` };
  if (isVulnerable(version)) {
    return {
      ...check,
      ok: false,
      remedy: `Upgrade the server: ${version} lets one namespace reach into another (CVE-2026-5199). Use ${LEAST_SERVER_VERSION} or newer.`,
    };
  }
  if (isAtLeast(version, LEAST_SERVER_VERSION)) return { ...check, ok: true };
  return {
    ...check,
    ok: false,
    remedy: `Upgrade the server to ${LEAST_SERVER_VERSION} or newer: Signalbox is not tested with older ones.`,
  };
}

function checkQueue({ name: queue, kind }: Queue, pollers: number): Check {
  const name = `queue ${queue}`;
  if (pollers > 0) return { name, ok: true, detail: `${pollers} ${pollers === 1 ? 'poller' : 'pollers'} (${kind})` };
  return {
    name,
    ok: false,
    detail: `no worker asks for its ${kind} tasks`,
    remedy: 'Start one with "signalbox worker"; if one runs, its log says why it does not poll.',
  };
}

function failed(name: string, error: unknown, remedy: string): Check {
  return { name, ok: false, detail: error instanceof Error ? error.message : String(error), remedy };
}
