/** Processes in fault tests: what is killed, and what must be gone. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends a process as a crash would, and resolves when it is gone. */
export async function killHard(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
}

/** Resolves when no such process runs any more. Fails after `patienceMs`. */
export async function untilGone(pid: number, patienceMs = 10_000): Promise<void> {
  await until(() => !isAlive(pid), `process ${pid} is gone`, patienceMs);
}

/** False for a process that has ended, also while nobody has collected its exit code. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

/** Resolves when the condition holds; for what cannot be waited for as an event. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, patienceMs = 10_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${patienceMs} ms in vain until ${what}.`);
    await sleep(10);
  }
}
