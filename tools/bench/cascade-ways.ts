/** Ways to answer recorded tasks: one model, a mix of two, a cascade with a simulated check, and one with two cheap models that agree. */

import type { RecordedTask } from '../../db/documents/recording';
import { GOOD } from '../../routing/cascade/economics';

/** One way to answer: what each task is expected to cost and to reach on it. */
export interface Way {
  readonly name: string;
  readonly of: (task: RecordedTask) => Reached;
}

export interface Reached {
  readonly costUsd: number;
  readonly quality: number;
}

/** One model for all. */
export function single(model: string): Way {
  return { name: model, of: (task) => callOf(task, model) };
}

/** A random mix, as its expectation. */
export function mix(cheap: string, other: string, share: number): Way {
  const blend = (a: number, b: number) => (1 - share) * a + share * b;
  return {
    name: `${Math.round((1 - share) * 100)} % ${cheap}, ${Math.round(share * 100)} % ${other}`,
    of(task) {
      const [a, b] = [callOf(task, cheap), callOf(task, other)];
      return { costUsd: blend(a.costUsd, b.costUsd), quality: blend(a.quality, b.quality) };
    },
  };
}

/** A check that is right so often, as its expectation. It costs as much as the cheap answer does: about what a judge of that size, or a second answer, costs. */
export function cascade(cheap: string, last: string, accuracy: number): Way {
  return {
    name: `${cheap} → ${last}`,
    of(task) {
      const first = callOf(task, cheap);
      return escalated(first, callOf(task, last), first.costUsd, first.quality >= GOOD ? accuracy : 1 - accuracy);
    },
  };
}

/** A second cheap model is the check: right answers agree, and wrong ones never or always do. */
export function agreement(cheap: string, second: string, last: string, wrongAlike: boolean): Way {
  return {
    name: `${cheap} = ${second} → ${last}`,
    of(task) {
      const [first, other] = [callOf(task, cheap), callOf(task, second)];
      const [isGood, isOtherGood] = [first.quality >= GOOD, other.quality >= GOOD];
      const agrees = isGood === isOtherGood && (isGood || wrongAlike);
      return escalated(first, callOf(task, last), other.costUsd, agrees ? 1 : 0);
    },
  };
}

function escalated(first: Reached, last: Reached, checkUsd: number, passRate: number): Reached {
  return {
    costUsd: first.costUsd + checkUsd + (1 - passRate) * last.costUsd,
    quality: passRate * first.quality + (1 - passRate) * last.quality,
  };
}

function callOf(task: RecordedTask, model: string): Reached {
  const call = task.models[model];
  if (call?.cost_usd == null) throw new Error(`${task.id} has no recorded cost of ${model}`);
  return { costUsd: call.cost_usd, quality: call.quality };
}
