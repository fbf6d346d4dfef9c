/** What every part of the demonstration is given: the stack it runs on, and how it tells people what happens. */

import { Client, Connection } from '@temporalio/client';
import { connect, type Database } from '../../db/connect';
import type { RecordedTask } from '../../db/documents/recording';
import { countTasks } from '../../db/queries/stats';
import { DISPATCH_QUEUE } from '../../workflows/messages';
import { createClient, type SignalboxClient } from '../index';
import type { Stack } from '../stack/supervisor';

/** How it tells people what happens. */
export interface DemoVoice {
  /** A sentence about what comes next, or what was done. */
  readonly say: (line: string) => void;
  /** Long work: how much of it is done. */
  readonly onProgress: (what: string, done: number, of: number) => void;
}

export interface Stage extends DemoVoice {
  readonly stack: Stack;
  readonly db: Database;
  readonly client: SignalboxClient;
  readonly temporal: Client;
  readonly dispatchQueue: string;
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** Opens what the parts need on a stack that runs. */
export async function openStage(stack: Stack, voice: DemoVoice, signal: AbortSignal): Promise<Stage> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  const { namespace } = stack.temporal;
  const db = connect(stack.databaseUrl, { maxConnections: 4 });
  const client = createClient({ databaseUrl: stack.databaseUrl, connection, namespace, owner: 'demo' });
  return {
    ...voice,
    stack,
    db,
    client,
    temporal: new Client({ connection, namespace }),
    dispatchQueue: DISPATCH_QUEUE,
    signal,
    async close() {
      await client.close();
      await connection.close();
      await db.close();
    },
  };
}

/** Submissions on their way at a time. */
const SUBMITTERS = 8;

/**
 * Submits recorded tasks, several at a time.
 *
 * @param round a task that is submitted again, as one of another user, has another round
 * @param isEnough asked before each; true ends the submissions
 */
export async function submitAll(
  { client, signal }: Pick<Stage, 'client' | 'signal'>,
  tasks: readonly RecordedTask[],
  round = 0,
  isEnough: () => boolean = () => false,
): Promise<number> {
  const waiting = [...tasks];
  let submitted = 0;
  const submitter = async () => {
    for (let task = waiting.shift(); task !== undefined && !isEnough(); task = waiting.shift()) {
      signal.throwIfAborted();
      await client.submit({
        prompt: task.prompt,
        externalId: task.id,
        type: task.task_type,
        taskClass: task.task_class,
        idempotencyKey: `${task.id} ${round}`,
        maxOutputTokens: 400,
      });
      submitted += 1;
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
  return submitted;
}

/** Tasks that have ended, and those that have not. */
export async function tally(db: Database): Promise<{ readonly ended: number; readonly open: number }> {
  const { accepted, running, ...ended } = await countTasks(db);
  return { ended: Object.values(ended).reduce((sum, count) => sum + count, 0), open: accepted + running };
}
