/** What a step of a replay comes to, whether one model or a cascade is replayed. */

import type { ReplayEnding } from '../../../workflows/messages';

export type Step =
  | { readonly kind: ReplayEnding }
  /** Another one follows, after a while. */
  | { readonly kind: 'again'; readonly afterMs: number }
  /** Another one follows, on the workers of this pool. */
  | { readonly kind: 'elsewhere'; readonly pool: string };

/** Until a replay that waits for a slot looks again, in milliseconds: well within the time that a slot is kept for it. */
export const SLOT_WAIT_MS = 3_000;
