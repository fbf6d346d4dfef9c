/** A review of logs: what it takes over reading the same lines and doing nothing with them, and what it holds in memory. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeasuredReading } from './offline-process';
import { writeLogs } from './past-logs';

export interface OfflineReport {
  readonly sizes: readonly LogsOfSize[];
}

interface LogsOfSize {
  readonly lines: number;
  readonly bytes: number;
  readonly floor: MeasuredReading;
  readonly review: MeasuredReading;
}

const SIZES = [1_000_000, 10_000_000];

export async function offlineReport(): Promise<OfflineReport> {
  const sizes: LogsOfSize[] = [];
  for (const lines of SIZES) sizes.push(await logsOfSize(lines));
  return { sizes };
}

async function logsOfSize(lines: number): Promise<LogsOfSize> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  try {
    const file = join(folder, 'logs.jsonl');
    await writeLogs(file, lines);
    const { size: bytes } = await stat(file);
    return { lines, bytes, floor: await measured('floor', file), review: await measured('review', file) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(kind: 'floor' | 'review', file: string): Promise<MeasuredReading> {
  const child = fork(join(__dirname, 'offline-process.js'), [kind, file]);
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The process that was to be measured ended with ${code}.`))),
  ])) as [MeasuredReading];
  await once(child, 'exit');
  return message;
}

export function renderOfflineReport({ sizes }: OfflineReport): string {
  return sizes.map(describeSize).join('\n');
}

function describeSize({ lines, bytes, floor, review }: LogsOfSize): string {
  const row = (what: string, { seconds, peakRss }: MeasuredReading) =>
    `${what.padEnd(28)} ${seconds.toFixed(1).padStart(7)} s ${Math.round(lines / seconds)
      .toLocaleString('en')
      .padStart(12)} lines/s ${Math.round(peakRss / 2 ** 20)} MB`;
  return [
    `${lines.toLocaleString('en')} lines, ${Math.round(bytes / 2 ** 20)} MB`,
    row('read and parse alone', floor),
    row('the whole review', review),
    `of reading alone: × ${(review.seconds / floor.seconds).toFixed(2)}`,
  ].join('\n');
}
