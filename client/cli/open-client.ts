/** The client of one command: opened on the stack that the environment or the state folder names, closed when the command is over. */

import { Client, Connection } from '@temporalio/client';
import { connect, type Database } from '../../db/connect';
import { isRoutingError, RoutingError } from '../../routing/errors';
import { DISPATCH_QUEUE } from '../../workflows/messages';
import { type ClientOptions, createClient, type SignalboxClient } from '../index';
import { connectionOptions, type TemporalAddress } from '../stack/temporal-connection';
import type { Cli, StackCommandOptions } from './cli';
import { findDatabase, findTemporal } from './stack-address';

/** Time to reach Temporal, in milliseconds. */
const CONNECT_MS = 5_000;

/**
 * Runs `use` with a client that reads and writes the database alone.
 *
 * @throws {RoutingError} `stack_not_running`, `bad_config`, and what `use` throws
 */
export async function withStoredWork<T>(cli: Cli, options: StackCommandOptions, use: (client: SignalboxClient) => Promise<T>): Promise<T> {
  const client = createClient({ databaseUrl: await findDatabase(cli.env, options.state) });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/**
 * Runs `use` with a client that can start and stop work. Temporal is reached first, so that nothing is accepted by a stack that
 * cannot run it.
 *
 * @throws {RoutingError} `stack_not_running`, `bad_config`, `engine_unreachable`, and what `use` throws
 */
export async function withClient<T>(
  cli: Cli,
  options: StackCommandOptions,
  use: (client: SignalboxClient) => Promise<T>,
  settings: Pick<ClientOptions, 'maxPromptBytes'> = {},
): Promise<T> {
  const databaseUrl = await findDatabase(cli.env, options.state);
  const temporal = await findTemporal(cli.env, options.state);
  const connection = await connectTemporal(temporal);
  const client = createClient({ databaseUrl, connection, namespace: temporal.namespace, dispatchQueue: dispatchQueueOf(cli), ...settings });
  try {
    return await use(client);
  } finally {
    await client.close();
    await connection.close();
  }
}

/**
 * Runs `use` with the database, and with Temporal where it answers: what it does not hear now is kept in rows, and upkeep tells it.
 *
 * @throws {RoutingError} `stack_not_running`, `bad_config`, and what `use` throws
 */
export async function withStack<T>(
  cli: Cli,
  options: StackCommandOptions,
  use: (db: Database, engine: Client | undefined) => Promise<T>,
): Promise<T> {
  return withDatabase(cli, options, async (db) => {
    const open = await reachTemporal(cli, options).catch((error: unknown) => {
      if (isRoutingError(error) && (error.code === 'engine_unreachable' || error.code === 'stack_not_running')) return undefined;
      throw error;
    });
    try {
      return await use(db, open?.engine);
    } finally {
      await open?.connection.close();
    }
  });
}

/**
 * Runs `use` with the database and with Temporal, which must answer.
 *
 * @throws {RoutingError} `stack_not_running`, `bad_config`, `engine_unreachable`, and what `use` throws
 */
export async function withEngine<T>(cli: Cli, options: StackCommandOptions, use: (engine: Client, db: Database) => Promise<T>): Promise<T> {
  return withDatabase(cli, options, async (db) => {
    const { connection, engine } = await reachTemporal(cli, options);
    try {
      return await use(engine, db);
    } finally {
      await connection.close();
    }
  });
}

async function reachTemporal(
  cli: Cli,
  options: StackCommandOptions,
): Promise<{ readonly connection: Connection; readonly engine: Client }> {
  const temporal = await findTemporal(cli.env, options.state);
  const connection = await connectTemporal(temporal);
  return { connection, engine: new Client({ connection, namespace: temporal.namespace }) };
}

/** The queue that workers are told of by the same variable. */
export function dispatchQueueOf({ env }: Cli): string {
  return env.DISPATCH_QUEUE || DISPATCH_QUEUE;
}

async function connectTemporal(where: TemporalAddress): Promise<Connection> {
  const options = await connectionOptions(where);
  try {
    return await Connection.connect({ ...options, connectTimeout: CONNECT_MS });
  } catch (cause) {
    throw new RoutingError(
      'engine_unreachable',
      `Temporal did not answer at ${where.address}. Check that it runs and that TEMPORAL_ADDRESS is right; "signalbox doctor" tests the connection.`,
      { cause },
    );
  }
}

/** For commands that change a file and put it in force. */
export const FILE_ALONE = 'With --file-only the file is changed, and nothing of a stack.';

/**
 * Runs `use` with the database, for what the client does not offer.
 *
 * @param instead as for `findDatabase`
 */
export async function withDatabase<T>(
  cli: Cli,
  options: StackCommandOptions,
  use: (db: Database) => Promise<T>,
  instead?: string,
): Promise<T> {
  const db = connect(await findDatabase(cli.env, options.state, instead), { applicationName: 'signalbox-cli', maxConnections: 2 });
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}
