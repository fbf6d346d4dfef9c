/**
 * What one call of one model is expected to bring: tokens, cost, time, quality.
 *
 * What is stated of a model (its verbosity, latency profile, prior quality) is where an estimate starts; what was seen of it on the
 * task's class takes over as it gathers, because three lucky answers prove little and three hundred prove much.
 */

import type { Model } from '../catalogue';
import { estimateCost, worstCaseCost } from '../money/cost';
import type { TaskDescriptor } from '../task/descriptor';
import type { NanoUsd } from '../units';
import type { ClassPerformance } from './knowledge';

/**
 * How many observed calls weigh as much as what is stated of a model. Lengths and times vary little within a class and widely
 * between classes: on recorded runs one observed call is worth more than any profile (docs/benchmarks.md, estimates).
 */
const CALLS_EQUAL_TO_PROFILE = 0.5;

/** How many graded answers weigh as much as a model's prior quality. Grades are yes or no, so it takes more of them. */
const GRADES_EQUAL_TO_PRIOR = 10;

/** What is sent with every call of a task, whichever model answers. */
export interface CallSize {
  /** UTF-8 bytes of all that is sent. */
  readonly promptBytes: number;
  readonly messageCount: number;
  /** Tokens that the answer may have, before a model's own limit. */
  readonly maxOutputTokens: number;
}

export interface Estimate {
  /** Expected tokens of the answer, an integer ≥ 1. */
  readonly outputTokens: number;
  /** The limit sent to this model: the task's, its own, or what its window leaves, whichever is least. */
  readonly maxOutputTokens: number;
  /** Absent: the price is unknown. */
  readonly costNanoUsd: NanoUsd | undefined;
  /** Worst case. Absent: the price is unknown. */
  readonly maxCostNanoUsd: NanoUsd | undefined;
  /** To the end of the answer, in whole milliseconds. */
  readonly latencyMs: number;
  /** Probability that an answer comes and is good, in [0, 1]. */
  readonly quality: number;
}

/**
 * @param performance how the model did on the task's class; absent when it was never seen there
 */
export function estimateCall(
  model: Model,
  size: CallSize,
  descriptor: Pick<TaskDescriptor, 'estimatedInputTokens' | 'estimatedOutputTokens'>,
  performance: ClassPerformance | undefined,
): Estimate {
  const inputTokens = descriptor.estimatedInputTokens;
  const maxOutputTokens = Math.max(1, Math.min(size.maxOutputTokens, model.maxOutputTokens, model.contextWindowTokens - inputTokens));
  const ratio = blend(model.verbosity, performance?.outputRatio, performance?.successes ?? 0, CALLS_EQUAL_TO_PROFILE);
  const outputTokens = Math.max(1, Math.min(Math.round(descriptor.estimatedOutputTokens * ratio), maxOutputTokens));
  const profileMs = model.latency.firstTokenMs + outputTokens * model.latency.msPerOutputToken;
  return {
    outputTokens,
    maxOutputTokens,
    costNanoUsd: estimateCost(model, inputTokens, outputTokens),
    maxCostNanoUsd: worstCaseCost(model, size.promptBytes, size.messageCount, maxOutputTokens),
    latencyMs: Math.round(blend(profileMs, performance?.meanLatencyMs, performance?.successes ?? 0, CALLS_EQUAL_TO_PROFILE)),
    quality: expectedQuality(model, performance),
  };
}

/**
 * Probability that a call brings a good answer, in [0, 1]: that one comes at all, times how good graded ones were.
 *
 * The first is shrunk towards certainty, the second towards the model's prior quality.
 */
export function expectedQuality(model: Pick<Model, 'priorQuality'>, performance: ClassPerformance | undefined): number {
  if (performance === undefined) return model.priorQuality;
  const { attempts, successes, meanScore, graded } = performance;
  const answers = (successes + GRADES_EQUAL_TO_PRIOR) / (attempts + GRADES_EQUAL_TO_PRIOR);
  return answers * blend(model.priorQuality, meanScore, graded, GRADES_EQUAL_TO_PRIOR);
}

/** Mean of what was stated and what was seen, the first counting as much as `statedCount` observations. */
function blend(stated: number, seen: number | undefined, seenCount: number, statedCount: number): number {
  return seen === undefined ? stated : (stated * statedCount + seen * seenCount) / (statedCount + seenCount);
}
