/** A routing system: its parts put together, and what a program can ask of it. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { didYouMean } from '../db/documents/nearest-word';
import { CAPABILITY_TIERS, type Model } from '../routing/catalogue';
import type { DecisionCacheFigures } from '../routing/decision/cache';
import type { Decision } from '../routing/decision/decision';
import type { ModelHealth } from '../routing/decision/knowledge';
import { RoutingError } from '../routing/errors';
import type { Settlement } from '../routing/money/embedded-call';
import { classify } from '../routing/task/classify';
import type { TaskDescriptor } from '../routing/task/descriptor';
import { nanoToUsd } from '../routing/units';
import { createBreaker } from './breaker';
import { type BudgetStatus, budgetStatus, tightestWords, warningsOf } from './budget';
import type { ModelCall } from './call';
import { type RoutingConfig, readConfig, type Settings } from './config';
import { type RoutableTask, type RoutingConstraints, readTask } from './constraints';
import { type RoutedDecision, refusalError, routedDecision } from './decision';
import { DAYS_LOOKED_AT, type Downgrade, findDowngrades } from './downgrades';
import { type Executed, executePlan } from './execute';
import { createMemoryStore } from './memory-store';
import { createPlanner, type Planned, type Rules } from './planner';
import { parseOrRefuse } from './problems';
import { createBookkeeper } from './settlement';
import type { Learnt, Store } from './store';
import { billOf, type CallUsage, usageDocument } from './usage';

/** The model of a call with the cell that it belongs to: a decision is one. */
export interface RatedCall {
  readonly model: string;
  /** `unclassified` when nobody says. */
  readonly taskClass?: string;
  /** The model's own when nobody says. */
  readonly tier?: string;
}

/** What a call used that was made without `executeWithRouting`. */
export type TrackedUsage = CallUsage & {
  /** The provider's own figure, in US dollars; it wins over the price list. */
  readonly cost?: number | undefined;
  /** Milliseconds. */
  readonly latency?: number | undefined;
  /** How good the answer was, in [0, 1]. */
  readonly quality?: number | undefined;
};

export type ExecuteOptions = RoutingConstraints & {
  /** Stops waiting, calling and trying again. */
  readonly signal?: AbortSignal | undefined;
};

export interface RoutingSystem {
  /** Type, complexity and sizes of a text, and why. */
  classify(text: string): TaskDescriptor;
  /**
   * Where a task would go now; nothing is called and nothing is kept.
   *
   * @throws {RoutingError} `not_admissible`, `budget_exhausted`: no model may take it, and which filter closed each; `bad_input`
   */
  routeTask(text: string, constraints?: RoutingConstraints): Promise<RoutedDecision>;
  /**
   * Decides, reserves the worst case of the call, has your function call the model, tries again and falls back, counts what it
   * cost, and learns from how it went.
   *
   * @throws {RoutingError} as `routeTask`; `unanswered` after every try that was worth it; and whatever your function throws that is
   *   no failure of a provider
   */
  executeWithRouting<T>(text: string, call: ModelCall<T>, options?: ExecuteOptions): Promise<Executed<T>>;
  /** Counts a call that was made without asking; returns its cost in US dollars. Its money is spent, whatever the limits say. */
  trackUsage(call: RatedCall, usage: TrackedUsage): Promise<{ readonly cost: number }>;
  checkBudget(): Promise<BudgetStatus>;
  /** Where a cheaper model might do, the greatest saving first, with what each rests on. */
  suggestDowngrades(): Promise<readonly Downgrade[]>;
  /**
   * The models to try after this one, or after whichever is chosen for this class; a model's own go before its class's. Those that
   * may not take a task are left out of its chain. An empty list takes the definition back.
   *
   * @throws {RoutingError} `unknown_model`
   */
  defineFallbacks(modelOrClass: string, models: readonly string[]): void;
  /**
   * Rates an answer from 1 to 5; without a call, the last decision of this system.
   *
   * @throws {RoutingError} `bad_input`, `unknown_model`
   */
  rate(score: number, call?: RatedCall): Promise<{ readonly model: string; readonly tier: string }>;
  /** Of the decisions kept for tasks that are alike; all 0 without a cache. */
  cacheFigures(): DecisionCacheFigures;
  close(): Promise<void>;
}

const trackedDocument = z.strictObject({
  ...usageDocument.shape,
  cost: z.number().min(0).max(9_000_000).optional(),
  latency: z.number().min(0).max(86_400_000).optional(),
  quality: z.number().min(0).max(1).optional(),
});

/**
 * Makes a routing system. Nothing is called and nothing connected before it is used.
 *
 * @throws {RoutingError} `bad_config`, naming every problem
 */
