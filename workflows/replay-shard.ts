/** A part of the replays of one pass. */

import type { ShardInput } from './messages';

export async function replayShard(_input: ShardInput): Promise<string> {
  throw new Error('not written yet');
}
