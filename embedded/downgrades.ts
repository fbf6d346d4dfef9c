/**
 * Where a cheaper model might do: a suggestion to look at, with what it rests on. Nothing is proved here; the durable client
 * proves such a change by answering past tasks again before anybody relies on it.
 */

import { type CapabilityTier, type Catalogue, type Model, tierRank } from '../routing/catalogue';
import { expectedQuality } from '../routing/decision/estimate';
import type { Policy } from '../routing/decision/policy';
import { ratingOf, ratingScore } from '../routing/learning/choose';
import { estimateCost } from '../routing/money/cost';
import type { ModelUse } from '../routing/money/embedded-call';
import { formatUsd, nanoToUsd } from '../routing/units';
import type { Learnt } from './store';

/** The days that a suggestion looks back on: what it saves in a month is what it would have saved in these. */
export const DAYS_LOOKED_AT = 30;

/** Fewer calls than this say nothing of the next month. */
const LEAST_CALLS = 10;

/** A smaller share is within the error of the estimate. */
const LEAST_SAVING = 0.1;

/** Quality with what it rests on: the share of good answers, in [0, 1], and how many answers were graded. */
export interface QualityEvidence {
  readonly expected: number;
  readonly graded: number;
}

export interface Downgrade {
  readonly taskClass: string;
  readonly from: string;
  readonly to: string;
  /** US dollars in 30 days, at the use of the last 30. */
  readonly savingPerMonth: number;
  /** Calls of the last 30 days that it looks at. */
  readonly calls: number;
  /** US dollars: what a call cost, and what it would have. */
  readonly costPerCall: { readonly from: number; readonly to: number };
  readonly quality: { readonly from: QualityEvidence; readonly to: QualityEvidence };
  /** In a sentence. */
  readonly reason: string;
}

export interface DowngradeInput {
  readonly use: readonly ModelUse[];
  /** By class. */
  readonly learnt: ReadonlyMap<string, Learnt>;
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * For each class and model, the cheapest model that reaches the class's tier, may do all that the present one may, is not rated
 * poor, and is not expected to be worse by more than the policy's default tolerance. The greatest saving first.
 */
export function findDowngrades(input: DowngradeInput): readonly Downgrade[] {
  return input.use.flatMap((use) => cheapestFor(use, input) ?? []).sort((a, b) => b.savingPerMonth - a.savingPerMonth);
}

function cheapestFor(use: ModelUse, { catalogue, learnt, policy, now }: DowngradeInput): Downgrade | undefined {
  const from = catalogue.models.get(use.model);
  const known = learnt.get(use.taskClass);
  if (from === undefined || known === undefined || use.calls < LEAST_CALLS || use.costNano === 0) return undefined;
  const quality = ({ id, priorQuality }: Model): QualityEvidence => {
    const seen = known.performance.get(id);
    return { expected: expectedQuality({ priorQuality }, seen), graded: seen?.graded ?? 0 };
  };
  const tier = use.tier as CapabilityTier;
  const least = quality(from).expected - policy.defaultTolerance;
  let best: { readonly model: Model; readonly costNano: number } | undefined;
  for (const model of catalogue.models.values()) {
    const costNano = costPerCall(model, from, use);
    if (costNano === undefined || costNano >= (best?.costNano ?? (use.costNano / use.calls) * (1 - LEAST_SAVING))) continue;
    const rating = ratingScore(model, tier, ratingOf(known.ratings, model, tier), policy.learning);
    if (rating.isPoor || tierRank(model.capabilityTier) < tierRank(tier) || quality(model).expected < least) continue;
    if (mayStandIn(model, from, now)) best = { model, costNano };
  }
  if (best === undefined) return undefined;
  return describe(use, best.model.id, best.costNano, quality(from), quality(best.model));
}

/** What a call of the usual size would cost, in nano-USD; undefined when nobody knows. */
function costPerCall(model: Model, from: Model, { inputTokens, outputTokens, calls }: ModelUse): number | undefined {
  const answer = (outputTokens / calls) * (model.verbosity / from.verbosity);
  return estimateCost(model, Math.ceil(inputTokens / calls), Math.ceil(answer));
}

/** What the tasks asked for is not known any more; so it must be able to do whatever the present model can. */
function mayStandIn(model: Model, from: Model, now: number): boolean {
  const { status } = model;
  const isStaying =
    status.kind === 'active' || (status.kind === 'deprecated' && (status.retiresAt ?? 0) > now + DAYS_LOOKED_AT * 86_400_000);
  const covers = <T>(all: readonly T[], wanted: readonly T[]) => wanted.every((each) => all.includes(each));
  return (
    isStaying &&
    model.id !== from.id &&
    covers(model.privacyTiers, from.privacyTiers) &&
    covers(model.regions, from.regions) &&
    covers(model.capabilities, from.capabilities)
  );
}

function describe(use: ModelUse, to: string, toNano: number, fromQuality: QualityEvidence, toQuality: QualityEvidence): Downgrade {
  const savedNano = Math.round(use.costNano - toNano * use.calls);
  const measured =
    toQuality.graded === 0 ? 'its stated quality: none of its answers here was graded' : `measured on ${toQuality.graded} graded answers`;
  return {
    taskClass: use.taskClass,
    from: use.model,
    to,
    savingPerMonth: nanoToUsd(savedNano),
    calls: use.calls,
    costPerCall: { from: nanoToUsd(use.costNano / use.calls), to: nanoToUsd(toNano) },
    quality: { from: fromQuality, to: toQuality },
    reason:
      `${use.calls} calls of ${use.model} for ${use.taskClass} cost ${formatUsd(use.costNano)} in ${DAYS_LOOKED_AT} days; ${to} would have cost ` +
      `${formatUsd(Math.round(toNano * use.calls))}. Expected quality ${toQuality.expected.toFixed(2)} instead of ${fromQuality.expected.toFixed(2)}; that is ${measured}.`,
  };
}
