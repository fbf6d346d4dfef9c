/** A telemetry file of generated tasks: 40 classes on two models over 28 days, every line in the order of its time. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { DAY_MS } from '../../routing/review/settings';

/** After the last task, in milliseconds since the epoch. */
export const LOGS_END = Date.UTC(2026, 10, 1);

const DAYS = 28;
const CLASSES = 40;
const MODELS = ['scripted/echo-large', 'scripted/echo-small'] as const;
const LINES_AT_A_TIME = 10_000;

export async function writeLogs(path: string, lines: number): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 1 << 22 });
  for (let from = 0; from < lines; from += LINES_AT_A_TIME) {
    const part = Array.from({ length: Math.min(LINES_AT_A_TIME, lines - from) }, (_, index) => lineOf(from + index, lines)).join('');
    if (!file.write(part)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

function lineOf(number: number, lines: number): string {
  return `${JSON.stringify({
    id: `task-${number}`,
    ended_at: LOGS_END - 1 - Math.floor(((lines - 1 - number) / lines) * DAYS * DAY_MS),
    model: MODELS[number % 7 === 0 ? 1 : 0],
    class: `class ${number % CLASSES}`,
    score: number % 5 === 0 ? 0 : 1,
    cost_usd: 0.01 + ((number * 7919) % 1000) / 50_000,
    latency_ms: 500 + ((number * 104_729) % 4000),
    input_tokens: 200 + ((number * 31) % 3000),
    output_tokens: 100 + ((number * 17) % 900),
    tenant: `team ${number % 311}`,
    input_hash: `input-${number}`,
  })}\n`;
}
