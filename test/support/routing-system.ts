/** Routing systems for tests: a small catalogue in the form of signalbox.yaml, a clock that the test moves, calls that answer. */

import {
  type CallAnswer,
  type Clock,
  createRoutingSystem,
  type ModelRequest,
  type RoutingConfig,
  type RoutingSystem,
} from '../../embedded';

/** Prices in dollars per million tokens; with few tiers, so that it is plain which model a task goes to. */
export const SMALL_CATALOGUE = {
  providers: {
    acme: {
      kind: 'openai-compatible',
      base_url: 'https://acme.example/v1',
      models: {
        mini: {
          capability_tier: 'SIMPLE',
          cost_tier: 'budget',
          prices: { input: 0.1, output: 0.5 },
          context_window: 200_000,
          quality: 0.8,
        },
        plus: {
          capability_tier: 'COMPLEX',
          cost_tier: 'balanced',
          prices: { input: 2, output: 10 },
          context_window: 200_000,
          quality: 0.9,
        },
        ultra: {
          capability_tier: 'REASONING',
          cost_tier: 'premium',
          prices: { input: 10, output: 50 },
          context_window: 200_000,
          quality: 0.95,
        },
      },
    },
    other: {
      kind: 'openai-compatible',
      base_url: 'https://other.example/v1',
      models: {
        small: {
          capability_tier: 'SIMPLE',
          cost_tier: 'budget',
          prices: { input: 0.2, output: 0.8 },
          context_window: 200_000,
          quality: 0.78,
        },
        big: {
          capability_tier: 'COMPLEX',
          cost_tier: 'balanced',
          prices: { input: 3, output: 12 },
          context_window: 200_000,
          quality: 0.88,
        },
      },
    },
  },
} as const;

export const SIMPLE_TEXT = 'What is the capital of France?';
export const HARD_TEXT = 'Design a scalable microservices architecture for a payment platform with failover across regions.';

export interface MovedClock extends Clock {
  /** Moves the time; waits do it by themselves. */
  advance(ms: number): void;
  readonly waits: readonly number[];
}

/** A clock that stands still unless it is moved; waiting moves it and lets other work go on. */
export function movedClock(startAt = Date.UTC(2026, 4, 4, 12)): MovedClock {
  let now = startAt;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    advance(ms) {
      now += ms;
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
      now += ms;
    },
  };
}

export function testSystem(config: RoutingConfig = {}): RoutingSystem {
  return createRoutingSystem({ catalogue: SMALL_CATALOGUE, ...config });
}

/** A call that answers with the name of its model, and used these tokens. */
export function answering(inputTokens = 100, outputTokens = 50): (request: ModelRequest) => Promise<CallAnswer<string>> {
  return async ({ model }) => ({ answer: model, usage: { inputTokens, outputTokens } });
}

/** An error as the clients of providers throw them. */
export function statusError(status: number, more: object = {}): Error {
  return Object.assign(new Error(`status ${status}`), { status, ...more });
}
