/** Figures of a rollout's arms for tests of what follows from them. */

import type { ArmCounts, ArmFigures, Period } from '../../routing/review/rollout/arms';

/** An arm of binary labels, every task of a user of its own. */
export function arm(labelled: number, good: number, changes: Partial<ArmCounts> = {}): ArmCounts {
  const sizes = { clusters: labelled, clusterSquares: good, clusterProducts: good, clusterSizes: labelled };
  return { units: labelled, closed: labelled, labelled, sum: good, squareSum: good, ...sizes, ...changes };
}

export const NO_TASKS: Period = { canary: arm(0, 0), control: arm(0, 0) };

/** Figures in which nothing is wrong but what a test changes; the step has all the tasks there are. */
export function figures(changes: Partial<ArmFigures> = {}): ArmFigures {
  const { even = NO_TASKS } = changes;
  const stepOf = ({ closed, labelled }: ArmCounts) => ({ closed, labelled });
  return {
    even,
    soak: NO_TASKS,
    step: { canary: stepOf(even.canary), control: stepOf(even.control) },
    calls: {
      canary: { calls: even.canary.closed, ownFailures: 0, outages: 0 },
      control: { calls: even.control.closed, ownFailures: 0, outages: 0 },
    },
    breaches: 0,
    isCandidateCoolingDown: false,
    cost: { canary: { tasks: 0, mean: 0, sd: 0 }, control: { tasks: 0, mean: 0, sd: 0 } },
    latency: { canaryP95LowMs: null, controlP95HighMs: null },
    lastEntryMs: null,
    ...changes,
  };
}
