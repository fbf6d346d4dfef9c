/** How long `signalbox up` takes until it takes work, as its user waits for it: from the command to its word that it is ready. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './installation';
import { median } from './quantiles';

export interface ReadinessReport {
  /** First start on an empty state: the database is made, all migrations run. The engine is on the machine already. */
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly warmMedianMs: number;
}

const WARM_STARTS = 3;

export async function readinessReport(): Promise<ReadinessReport> {
  const folder = temporaryFolder();
  try {
    const coldMs = await startOnce(folder);
    const warmMs: number[] = [];
    for (let start = 0; start < WARM_STARTS; start++) warmMs.push(await startOnce(folder));
    return { coldMs, warmMs, warmMedianMs: median(warmMs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command in a folder without files of its own, and stops it as Ctrl-C does. */
async function startOnce(folder: string): Promise<number> {
  const command = join(__dirname, '..', '..', 'client', 'cli', 'main.js');
  const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, ...env } = process.env;
  const startedAt = performance.now();
  const up = spawn(process.execPath, [command, 'up', '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  up.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  const ended = once(up, 'exit');
  try {
    const first = await Promise.race([once(up.stdout, 'data').then(() => 'ready' as const), ended]);
    if (first !== 'ready') throw new Error(`"signalbox up" ended before it was ready: ${said}`);
    return Math.round(performance.now() - startedAt);
  } finally {
    if (up.exitCode === null) up.kill('SIGINT');
    await ended;
  }
}

export function renderReadinessReport({ coldMs, warmMs, warmMedianMs }: ReadinessReport): string {
  return [
    'from the command to ready: Postgres, Temporal, migrations, rules, worker processes',
    `first start on an empty state ${coldMs} ms   again on the same state ${warmMedianMs} ms (${warmMs.join(', ')})`,
  ].join('\n');
}
