/** One class as the search for a change sees it: its figures and everything that is agreed, configured or remembered of it. */

import type { CheckCounts } from '../../cascade/check-figures';
import type { Catalogue } from '../../catalogue';
import type { Policy } from '../../decision/policy';
import type { NanoUsd } from '../../units';
import type { ClassFigures } from '../figures/figures';
import type { Stability } from '../findings';
import type { ReviewSettings } from '../settings';
import type { CallTokens } from './call-tokens';

export interface ClassAtHand {
  readonly figures: ClassFigures;
  /** All classes of the review. */
  readonly family: readonly ClassFigures[];
  /** Length of the window that the figures are of, in milliseconds. */
  readonly windowMs: number;
  /** What a call of the class needs; absent where no call of it is known. */
  readonly tokens?: CallTokens;
  readonly policy: Policy;
  readonly settings: ReviewSettings;
  readonly catalogue: Catalogue;
  /** Providers that can be called; absent: all. */
  readonly configuredProviders?: ReadonlySet<string>;
  readonly stability: Stability;
  /** What was counted of checks so far. Absent: cascades cannot be replayed here, and none is proposed. */
  readonly checkCounts?: readonly CheckCounts[];
  /** What the replays of the review may still cost. */
  readonly replayLeftNanoUsd: NanoUsd;
  /** Milliseconds since the epoch. */
  readonly now: number;
}
