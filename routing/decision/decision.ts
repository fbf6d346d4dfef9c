/**
 * The record of one routing decision: enough to explain it, and with the inputs it names, to compute it again.
 */

import type { CascadePlan } from '../cascade/plan';
import type { CapabilityTier } from '../catalogue';
import type { TaskDescriptor } from '../task/descriptor';
import type { NanoUsd } from '../units';
import type { Arm } from './canary';
import type { AttemptLimits } from './policy';

/** Which hard filter removed a model. Ids are a contract: they stand in decisions, tests and reports. */
export type FilterRule =
  | 'status'
  | 'privacy-tier'
  | 'residency'
  | 'capability'
  | 'context-window'
  | 'output-limit'
  | 'provider'
  | 'model'
  | 'excluded'
  | 'approved-list'
  | 'unknown-price'
  | 'cost-limit'
  | 'budget'
  | 'min-quality'
  | 'max-latency'
  | 'cool-down'
  | 'not-configured';

/** Scores of one candidate, each a fraction in [0, 1], 1 is best. */
export interface Factors {
  readonly capability: number;
  readonly cost: number;
  readonly quality: number;
  readonly latency: number;
  readonly historical: number;
}

export interface Candidate {
  /** Catalogue id. */
  readonly model: string;
  /** Weighted mean of the factors, in [0, 1]. */
  readonly score: number;
  readonly factors: Factors;
  readonly estimatedCostNanoUsd: NanoUsd;
  /** Worst case, what is reserved. */
  readonly maxCostNanoUsd: NanoUsd;
  /** Set when the price is unknown and the model allowed by name: both amounts are then 0 and mean nothing. */
  readonly isPriceUnknown?: true;
  readonly estimatedLatencyMs: number;
}

export interface FilteredOut {
  readonly model: string;
  readonly rule: FilterRule;
  /** For people: what was needed and what the model has. */
  readonly detail: string;
}

/** How the first model came to be first. `replay`: it is the one under test, and nothing was chosen. */
export type ChosenBy = 'policy' | 'score' | 'provider-ratings' | 'replay';

/** One link of the chain: a model with what its calls need to know. */
export interface ChainLink {
  readonly model: string;
  readonly pool: string;
  /** Worst case of one call: what is reserved. */
  readonly maxCostNanoUsd: NanoUsd;
  readonly contextWindowTokens: number;
  /** Tokens that this model's answer may have: the decision's limit, or less where the model itself allows less. */
  readonly maxOutputTokens: number;
  readonly provider: string;
}

export interface Decision {
  readonly kind: 'routed';
  readonly taskClass: string;
  readonly tier: CapabilityTier;
  readonly descriptor: TaskDescriptor;
  readonly model: string;
  readonly chosenBy: ChosenBy;
  /** 0 to 100. */
  readonly confidence: number;
  readonly estimatedCostNanoUsd: NanoUsd;
  readonly estimatedLatencyMs: number;
  /** All admissible models but the chosen one, best first. */
  readonly alternatives: readonly Candidate[];
  readonly chosen: Candidate;
  readonly filteredOut: readonly FilteredOut[];
  /** The chosen model first, then its fallbacks. Never empty. */
  readonly chain: readonly ChainLink[];
  /** Plain sentences, most important first. */
  readonly reasons: readonly string[];
  readonly policyVersion: number;
  readonly catalogueVersion: string;
  /** Probability that this model would have been chosen for such a task, in (0, 1]. */
  readonly propensity: number;
  /** The rollout that counts this task, and on which side; absent: none does. */
  readonly rollout?: { readonly id: string; readonly arm: Arm };
  /** Tokens the answer may have; each link of the chain says how many of them its model can give. */
  readonly maxOutputTokens: number;
  readonly limits: AttemptLimits;
  /** The steps that the task goes through; the chain is their models. Absent: one model answers, and the others stand in for it. */
  readonly cascade?: CascadePlan;
}

/** No model is admissible: an expected end, with the filter that removed each one. */
export interface Refusal {
  readonly kind: 'refused';
  readonly taskClass: string;
  readonly tier: CapabilityTier;
  readonly descriptor: TaskDescriptor;
  readonly filteredOut: readonly FilteredOut[];
  readonly reasons: readonly string[];
  readonly policyVersion: number;
  readonly catalogueVersion: string;
}
