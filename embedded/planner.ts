/** Where a task would go now: classified, held against what is known, decided, kept for tasks that are alike. */

import { createDecisionCache, type DecisionCache, decideRounded } from '../routing/decision/cache';
import { sizeStep } from '../routing/decision/cache-key';
import type { DecisionInput } from '../routing/decision/decide';
import type { Decision, Refusal } from '../routing/decision/decision';
import type { ModelHealth } from '../routing/decision/knowledge';
import type { Policy } from '../routing/decision/policy';
import { describePrompt } from '../routing/task/describe-prompt';
import { taskClassOf } from '../routing/task/descriptor';
import type { Prompt } from '../routing/task/prompt';
import { roomIn } from './budget';
import type { Settings } from './config';
import type { RoutableTask } from './constraints';
import { decideWith, type Preferences } from './fallbacks';
import type { Learnt, Store } from './store';

/** Decisions kept at a time, of some kilobytes each. */
const KEPT_DECISIONS = 1_000;

/** A task with its decision. */
export interface Planned {
  readonly decided: Decision | Refusal;
  readonly prompt: Prompt;
  /** Bytes that a call sends at most, before a model's own template. */
  readonly promptBytes: number;
  /** What later answers are compared with: the estimate that the decision was made on. */
  readonly estimatedOutputTokens: number;
}

/** What changes while the program runs. */
export interface Rules {
  readonly policy: Policy;
  readonly fallbacks: ReadonlyMap<string, readonly string[]>;
  readonly health: ReadonlyMap<string, ModelHealth>;
}

export interface Planner {
  plan(task: RoutableTask): Promise<Planned>;
  readonly cache: DecisionCache | undefined;
}

const NOTHING_LEARNT: Pick<Learnt, 'ratings' | 'performance'> = { ratings: new Map(), performance: new Map() };

/** @param rules as they are at this moment; whatever changes is a new object */
export function createPlanner(settings: Settings, store: Store, rules: () => Rules): Planner {
  const { catalogue, money, cacheTtlMs, clock, defaultModel } = settings;
  const decideOne = (input: DecisionInput) => decideWith({ fallbacks: rules().fallbacks, defaultModel } satisfies Preferences, input);
  const cache = cacheTtlMs === undefined ? undefined : createDecisionCache({ ttlMs: cacheTtlMs, maxEntries: KEPT_DECISIONS }, decideOne);
  return {
    cache,
    async plan({ facts, text, contextTokens }) {
      const prompt: Prompt = { messages: [{ role: 'user', content: text }] };
      const described = describePrompt(prompt, facts);
      const descriptor = { ...described, estimatedInputTokens: described.estimatedInputTokens + contextTokens };
      const learnt = await store.learnt(taskClassOf(facts.taskClass, { type: descriptor.type, complexity: descriptor.complexity }));
      const { policy, health } = rules();
      const { ratings, performance } = settings.learns ? learnt : NOTHING_LEARNT;
      const room = roomIn(learnt.spentNano, money);
      const promptBytes = Buffer.byteLength(text) + contextTokens;
      const input: DecisionInput = {
        task: facts,
        descriptor,
        promptBytes,
        messageCount: 1,
        catalogue,
        policy,
        knowledge: { ratings, performance, health, ...(room === undefined ? {} : { budgetRoomNanoUsd: room }) },
        now: clock.now(),
        seed: facts.id,
      };
      const decided = cache === undefined ? decideRounded(input, decideOne) : cache.decide(input);
      return { decided, prompt, promptBytes, estimatedOutputTokens: sizeStep(descriptor.estimatedOutputTokens) };
    },
  };
}
