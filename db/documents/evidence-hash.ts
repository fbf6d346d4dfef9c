/** What an approval is bound to: one hash over everything that the approver relied on. */

import type { RouteChange } from '../../routing/review/change';
import type { Comparison } from '../../routing/review/prove/evidence';
import type { RolloutPlan } from '../../routing/review/rollout/rollout-plan';
import type { ReviewSettings } from '../../routing/review/settings';
import type { DrawnTask } from '../queries/reports';
import { canonicalJson, sha256Hex } from './canonical-json';

/** Whatever of this changes, an approval that was given for it counts no more. */
export interface Evidence {
  readonly proposalId: string;
  readonly change: RouteChange;
  readonly comparisons: readonly Comparison[];
  /** One for each pass. */
  readonly sampleManifests: readonly string[];
  readonly fingerprints: Readonly<Record<string, readonly string[]>>;
  /** Names models and prices. */
  readonly catalogueVersion: string;
  readonly policy: { readonly version: number; readonly sha256: string };
  readonly settings: ReviewSettings;
  readonly rolloutPlan: RolloutPlan;
  readonly codeVersion: string;
}

/** SHA-256 of the evidence, as 64 hexadecimal digits. The same evidence has the same hash wherever and whenever it is computed. */
export function evidenceSha256(evidence: Evidence): string {
  return sha256Hex(canonicalJson(evidence));
}

/** SHA-256 that names exactly these tasks in this order, with where each stands in its pass. */
export function manifestSha256(drawn: readonly DrawnTask[]): string {
  return sha256Hex(
    canonicalJson(
      drawn.map(({ pass, position, taskId, stratum, cluster, block, isSentinel }) => [
        ...[pass, position, taskId, stratum, cluster, block],
        isSentinel,
      ]),
    ),
  );
}
