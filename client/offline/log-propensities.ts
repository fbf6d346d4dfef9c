/**
 * What the log of a router that chose by chance lets one estimate of each model: the quality that the class would have had on it. An
 * estimate, never a proof: it says what to replay.
 */

import { type OffPolicyValue, offPolicyOfSums } from '../../routing/statistics/off-policy';
import { foundOrMade } from './found-or-made';
import type { LoggedTask } from './log-cells';

/** A model on a class, valued from the choices of the log. */
export interface LoggedValue extends OffPolicyValue {
  readonly taskClass: string;
  readonly model: string;
  /** Choices of the class that were made by chance and have a score. */
  readonly choices: number;
  /** There are too few to go by. */
  readonly isTooFew: boolean;
}

export interface LogPropensities {
  readonly add: (task: LoggedTask) => void;
  /** By class, the most choices first. */
  readonly values: () => readonly LoggedValue[];
}

/** Largest weight of one choice. */
const CLIP = 10;
/** Effective choices below which a value says nothing. */
const LEAST_EFFECTIVE = 50;

interface ModelSums {
  weights: number;
  squares: number;
  weighted: number;
  chosen: number;
  rewards: number;
}

interface ChoicesOfClass {
  choices: number;
  readonly models: Map<string, ModelSums>;
}

/** A choice that was certain says nothing about what was not chosen, and is left out. */
export function gatherPropensities(): LogPropensities {
  const byClass = new Map<string, ChoicesOfClass>();
  return {
    add({ taskClass, model, propensity, score }) {
      if (propensity === undefined || propensity >= 1 || score === undefined) return;
      const own = foundOrMade(byClass, taskClass, () => ({ choices: 0, models: new Map<string, ModelSums>() }));
      own.choices += 1;
      const sums = foundOrMade(own.models, model, () => ({ weights: 0, squares: 0, weighted: 0, chosen: 0, rewards: 0 }));
      const weight = Math.min(1 / propensity, CLIP);
      sums.weights += weight;
      sums.squares += weight * weight;
      sums.weighted += weight * score;
      sums.chosen += 1;
      sums.rewards += score;
    },
    values: () =>
      [...byClass].flatMap(([taskClass, { choices, models }]) =>
        [...models].map(([model, { chosen, rewards, ...sums }]): LoggedValue => {
          const value = offPolicyOfSums({ n: choices, ...sums }, rewards / chosen);
          return { taskClass, model, choices, isTooFew: value.ess < LEAST_EFFECTIVE, ...value };
        }),
      ),
  };
}
