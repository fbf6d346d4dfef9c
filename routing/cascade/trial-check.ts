/**
 * The check that a policy offers for cascades which it does not have yet: a review may put a cheaper model and this check before the
 * model that serves a class.
 */

import { EVERY_CLASS } from '../judging/settings';
import type { Check } from './check';
import type { CheckAccuracy } from './economics';

export interface TrialCheck {
  readonly check: Check;
  /** How right it is taken to be until graded answers show it. */
  readonly assumed: CheckAccuracy;
}

/** How right a check is taken to be where the policy does not say, on good and bad answers alike: a good one. */
export const ASSUMED_ACCURACY = 0.9;

/** The check that is offered for a class or group. Undefined: none is, and no cascade is proposed for it. */
export function trialCheckFor(offered: Readonly<Record<string, TrialCheck>> | undefined, name: string): TrialCheck | undefined {
  if (offered === undefined) return undefined;
  if (Object.hasOwn(offered, name)) return offered[name];
  return Object.hasOwn(offered, EVERY_CLASS) ? offered[EVERY_CLASS] : undefined;
}
