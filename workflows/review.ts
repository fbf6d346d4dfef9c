/** The routing review: analyse, propose, replay, report, await a verdict, start what was approved. */

import type { ReviewInput } from './messages';

export async function routingReview(_input: ReviewInput): Promise<string> {
  throw new Error('not written yet');
}
