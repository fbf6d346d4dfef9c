/**
 * How one approved change will reach traffic, as the approver saw it: fixed with the evidence, stored with the rollout, and never
 * looked up again in a policy that may have changed meanwhile.
 */

import type { CanarySettings, StabilitySettings, WatchSettings } from '../settings';

export interface RolloutPlan {
  readonly baseline: string;
  readonly candidate: string;
  /** How answers are counted: a success, or a score in [0, 1]. */
  readonly scale: 'binary' | 'score';
  /** Agreed tolerance of the class, a difference of qualities in (0, 1]. */
  readonly tolerance: number;
  /** Quality of the candidate in the replay, in [0, 1]: the level it is watched at. */
  readonly approvedLevel: number;
  /** Candidate minus baseline in the replay. */
  readonly approvedDelta: number;
  readonly canary: CanarySettings;
  readonly stability: StabilitySettings;
  readonly watch: WatchSettings;
  /** Tasks of the class in a day, at the volume of the window; for the expected length. */
  readonly tasksPerDay: number;
}
