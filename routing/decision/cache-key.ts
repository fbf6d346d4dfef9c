/**
 * Which tasks are alike: the same decision is right for all of them.
 *
 * Everything of a task that a decision rests on stands in its key. Its sizes are rounded up first, because hardly two prompts
 * have the same length and hardly any length changes a decision.
 */

import type { TaskFacts } from '../task/task';
import type { DecisionInput } from './decide';

/** Sizes below this are left as they are. */
const EXACT_BELOW = 16;

/** Bits of a size that are kept: 8 steps to a doubling. */
const KEPT_BITS = 4;

/**
 * The least of 8 steps per doubling that is no smaller: at most 12.5 % above the size, 6 % on average. Rounding is upwards so
 * that no estimate, limit or context window is passed unseen.
 *
 * @param size a count of tokens or bytes, an integer ≥ 0
 */
export function sizeStep(size: number): number {
  if (size <= EXACT_BELOW || size > 0xffff_ffff) return size;
  const step = 2 ** (32 - Math.clz32(size) - KEPT_BITS);
  return Math.ceil(size / step) * step;
}

/**
 * The input as it is decided on where decisions are kept: with its sizes rounded up. Decide on this one also when nothing is
 * kept, or a decision would depend on whether there is a cache.
 */
export function withRoundedSizes(input: DecisionInput): DecisionInput {
  const { descriptor } = input;
  return {
    ...input,
    promptBytes: sizeStep(input.promptBytes),
    descriptor: {
      ...descriptor,
      estimatedInputTokens: sizeStep(descriptor.estimatedInputTokens),
      estimatedOutputTokens: sizeStep(descriptor.estimatedOutputTokens),
    },
  };
}

/** Inputs with the same key, decided on the same grounds, get the same decision. The sizes may be rounded already. */
export function similarityKey({ task, descriptor, promptBytes, messageCount, graderKind }: DecisionInput): string {
  const { type = descriptor.type, priority, privacyTier, requires, expectedValue, maxOutputTokens } = task;
  const sizes = `${sizeStep(descriptor.estimatedInputTokens)} ${sizeStep(descriptor.estimatedOutputTokens)} ${sizeStep(promptBytes)} ${messageCount}`;
  const cell = `${type} ${requires.tier ?? descriptor.complexity} ${privacyTier} ${priority}`;
  return `${cell} ${sizes} ${maxOutputTokens} ${expectedValue} ${graderKind} ${wishesOf(task)}`;
}

/** What else the submitter said; most say nothing, and turning objects into text takes longer than all the rest. */
function wishesOf({ taskClass, residency, requires, constraints }: TaskFacts): string {
  if (taskClass === undefined && residency === undefined && isEmpty(requires) && isEmpty(constraints)) return '';
  return JSON.stringify([taskClass, residency, requires, constraints]);
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
