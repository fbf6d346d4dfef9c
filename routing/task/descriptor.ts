/**
 * What classification adds to a task.
 */

import type { CapabilityTier } from '../catalogue';
import type { Complexity, TaskType } from './task';

export type TaskPattern = 'single-shot' | 'multi-step' | 'iterative';

/** One reason for one part of a classification, for people: `{of: 'type', name: 'verb:fix', weight: 3}`. */
export interface Signal {
  readonly of: 'type' | 'complexity' | 'pattern' | 'urgency' | 'extendedThinking' | 'involvesCode';
  /** Which rule fired; the rule's name and never the submitter's text. */
  readonly name: string;
  /** How much it counted, in the rule's own points. */
  readonly weight: number;
}

export interface TaskDescriptor {
  readonly type: TaskType;
  readonly complexity: Complexity;
  readonly pattern: TaskPattern;
  /** Expected tokens of the prompt, an integer ≥ 1. */
  readonly estimatedInputTokens: number;
  /** Expected tokens of the answer, an integer ≥ 1. */
  readonly estimatedOutputTokens: number;
  readonly extendedThinking: boolean;
  readonly involvesCode: boolean;
  /** 1 (whenever) to 5 (production is down). */
  readonly urgency: 1 | 2 | 3 | 4 | 5;
  readonly signals: readonly Signal[];
}

export const TIER_OF_COMPLEXITY: Readonly<Record<Complexity, CapabilityTier>> = {
  simple: 'SIMPLE',
  medium: 'STANDARD',
  complex: 'COMPLEX',
  critical: 'REASONING',
};

/** The cell that a policy routes and a review measures: the submitter's own class, else `type/complexity`. */
export function taskClassOf(given: string | undefined, descriptor: Pick<TaskDescriptor, 'type' | 'complexity'>): string {
  return given ?? `${descriptor.type}/${descriptor.complexity}`;
}
