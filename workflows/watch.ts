/** The watch over a promoted change. */

import type { RolloutInput } from './messages';

export async function watch(_input: RolloutInput): Promise<string> {
  throw new Error('not written yet');
}
