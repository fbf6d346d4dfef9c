/** An import of a million ratings: in little memory, whatever the size of the file. */

import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, launch } from '../support/command-line';
import { install } from '../support/installation';

const LINES = 1_000_000;
const MOST_MB = 200;
const START = Date.parse('2025-01-01T00:00:00Z');

function* lines() {
  for (let part = 0; part < LINES; part += 1_000) {
    const texts = Array.from({ length: 1_000 }, (_, index) => {
      const number = part + index;
      // Out of order: 7,919 is a prime, so every half minute comes once.
      const timestamp = new Date(START + ((number * 7_919) % LINES) * 30_000).toISOString();
      return `{"timestamp":"${timestamp}","provider":"scripted","model":"${['first', 'second'][number % 2]}","score":${1 + (number % 5)},"tier":"COMPLEX","task_hash":"abcdef"}\n`;
    });
    yield texts.join('');
  }
}

/** Highest resident memory of a process so far, in MB; undefined: it has ended, or the system does not say. */
function peakMb(pid: number): number | undefined {
  try {
    const [, kb] = /^VmHWM:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? undefined : Number(kb) / 1_024;
  } catch {
    return undefined;
  }
}

test(`${LINES} ratings are imported in at most ${MOST_MB} MB, and averaged in their order`, async () => {
  await commandPath();
  const stack = await install({ models: [testModel('scripted/first'), testModel('scripted/second')] });
  try {
    const cwd = folderWith({});
    await pipeline(Readable.from(lines()), createWriteStream(join(cwd, 'ratings.jsonl')));
    const running = await launch(['ratings', 'import', 'ratings.jsonl', '--json'], { cwd, env: stack.environment });
    let peak = 0;
    let isOver = false;
    const ended = running.ended.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      peak = Math.max(peak, peakMb(running.pid) ?? 0);
      await sleep(50);
    }
    expect(jsonOf(await ended)).toEqual({ added: LINES, known: 0, withoutModel: 0, unknownModels: [] });
    if (process.platform === 'linux') expect(peak).toBeGreaterThan(20);
    expect(peak).toBeLessThanOrEqual(MOST_MB);
    const [cell] = await stack.db.sql<{ ratings: number; ewma: number }[]>`
      SELECT ratings, ewma FROM model_performance WHERE model = 'scripted/first' AND grain = 'tier'`;
    expect(cell?.ratings).toBe(LINES / 2);
    const rows = await stack.db.sql<{ score: number }[]>`
      SELECT score FROM ratings WHERE model = 'scripted/first' ORDER BY rated_at DESC LIMIT 200`;
    // After 200 ratings nothing of what was before is left in 16 digits.
    expect(cell?.ewma).toBeCloseTo(
      rows.toReversed().reduce((ewma, { score }) => 0.3 * score + 0.7 * ewma, 3),
      12,
    );
  } finally {
    await stack.end();
  }
}, 240_000);
