/**
 * The process whose time and memory are measured: it reads a telemetry file line by line and does nothing with it, or reviews it.
 *
 *     node offline-process.js floor | review FILE
 */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadScriptedCatalogue } from '../../client/cli/input/rules-files';
import { reviewLogs } from '../../client/offline/review-logs';
import { readTelemetry } from '../../client/telemetry/read-telemetry';
import { createSeenIds } from '../../client/telemetry/seen-ids';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { LOGS_END } from './past-logs';

export interface MeasuredReading {
  readonly seconds: number;
  /** The most that the process had resident, in bytes. */
  readonly peakRss: number;
  readonly tasks: number;
}

async function main(kind: string | undefined, file: string): Promise<void> {
  const startedAt = performance.now();
  const tasks = kind === 'review' ? await review(file) : await onlyRead(file);
  const seconds = (performance.now() - startedAt) / 1000;
  process.send?.({ seconds, tasks, peakRss: process.resourceUsage().maxRSS * 1024 } satisfies MeasuredReading);
}

/** The least that any reader of JSON Lines does. */
async function onlyRead(file: string): Promise<number> {
  let tasks = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) if (typeof JSON.parse(line) === 'object') tasks += 1;
  return tasks;
}

async function review(file: string): Promise<number> {
  const { analysis } = await reviewLogs({
    records: readTelemetry(createReadStream(file, { highWaterMark: 1 << 20 }), { seen: createSeenIds(), withPrompts: true }),
    catalogue: loadScriptedCatalogue().catalogue,
    policy: DEFAULT_POLICY,
    asOf: LOGS_END,
    seed: 'bench',
    names: new Map(),
    privacyTier: 'internal',
    history: new Map(),
  });
  return analysis.tasks;
}

main(process.argv[2], process.argv[3] ?? '').then(
  () => process.disconnect?.(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
