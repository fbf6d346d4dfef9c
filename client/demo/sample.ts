/**
 * Divides a recorded data set in two: tasks that are submitted first and that the review learns from, and the rest, which meets the
 * canary. What tests a change was not looked at when it was proposed.
 */

import { sha256Hex } from '../../db/documents/canonical-json';
import type { RecordedTask } from '../../db/documents/recording';

export interface Sample {
  /** What is submitted first, in an order that mixes the classes. */
  readonly tasks: readonly RecordedTask[];
  /** What is left for the canary. */
  readonly rest: readonly RecordedTask[];
}

/** Draws the tasks by a hash of seed and id: the same every time, spread over the classes as the data set is. */
export function drawSample(recording: readonly RecordedTask[], size: number, seed: string): Sample {
  const keyed = recording.map((task) => ({ task, key: sha256Hex(`sample ${seed}/${task.id}`) }));
  const shuffled = keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ task }) => task);
  return { tasks: shuffled.slice(0, size), rest: shuffled.slice(size) };
}