export function createRoutingSystem(config: RoutingConfig = {}): RoutingSystem {
  const settings = readConfig(config);
  const { catalogue, money, clock, onWarning } = settings;
  const store = openStore(settings);
  let rules: Rules = { policy: settings.policy, fallbacks: new Map(), health: new Map() };
  let last: RoutedDecision | undefined;
  const planner = createPlanner(settings, store, () => rules);
  const health = {
    get: (model: string) => rules.health.get(model),
    set(model: string, next: ModelHealth) {
      rules = { ...rules, health: new Map([...rules.health, [model, next]]) };
    },
  };
  const deps = { settings, store, breaker: createBreaker(health, settings), bookkeeper: createBookkeeper(store, settings, settled) };

  return {
    classify,

    async routeTask(text, constraints) {
      const { decision } = await planned(readTask(text, constraints));
      last = routedDecision(decision);
      return last;
    },

    async executeWithRouting<T>(
      text: string,
      call: ModelCall<T>,
      { signal = new AbortController().signal, ...constraints }: ExecuteOptions = {},
    ) {
      const task = readTask(text, constraints);
      const { decision, plan } = await planned(task);
      const executed = await executePlan(deps, task, plan, decision, call, signal);
      last = { ...executed.decision, model: executed.model };
      return executed;
    },

    async trackUsage(call, usage) {
      const model = knownModel(call.model);
      const { cost, latency, quality, ...tokens } = parseOrRefuse(trackedDocument, usage, 'The usage', 'bad_input');
      const { basis, ...figures } = billOf(model, tokens, cost);
      const settlement = await store.track(
        { id: randomUUID(), model: model.id, ...cellOf(call, model) },
        {
          costBasis: basis,
          ...figures,
          latencyMs: latency === undefined ? undefined : Math.round(latency),
          score: quality,
          learns: settings.learns,
        },
      );
      settled(settlement);
      return { cost: nanoToUsd(settlement.costNano) };
    },

    checkBudget: async () => budgetStatus(await store.balances(), money),

    async suggestDowngrades() {
      const use = await store.use(DAYS_LOOKED_AT);
      const learnt = new Map<string, Learnt>();
      for (const { taskClass } of use) if (!learnt.has(taskClass)) learnt.set(taskClass, await store.learnt(taskClass));
      return findDowngrades({ use, learnt, catalogue, policy: rules.policy, now: clock.now() });
    },

    defineFallbacks(modelOrClass, models) {
      const isMisspelt = [...catalogue.models.values()].some(({ provider }) => modelOrClass.startsWith(`${provider}/`));
      if (isMisspelt) knownModel(modelOrClass);
      const ids = models.map((id) => knownModel(id).id);
      const fallbacks = new Map(rules.fallbacks);
      if (ids.length === 0) fallbacks.delete(modelOrClass);
      else fallbacks.set(modelOrClass, ids);
      // Another version of the rules: what was decided by the old ones is not given any more.
      rules = { ...rules, fallbacks, policy: { ...rules.policy, version: rules.policy.version + 1 } };
    },

    async rate(score, call = last) {
      if (!(score >= 1 && score <= 5)) throw new RoutingError('bad_input', `${score} is not a rating. Give a number from 1 to 5.`);
      if (call === undefined) throw new RoutingError('bad_input', 'Nothing was decided yet. Say which model you rate: rate(4, { model }).');
      const model = knownModel(call.model);
      const { tier, taskClass } = cellOf(call, model);
      await store.rate({ id: randomUUID(), model: model.id, provider: model.provider, tier, taskClass, score, source: 'person' });
      return { model: model.id, tier };
    },

    cacheFigures: () => planner.cache?.figures() ?? { hits: 0, misses: 0, entries: 0 },
    close: () => store.close(),
  };

  async function planned(task: RoutableTask): Promise<{ readonly decision: Decision; readonly plan: Planned }> {
    const { model, excludeModels = [] } = task.facts.constraints;
    for (const id of [...(model === undefined ? [] : [model]), ...excludeModels]) knownModel(id);
    const plan = await planner.plan(task);
    if (plan.decided.kind === 'routed') return { decision: plan.decided, plan };
    const isMoney = plan.decided.filteredOut.some(({ rule }) => rule === 'budget');
    throw refusalError(plan.decided, isMoney ? tightestWords(await store.balances(), money) : undefined);
  }

  function knownModel(id: string): Model {
    const model = catalogue.models.get(id);
    if (model !== undefined) return model;
    const hint = didYouMean(id, catalogue.models.keys()) || ' Models are named provider/model.';
    throw new RoutingError('unknown_model', `There is no model "${id}" in the catalogue.${hint}`);
  }

  function settled({ moves }: Settlement): void {
    for (const warning of warningsOf(moves, money)) {
      try {
        onWarning(warning);
      } catch {
        // A listener's fault must not take an answer away that was paid for.
      }
    }
  }
}

function cellOf({ taskClass = 'unclassified', tier }: RatedCall, model: Model): { readonly taskClass: string; readonly tier: string } {
  return { taskClass, tier: CAPABILITY_TIERS.find((each) => each === tier) ?? model.capabilityTier };
}

/** The driver is loaded with the store that needs it, so that a program without a database never has it. */
function openStore({ databaseUrl, name, money, policy, clock }: Settings): Store {
  const { learning } = policy;
  if (databaseUrl === undefined) return createMemoryStore({ money, learning, now: clock.now });
  const { createPostgresStore } = require('./postgres-store') as typeof import('./postgres-store');
  return createPostgresStore({ url: databaseUrl, name, money, learning });
}
