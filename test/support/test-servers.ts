/** Starts the servers of a test run, each once and only when asked, and ends them. Runs in jest's main process. */

import { execFile, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { endChild } from '../../client/stack/child';
import { findEngine } from '../../client/stack/engine';
import { startPostgres } from '../../client/stack/postgres';
import { startTemporal } from '../../client/stack/temporal';
import { migrate } from '../../db/migrate';
import { provision } from '../../db/server';
import type { TestServers } from './servers';

const ROOT = join(__dirname, '..', '..');
const TEMPLATE = 'signalbox_template';
const SOURCES = ['routing', 'workflows', 'activities', 'worker', 'client', 'embedded', 'db'];

type Starters = { readonly [Name in keyof TestServers]: () => Promise<TestServers[Name]> };

export interface StartedServers {
  readonly starters: Starters;
  stop(): Promise<void>;
}

export function testServers(): StartedServers {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-test-')));
  chmodSync(folder, 0o711); // run by root, Postgres is another user
  const reaper = fork(join(__dirname, 'reaper.js'), { detached: true, stdio: 'ignore', execArgv: [] });
  reaper.unref();
  reaper.channel?.unref();
  reaper.send({ folder });
  const endings: (() => Promise<void>)[] = [];

  const starters: Starters = {
    postgres: once(async () => {
      const dataDir = join(folder, 'postgres');
      const { child, adminUrl, url } = await startPostgres({ dataDir, logFile: join(folder, 'postgres.log'), durable: false });
      // Immediate shutdown: it frees the shared memory, and nobody wants the data.
      reaper.send({ pid: child.pid, signal: 'SIGQUIT' });
      endings.push(() =>
        endChild(child, [
          { signal: 'SIGQUIT', waitMs: 5_000 },
          { signal: 'SIGKILL', waitMs: 5_000 },
        ]),
      );
      const { password, username: role } = new URL(url);
      await provision(adminUrl, { role, database: TEMPLATE, password });
      await migrate(url.replace(/[^/]+$/, TEMPLATE));
      return { adminUrl, role, password, template: TEMPLATE };
    }),
    temporal: once(async () => {
      const engine = await findEngine({ env: process.env });
      const { child, where } = await startTemporal({ engine: engine.path, logFile: join(folder, 'temporal.log') });
      reaper.send({ pid: child.pid, signal: 'SIGKILL' });
      endings.push(() => endChild(child, [{ signal: 'SIGKILL', waitMs: 5_000 }]));
      return { address: where.address, namespace: where.namespace };
    }),
    workflows: once(async () => {
      const { code } = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'workflows', 'index.ts'), logger: new DefaultLogger('WARN') });
      const codePath = join(folder, 'workflows.js');
      writeFileSync(codePath, code);
      return { codePath };
    }),
    dist: once(async () => {
      if (!isBuilt()) await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT });
      return { folder: join(ROOT, 'dist') };
    }),
  };

  return {
    starters,
    async stop() {
      await Promise.all(endings.map((end) => end()));
      rmSync(folder, { recursive: true, force: true });
      reaper.disconnect();
    },
  };
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}

/** Whether everything in dist was compiled after the last change of its source. */
function isBuilt(): boolean {
  try {
    const builtAt = statSync(join(ROOT, 'dist', 'routing', 'errors.js')).mtimeMs;
    return SOURCES.every((folder) => newest(join(ROOT, folder)) < builtAt);
  } catch {
    return false;
  }
}

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs),
    0,
  );
}
