/** A stack that runs in its own process, so that a test can kill it as a whole or in part. */

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { StackEvent, StackPids } from '../../client/stack/supervisor';
import { isAlive, killHard, until, untilGone } from './processes';

export interface StackProcess {
  readonly pid: number;
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly pids: StackPids;
  /** Resolves at the next event of this kind. */
  event(part: string, state: StackEvent['state']): Promise<StackEvent>;
  /** As Ctrl-C: resolves when the process has ended. */
  stop(): Promise<void>;
  /** As a crash: only the supervisor; its children live on. */
  killSupervisor(): Promise<void>;
}

type Message =
  | { readonly kind: 'event'; readonly event: StackEvent }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | ({ readonly kind: 'ready' } & Pick<StackProcess, 'databaseUrl' | 'temporal' | 'pids'>);

const running = new Set<ChildProcess>();
const seen = new Set<number>();

/** Starts one; rejects with the error's code and message when it cannot start. */
export async function startStackProcess(
  stateDir: string,
  { workers = 0, env = {} }: { workers?: number; env?: Record<string, string> } = {},
): Promise<StackProcess> {
  const child = fork(join(__dirname, '..', 'stack', 'processes', 'up.ts'), [stateDir, String(workers)], {
    execArgv: ['--require', join(__dirname, 'typescript.js')],
    env: { ...process.env, ...env },
  });
  running.add(child);
  const ready = await new Promise<Extract<Message, { kind: 'ready' }>>((resolve, reject) => {
    child.on('message', (message: Message) => {
      if (message.kind === 'ready') resolve(message);
      else if (message.kind === 'failed') reject(Object.assign(new Error(message.message), { code: message.code }));
    });
    child.once('exit', (code) => reject(new Error(`The stack ended while starting (exit code ${code}).`)));
  });
  const pid = child.pid as number;
  for (const each of [ready.pids.postgres, ready.pids.temporal, ...ready.pids.workers]) if (each !== undefined) seen.add(each);
  return {
    ...ready,
    pid,
    event(part, state) {
      return new Promise((resolve) => {
        child.on('message', (message: Message) => {
          if (message.kind === 'event' && message.event.part === part && message.event.state === state) resolve(message.event);
        });
      });
    },
    async stop() {
      child.kill('SIGTERM');
      await untilGone(pid, 30_000);
    },
    killSupervisor: () => killHard(pid),
  };
}

/** Stops every stack of this file that still runs, and ends what tests left behind. For `afterAll`. */
export async function endStackProcesses(): Promise<void> {
  for (const child of running) child.kill('SIGTERM');
  await until(() => [...running].every((child) => !isAlive(child.pid as number)), 'all stacks have stopped', 30_000);
  for (const pid of seen) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}
