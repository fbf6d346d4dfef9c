/**
 * Decisions that are kept for tasks that are alike.
 *
 * A kept decision is given only where deciding again would give the same one: it is found by everything of the task that a
 * decision rests on, and held against everything else that it stands on. So the cache saves time and changes nothing, and a
 * caller may drop it at any moment.
 */

import type { TaskDescriptor } from '../task/descriptor';
import { doesHold, type Grounds, groundsOf } from './cache-grounds';
import { similarityKey, withRoundedSizes } from './cache-key';
import { type DecisionInput, decide } from './decide';
import type { Decision, Refusal } from './decision';

/** What a caller makes of an input; the same input must always give the same. */
export type Decide = (input: DecisionInput) => Decision | Refusal;

export interface DecisionCacheLimits {
  /** How long a decision is kept at most, in milliseconds. */
  readonly ttlMs: number;
  /** Decisions kept at a time; the oldest makes room. */
  readonly maxEntries: number;
}

export interface DecisionCacheFigures {
  readonly hits: number;
  /** Inputs that had to be decided, those included that are never kept. */
  readonly misses: number;
  readonly entries: number;
}

export interface DecisionCache {
  /** The decision on an input, its sizes rounded up: kept or made now. */
  decide(input: DecisionInput): Decision | Refusal;
  clear(): void;
  figures(): DecisionCacheFigures;
}

interface Kept {
  readonly decided: Decision | Refusal;
  readonly grounds: Grounds;
}

/** A cache in this process. `decideOne` gets the input with its sizes rounded up. */
export function createDecisionCache({ ttlMs, maxEntries }: DecisionCacheLimits, decideOne: Decide = decide): DecisionCache {
  const kept = new Map<string, Kept>();
  let hits = 0;
  let misses = 0;
  return {
    decide(input) {
      const key = similarityKey(input);
      const found = kept.get(key);
      if (found !== undefined && isUnmoved(input) && input.now < found.grounds.from + ttlMs && doesHold(found.grounds, input)) {
        hits += 1;
        return describedAs(found.decided, input.descriptor);
      }
      misses += 1;
      const rounded = withRoundedSizes(input);
      const decided = decideOne(rounded);
      if (isUnmoved(input) && isForAll(decided)) keep(key, { decided, grounds: groundsOf(rounded, decided) });
      return describedAs(decided, input.descriptor);
    },
    clear: () => kept.clear(),
    figures: () => ({ hits, misses, entries: kept.size }),
  };

  /** The newest stands last, so that the first is the oldest. */
  function keep(key: string, entry: Kept): void {
    kept.delete(key);
    const [oldest] = kept.size >= maxEntries ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(key, entry);
  }
}

/** The decision on an input with its sizes rounded up, and nothing kept: what a cache would give. */
export function decideRounded(input: DecisionInput, decideOne: Decide = decide): Decision | Refusal {
  return describedAs(decideOne(withRoundedSizes(input)), input.descriptor);
}

/** While a rollout runs, the task's own key takes part in its decision. */
function isUnmoved({ canaries = [] }: DecisionInput): boolean {
  return canaries.length === 0;
}

/** Models that nothing tells apart share the tasks between them, by the seed of each. */
function isForAll(decided: Decision | Refusal): boolean {
  return decided.kind === 'refused' || decided.propensity === 1;
}

function describedAs(decided: Decision | Refusal, descriptor: TaskDescriptor): Decision | Refusal {
  return { ...decided, descriptor };
}
