/** A routing decision as a program sees it: names, dollars and milliseconds. */

import type { Decision, Refusal } from '../routing/decision/decision';
import { RoutingError } from '../routing/errors';
import { nanoToUsd } from '../routing/units';

/** A model that could have been chosen. */
export interface Alternative {
  readonly model: string;
  /** In [0, 1]. */
  readonly score: number;
  /** US dollars. */
  readonly estimatedCost: number;
  /** Milliseconds. */
  readonly estimatedLatency: number;
}

export interface RoutedDecision {
  /** Catalogue id, `provider/model`. */
  readonly model: string;
  readonly provider: string;
  /** 0 to 100. */
  readonly confidence: number;
  /** About what one call costs, in US dollars. */
  readonly estimatedCost: number;
  /** About how long it takes to the whole answer, in milliseconds. */
  readonly estimatedLatency: number;
  /** Best first. */
  readonly alternatives: readonly Alternative[];
  /** The models to try after the chosen one, in order. */
  readonly fallbackChain: readonly string[];
  /** Plain sentences, most important first. */
  readonly reasoning: readonly string[];
  /** `type/complexity`, or the caller's own name. */
  readonly taskClass: string;
  /** SIMPLE, STANDARD, COMPLEX or REASONING. */
  readonly tier: string;
  /** The longest answer that the estimates allow for, in tokens. */
  readonly maxOutputTokens: number;
}

export function routedDecision(decision: Decision): RoutedDecision {
  const [first, ...others] = decision.chain;
  return {
    model: decision.model,
    provider: decision.model.slice(0, decision.model.indexOf('/')),
    confidence: decision.confidence,
    estimatedCost: nanoToUsd(decision.estimatedCostNanoUsd),
    estimatedLatency: decision.estimatedLatencyMs,
    alternatives: decision.alternatives.map(({ model, score, estimatedCostNanoUsd, estimatedLatencyMs }) => ({
      model,
      score,
      estimatedCost: nanoToUsd(estimatedCostNanoUsd),
      estimatedLatency: estimatedLatencyMs,
    })),
    fallbackChain: others.map(({ model }) => model),
    reasoning: decision.reasons,
    taskClass: decision.taskClass,
    tier: decision.tier,
    maxOutputTokens: first?.maxOutputTokens ?? decision.maxOutputTokens,
  };
}

/**
 * The error of a task that no model may take.
 *
 * @param shortage in words, the budget that has no room, when one is in the way
 */
export function refusalError({ filteredOut, reasons }: Refusal, shortage: string | undefined): RoutingError {
  const isBudget = filteredOut.some(({ rule }) => rule === 'budget');
  const words = [...(shortage === undefined ? [] : [shortage]), ...reasons].join(' ');
  return new RoutingError(isBudget ? 'budget_exhausted' : 'not_admissible', words);
}
