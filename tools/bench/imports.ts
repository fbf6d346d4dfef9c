/** A million tasks of each telemetry format, imported by the command as people run it, against a bare COPY of the same bytes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/connect';
import { type Servers, temporaryFolder } from './installation';
import { TELEMETRY_ROWS } from './telemetry-rows';

export interface ImportsReport {
  readonly rows: number;
  readonly formats: readonly MeasuredImport[];
}

interface MeasuredImport {
  readonly format: string;
  readonly megabytes: number;
  readonly seconds: number;
  /** Highest resident memory of the command; null: the system does not say. */
  readonly peakMb: number | null;
  /** The same file once more, when everything is there. */
  readonly againSeconds: number;
  /** The bytes of the same file into a table with one column, which is the floor of any import. */
  readonly floorSeconds: number;
}

const ROWS = 1_000_000;
const PART = 1_000;

export async function importsReport({ db, databaseUrl }: Servers): Promise<ImportsReport> {
  const folder = temporaryFolder();
  const formats: MeasuredImport[] = [];
  try {
    for (const [format, rowOf] of Object.entries(TELEMETRY_ROWS)) {
      const file = join(folder, `${format}.jsonl`);
      await pipeline(Readable.from(linesOf(rowOf)), createWriteStream(file));
      const floorSeconds = await secondsOfCopy(db, file);
      const first = await importOf(file, databaseUrl);
      const again = await importOf(file, databaseUrl);
      formats.push({ format, megabytes: statSync(file).size / 1e6, ...first, againSeconds: again.seconds, floorSeconds });
      await db.sql`TRUNCATE imported_tasks, telemetry_imports`;
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows: ROWS, formats };
}

function* linesOf(rowOf: (index: number) => object): Generator<string> {
  for (let from = 0; from < ROWS; from += PART) {
    yield Array.from({ length: PART }, (_, index) => `${JSON.stringify(rowOf(from + index))}\n`).join('');
  }
}

async function importOf(file: string, databaseUrl: string): Promise<{ readonly seconds: number; readonly peakMb: number | null }> {
  const startedAt = performance.now();
  const command = join(__dirname, '..', '..', 'client', 'cli', 'main.js');
  const child = spawn(process.execPath, [command, 'import', 'telemetry', file, '--json'], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let peakMb: number | null = null;
  while (child.exitCode === null && child.signalCode === null) {
    peakMb = residentMb(child.pid) ?? peakMb;
    await Promise.race([ended, sleep(50)]);
  }
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new Error(`The import of ${file} ended with ${exitCode}.`);
  return { seconds: (performance.now() - startedAt) / 1_000, peakMb };
}

/** Highest so far. */
function residentMb(pid: number | undefined): number | undefined {
  try {
    const [, kb] = /^VmHWM:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? undefined : Number(kb) / 1_024;
  } catch {
    return undefined;
  }
}

async function secondsOfCopy(db: Database, file: string): Promise<number> {
  const startedAt = performance.now();
  await db.sql.begin(async (sql) => {
    await sql`CREATE TEMP TABLE bare (line text) ON COMMIT DROP`;
    await sql`SET LOCAL statement_timeout = 0`;
    // A byte that no file has parts the columns, so that a line is one of them whatever stands in it.
    await pipeline(createReadStream(file), await sql`COPY bare FROM STDIN (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')`.writable());
  });
  return (performance.now() - startedAt) / 1_000;
}

export function renderImportsReport({ rows, formats }: ImportsReport): string {
  return formats
    .map(
      ({ format, megabytes, seconds, peakMb, againSeconds, floorSeconds }) =>
        `${format}: ${rows} tasks (${megabytes.toFixed(0)} MB) in ${seconds.toFixed(1)} s, ${peakMb?.toFixed(0) ?? '?'} MB resident; again ${againSeconds.toFixed(1)} s; ${(seconds / floorSeconds).toFixed(1)} times a bare COPY (${floorSeconds.toFixed(1)} s)`,
    )
    .join('\n');
}
