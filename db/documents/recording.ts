/**
 * Recorded data sets: the same tasks answered by several models, with the quality and cost of each answer. One JSON object a
 * line, plain or gzipped; data/recorded/README.md documents the fields.
 */

import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { TASK_TYPES } from '../../routing/task/task';

const recordedCall = z.object({
  /** In [0, 1], higher is better. */
  quality: z.number().min(0).max(1),
  /** US dollars; null where the data set has none. */
  cost_usd: z.number().min(0).nullable(),
  /** Wall time; null where the data set has none. */
  latency_ms: z.number().min(0).nullable(),
  input_tokens: z.number().int().min(0).nullable(),
  output_tokens: z.number().int().min(0).nullable(),
});

const recordedTask = z.object({
  id: z.string(),
  /** The origin's own class. */
  task_class: z.string(),
  task_type: z.enum(TASK_TYPES),
  prompt: z.string(),
  models: z.record(z.string(), recordedCall),
});

export type RecordedCall = z.output<typeof recordedCall>;
export type RecordedTask = z.output<typeof recordedTask>;

/**
 * Reads a data set, in the order of the file.
 *
 * @throws {Error} naming the line that is not a row; what reading the file throws
 */
export async function readRecording(file: string): Promise<RecordedTask[]> {
  const bytes = await readFile(file);
  const text = (file.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes).toString();
  const rows: RecordedTask[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const row = readRow(line);
    if (row === undefined) throw new Error(`line ${index + 1} is not a row of recorded calls`);
    rows.push(row);
  }
  return rows;
}

function readRow(line: string): RecordedTask | undefined {
  try {
    return recordedTask.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
