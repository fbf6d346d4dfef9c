/**
 * What a submitter says of a piece of work, as far as routing needs to know it.
 */

import type { NanoUsd } from '../units';

export const TASK_TYPES = [
  'architecture',
  'planning',
  'code-generation',
  'code-review',
  'debugging',
  'refactoring',
  'testing',
  'documentation',
  'analysis',
  'creative',
  'factual',
  'coordination',
  'simple-task',
] as const;
export type TaskType = (typeof TASK_TYPES)[number];

/** How hard a task is, ascending. The same four steps as capability tiers, see TIER_OF_COMPLEXITY in descriptor.ts. */
export const COMPLEXITIES = ['simple', 'medium', 'complex', 'critical'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** How closely content must be kept, ascending: a task's tier may be raised and never lowered. */
export const PRIVACY_TIERS = ['public', 'internal', 'confidential', 'restricted'] as const;
export type PrivacyTier = (typeof PRIVACY_TIERS)[number];

/** What a model can be asked for beyond text in, text out. */
export const CAPABILITIES = ['tools', 'vision', 'pdf', 'audio', 'structured-output', 'reasoning', 'web-search', 'prompt-caching'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Hard conditions on a task's model. Every one given must hold. */
export interface TaskConstraints {
  /** Only models of this provider. */
  readonly provider?: string;
  /** Only this model, by catalogue id. */
  readonly model?: string;
  /** Never these models, by catalogue id. */
  readonly excludeModels?: readonly string[];
  /** The most that one call may cost, at its worst case. */
  readonly maxCostNanoUsd?: NanoUsd;
  /** The least expected quality, a fraction in [0, 1]. */
  readonly minQuality?: number;
  /** The longest expected time to the whole answer, in milliseconds. */
  readonly maxLatencyMs?: number;
}

/** What the task's model must be able to do. */
export interface TaskRequirements {
  readonly capabilities?: readonly Capability[];
  /** The smallest context window, in tokens, beside the one that the prompt itself needs. */
  readonly contextWindowTokens?: number;
  /** The least capable tier that will do; a submitter's word that wins over detection. */
  readonly tier?: Complexity;
}

/** Whom a task's money belongs to. A limit may exist for each; `global` always applies. */
export interface BudgetScope {
  readonly team?: string;
  readonly project?: string;
  readonly tag?: string;
  /** Id of the API key that submitted it. */
  readonly key?: string;
}

/** All that routing knows of a task beside its text. Carries no content. */
export interface TaskFacts {
  readonly id: string;
  /** Wins over detection. */
  readonly type?: TaskType;
  /** Wins over `type/complexity`. */
  readonly taskClass?: string;
  /** 0 to 100; 50 when the submitter says nothing. */
  readonly priority: number;
  readonly privacyTier: PrivacyTier;
  /** Region that content must not leave, as the catalogue writes it (`eu`, `us`); absent: anywhere. */
  readonly residency?: string;
  readonly requires: TaskRequirements;
  readonly constraints: TaskConstraints;
  readonly scope: BudgetScope;
  /** What the answer is worth to the submitter, in any unit that is the same for all tasks. */
  readonly expectedValue?: number;
  /** Tasks with the same key stay on the same side of a canary; the task id when absent. */
  readonly affinityKey?: string;
  /** The most tokens the answer may have; always sent to the provider, so that the worst case is bounded. */
  readonly maxOutputTokens?: number;
  /** Part of the organisation or pipeline the task comes from, for reports (`ui`, `backend`). */
  readonly layer?: string;
}
