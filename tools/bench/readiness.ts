/** How long `signalbox up` takes until it can take work: on an empty state, and again on the same one. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startStack } from '../../client/stack/supervisor';
import { connect } from '../../db/connect';
import { migrate } from '../../db/migrate';
import { temporaryFolder } from './installation';
import { applyInstantRules } from './instant-rules';
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

/** Postgres, Temporal, migrations, rules and one worker process, until the worker polls. */
async function startOnce(stateDir: string): Promise<number> {
  const stack = await startStack({
    stateDir,
    config: {},
    env: { ...process.env, LOG_LEVEL: 'warn' },
    async migrate(databaseUrl) {
      await migrate(databaseUrl);
      const db = connect(databaseUrl, { maxConnections: 1 });
      await applyInstantRules(db).finally(() => db.close());
    },
    workers: { count: 1, args: [join(__dirname, '..', '..', 'worker', 'main.js')], graceMs: 5_000 },
    usualPorts: { postgres: 0, temporal: 0 },
  });
  await stack.stop();
  return stack.readyMs;
}

export function renderReadinessReport({ coldMs, warmMs, warmMedianMs }: ReadinessReport): string {
  return [
    'Postgres, Temporal, migrations, rules and one worker process, until it takes work',
    `cold ${coldMs} ms   warm ${warmMedianMs} ms (${warmMs.join(', ')})`,
  ].join('\n');
}
