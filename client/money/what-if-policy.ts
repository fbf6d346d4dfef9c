/**
 * What another policy would have cost on the recorded traffic: a sample of past decisions is made again under it, each with what
 * was known when it was made, and its call is priced on the model that comes out.
 */

import type { Database } from '../../db/connect';
import { taskFactsOf } from '../../db/documents/submission';
import { loadTraffic, type RecordedCall, sampleCalls, type Traffic } from '../../db/queries/cost-traffic';
import { knowledgeOf, type StoredKnowledge } from '../../db/queries/dispatch';
import type { Period } from '../../db/queries/periods';
import type { Catalogue } from '../../routing/catalogue';
import { decide } from '../../routing/decision/decide';
import type { Decision, Refusal } from '../../routing/decision/decision';
import { type Knowledge, NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import type { Policy } from '../../routing/decision/policy';
import type { MoneyScope } from '../../routing/money/scope-text';
import { costElsewhere, sampledRatio } from '../../routing/money/what-if';
import { normalQuantile } from '../../routing/statistics/normal';
import type { NanoUsd } from '../../routing/units';
import { type MoneyAsked, moneyPeriod } from './spending';
import { rulesInForce } from './suggestions';
import { classFigures, type KnownQuality, shareOut } from './what-if';

/** Calls that are decided again: their cost is then known to some percent. */
const SAMPLE = 3_000;

/** Probability inside the interval. */
const CONFIDENCE = 0.95;

export interface PolicyWhatIfReport {
  readonly period: Period;
  readonly scope: MoneyScope;
  /** Of the calls whose usage is known. */
  readonly calls: number;
  readonly actualNano: NanoUsd;
  /** Estimated from the sample, with the bounds of chance; absent when nothing could be sampled. */
  readonly whatIf?: { readonly expectedNano: NanoUsd; readonly lowNano: NanoUsd; readonly highNano: NanoUsd };
  readonly unknown: Traffic['unknown'];
  readonly sample: {
    readonly calls: number;
    /** Of them, how many no model may take under the policy, and how many go to a model without a price. */
    readonly refused: number;
    readonly unpriced: number;
    /** Of them, by model: how many went there, and how many would have. */
    readonly models: readonly { readonly model: string; readonly recorded: number; readonly whatIf: number }[];
  };
  readonly knownQuality: KnownQuality;
}

/** @throws {RoutingError} `no_active_policy` */
export async function whatIfPolicy(db: Database, policy: Policy, asked: MoneyAsked): Promise<PolicyWhatIfReport> {
  const { period, scope } = await moneyPeriod(db, { ...asked, period: asked.period ?? { kind: 'month' } });
  const { catalogue } = await rulesInForce(db);
  const [traffic, sampled, figures] = await Promise.all([
    loadTraffic(db, { ...period, scope }, [0]),
    sampleCalls(db, { ...period, scope }, SAMPLE),
    classFigures(db, period),
  ]);
  const calls = traffic.cells.reduce((sum, cell) => sum + cell.calls, 0);
  const actualNano = traffic.cells.reduce((sum, { costNano }) => sum + costNano, 0);
  const decided = sampled.map((call) => ({ call, decision: decideAgain(call, policy, catalogue) }));
  const priced = decided.flatMap(({ call, decision }) => {
    const part = costUnder(call, decision, catalogue);
    return part === undefined ? [] : [{ part, of: call.costNano }];
  });
  const ratio = sampledRatio(priced, calls);
  const reach = ratio === undefined ? 0 : normalQuantile((1 + CONFIDENCE) / 2) * ratio.error;
  const amount = (share: number) => Math.round(Math.max(0, share) * actualNano);
  return {
    period,
    scope,
    calls,
    actualNano,
    ...(ratio === undefined
      ? {}
      : { whatIf: { expectedNano: amount(ratio.ratio), lowNano: amount(ratio.ratio - reach), highNano: amount(ratio.ratio + reach) } }),
    unknown: traffic.unknown,
    sample: {
      calls: sampled.length,
      refused: decided.filter(({ decision }) => decision.kind === 'refused').length,
      unpriced: decided.length - priced.length,
      models: modelsOf(decided),
    },
    knownQuality: shareOut(
      decided.flatMap(({ call, decision }) =>
        decision.kind === 'refused' ? [] : [{ taskClass: decision.taskClass, from: call.model, to: decision.model, calls: 1 }],
      ),
      figures,
    ),
  };
}

/** What a decision was computed from, as it is stored. */
interface StoredInputs {
  readonly knowledge?: StoredKnowledge;
  readonly valuePercentiles?: NonNullable<Knowledge['valuePercentiles']>;
  readonly configuredProviders?: readonly string[];
  readonly now?: number;
  readonly seed?: string;
}

/** The decision under another policy, by the catalogue in force; rollouts of that time are left out. */
function decideAgain(call: RecordedCall, policy: Policy, catalogue: Catalogue): Decision | Refusal {
  const { knowledge, valuePercentiles, configuredProviders, now = 0, seed = call.taskId } = call.inputs as StoredInputs;
  // What a budget had left at that moment says nothing of another way to spend it.
  const { budgetRoomNanoUsd: _, ...known } = knowledge === undefined ? NO_KNOWLEDGE : knowledgeOf(knowledge);
  return decide({
    task: taskFactsOf(call.taskId, call),
    descriptor: (call.record as Decision).descriptor,
    promptBytes: call.promptBytes,
    messageCount: call.messageCount,
    catalogue,
    policy,
    knowledge: {
      ...known,
      ...(configuredProviders === undefined ? {} : { configuredProviders: new Set(configuredProviders) }),
      ...(valuePercentiles === undefined ? {} : { valuePercentiles }),
    },
    now,
    seed,
  });
}

/** A refused task costs nothing. Undefined: the model has no price. */
function costUnder(call: RecordedCall, decision: Decision | Refusal, { models }: Catalogue): NanoUsd | undefined {
  if (decision.kind === 'refused') return 0;
  if (decision.model === call.model) return call.costNano;
  const model = models.get(decision.model);
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = call.usage;
  const aboveInputTokens = Math.max(0, inputTokens + cacheReadTokens + cacheWriteTokens - 1);
  return model && costElsewhere({ calls: 1, aboveInputTokens, usage: call.usage }, model, models.get(call.model)?.verbosity ?? 1);
}

function modelsOf(decided: readonly { readonly call: RecordedCall; readonly decision: Decision | Refusal }[]) {
  const counts = new Map<string, { recorded: number; whatIf: number }>();
  const countOf = (model: string) => {
    const count = counts.get(model) ?? { recorded: 0, whatIf: 0 };
    counts.set(model, count);
    return count;
  };
  for (const { call, decision } of decided) {
    countOf(call.model).recorded++;
    if (decision.kind === 'routed') countOf(decision.model).whatIf++;
  }
  return [...counts].map(([model, count]) => ({ model, ...count })).sort((a, b) => b.whatIf - a.whatIf || b.recorded - a.recorded);
}
