/** The proof of one proposal: at most two passes, each a sample that is replayed in parts and judged. */

import { executeChild, sleep } from '@temporalio/workflow';
import type { OpenedReview } from '../activities/review/open';
import { isAlreadyStarted } from './already-started';
import { replayShardWorkflowId, type ShardInput } from './messages';
import { replayShard } from './replay-shard';
import { longSteps } from './review-steps';
import { type Stopwatch, TIME_IS_UP } from './stopwatch';

/**
 * Replays one proposal until its evidence is judged, it is held, or the time is up. What was found stands in its row.
 *
 * @returns false when the time is up
 */
export async function proveProposal(review: OpenedReview, proposalId: string, stopwatch: Stopwatch): Promise<boolean> {
  const { drawSample, decidePass } = longSteps(review.heartbeatMs);
  for (const pass of [1, 2] as const) {
    const drawn = await stopwatch.run(() => drawSample({ proposalId, pass }));
    if (drawn === TIME_IS_UP) return false;
    if (drawn.kind === 'held') return true;
    for (const [index, shards] of shardsOf(review, proposalId, pass, drawn.pairs).entries()) {
      if (index > 0) await sleep(review.replay.blockSpacingMs); // a wait for another day is not time spent
      const replayed = await stopwatch.run(() => Promise.all(shards.map(runShard)));
      if (replayed === TIME_IS_UP) return false;
    }
    const judged = await stopwatch.run(() => decidePass({ proposalId, pass }));
    if (judged === TIME_IS_UP) return false;
    if (judged.next === 'conclude' || pass >= review.replay.maxPasses) return true;
  }
  return true;
}

interface NumberedShard {
  readonly number: number;
  readonly input: ShardInput;
}

/** The shards of a pass, by the part of it that they are replayed in: one part, unless its blocks are to lie apart. */
function shardsOf(
  { reviewId, replay }: OpenedReview,
  proposalId: string,
  pass: 1 | 2,
  pairs: number,
): readonly (readonly NumberedShard[])[] {
  const parts = replay.blockSpacingMs > 0 ? Math.min(replay.blocks, pairs) : 1;
  const shards: NumberedShard[][] = [];
  let number = 0;
  for (let part = 0; part < parts; part += 1) {
    const end = Math.ceil(((part + 1) * pairs) / parts);
    const ofPart: NumberedShard[] = [];
    for (let from = Math.ceil((part * pairs) / parts); from < end; from += replay.shardSize) {
      const to = Math.min(end, from + replay.shardSize);
      const { concurrency, tries } = replay;
      ofPart.push({ number: number++, input: { reviewId, proposalId, pass, from, to, concurrency, tries } });
    }
    shards.push(ofPart);
  }
  return shards;
}

/** Runs one shard to its end. One that an earlier workflow of this review left behind is waited for: it was told to stop. */
async function runShard({ number, input }: NumberedShard): Promise<void> {
  for (;;) {
    try {
      await executeChild(replayShard, {
        workflowId: replayShardWorkflowId(input.proposalId, input.pass, number),
        args: [input],
        parentClosePolicy: 'REQUEST_CANCEL',
      });
      return;
    } catch (error) {
      if (!isAlreadyStarted(error)) throw error;
      await sleep('1s');
    }
  }
}
