/** Sums over the calls of one model for one class, and what they say; migration 0009 keeps the same sums. */

import type { ClassPerformance } from '../routing/decision/knowledge';
import type { CallEnd } from '../routing/money/embedded-call';
import { withoutAbsent } from './without-absent';

export interface PerformanceSums {
  readonly attempts: number;
  readonly successes: number;
  readonly graded: number;
  readonly scoreSum: number;
  readonly latencyCount: number;
  readonly latencySumMs: number;
  readonly outputCount: number;
  readonly outputLogRatioSum: number;
}

const NOTHING: PerformanceSums = {
  attempts: 0,
  successes: 0,
  graded: 0,
  scoreSum: 0,
  latencyCount: 0,
  latencySumMs: 0,
  outputCount: 0,
  outputLogRatioSum: 0,
};

export function withCall(sums: PerformanceSums = NOTHING, { failureClass, score, latencyMs, outputRatio }: CallEnd): PerformanceSums {
  const isAnswered = failureClass === undefined;
  const isTimed = isAnswered && latencyMs !== undefined;
  return {
    attempts: sums.attempts + 1,
    successes: sums.successes + Number(isAnswered),
    graded: sums.graded + Number(score !== undefined),
    scoreSum: sums.scoreSum + (score ?? 0),
    latencyCount: sums.latencyCount + Number(isTimed),
    latencySumMs: sums.latencySumMs + (isTimed ? latencyMs : 0),
    outputCount: sums.outputCount + Number(outputRatio !== undefined),
    outputLogRatioSum: sums.outputLogRatioSum + Math.log(outputRatio ?? 1),
  };
}

export function performanceOf(sums: PerformanceSums): ClassPerformance {
  const mean = (sum: number, count: number) => (count === 0 ? undefined : sum / count);
  const meanLogRatio = mean(sums.outputLogRatioSum, sums.outputCount);
  return {
    attempts: sums.attempts,
    successes: sums.successes,
    graded: sums.graded,
    ...withoutAbsent({
      meanScore: mean(sums.scoreSum, sums.graded),
      meanLatencyMs: mean(sums.latencySumMs, sums.latencyCount),
      outputRatio: meanLogRatio === undefined ? undefined : Math.exp(meanLogRatio),
    }),
  };
}
