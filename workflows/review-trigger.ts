/** What asks for a review: begins it, or is recorded beside the one that is open. */

import type { TriggerInput } from './messages';

export async function reviewTrigger(_input: TriggerInput): Promise<string> {
  throw new Error('not written yet');
}
