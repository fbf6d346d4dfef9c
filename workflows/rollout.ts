/** The rollout of one approved change: canary, soak, promote, or take it back. */

import type { RolloutInput } from './messages';

export async function rollout(_input: RolloutInput): Promise<string> {
  throw new Error('not written yet');
}
