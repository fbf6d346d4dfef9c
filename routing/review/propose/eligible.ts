/**
 * Which models may serve a whole class: whoever cannot take every kind of task that occurred in it cannot take the class. Asked
 * before any figure is looked at, and never traded for one.
 */

import type { Model } from '../../catalogue';
import { type Obstacle, obstacleToCall } from '../../decision/admissible';
import type { PrivacyTier } from '../../task/task';
import type { ClassDemands } from '../figures/figures';
import type { DropReason } from '../findings';
import type { ClassAtHand } from './class-at-hand';
import { classPolicyOf } from './class-limits';

export interface Ineligible {
  readonly reason: DropReason;
  /** For people. */
  readonly detail: string;
}

/** The first rule that closes the model to the class, or undefined when it may serve all of it. */
export function obstacleToClass(model: Model, { figures, policy, configuredProviders, now }: ClassAtHand): Ineligible | undefined {
  const obstacle = obstacleToDemands(model, figures.demands, now);
  if (obstacle !== undefined) return { reason: obstacle.rule, detail: obstacle.detail };
  if (model.status.kind === 'deprecated') return { reason: 'deprecated', detail: 'it is deprecated: nothing is moved to it' };
  const closed = figures.classes.find((name) => classPolicyOf(policy, name).approved?.includes(model.id) === false);
  if (closed !== undefined) return { reason: 'approved-list', detail: `the policy does not approve it for "${closed}"` };
  if (configuredProviders?.has(model.provider) === false) {
    return { reason: 'not-configured', detail: `provider "${model.provider}" has no key` };
  }
  return undefined;
}

/** Asks the rule of every call for each pair of privacy tier and residency that occurred, with the largest prompt and answer. */
function obstacleToDemands(model: Model, demands: ClassDemands, now: number): Obstacle | undefined {
  const known = occurred(demands.privacyTiers) as PrivacyTier[];
  // Content of which no tier is known is kept as closely as any.
  const tiers: readonly PrivacyTier[] = known.length === 0 ? ['restricted'] : known;
  const residencies = occurred(demands.residencies);
  const size = { estimatedInputTokens: demands.maxInputTokens, estimatedOutputTokens: demands.maxOutputTokens };
  for (const privacyTier of tiers) {
    for (const residency of residencies.length === 0 ? [''] : residencies) {
      const task = { privacyTier, requires: { capabilities: demands.capabilities }, ...(residency === '' ? {} : { residency }) };
      const obstacle = obstacleToCall(model, task, size, now);
      if (obstacle !== undefined) return obstacle;
    }
  }
  return undefined;
}

function occurred(counts: Readonly<Record<string, number | undefined>>): string[] {
  return Object.entries(counts).flatMap(([name, count]) => ((count ?? 0) > 0 ? [name] : []));
}
