/**
 * Every model of the catalogue as an alternative for a class: what it would cost, save and reach, and the first reason against it.
 *
 * Where the class is to become cheaper, a model must save enough and not be known to be worse beyond the tolerance. Where it is to
 * become better, a model must be believed to be better. What was never tried on the class is not held against a model: logs of other
 * models say nothing of it, and the replay decides.
 */

import type { Model } from '../../catalogue';
import { kinOf } from '../../judging/family';
import { rubricFor } from '../../judging/settings';
import { estimateCost } from '../../money/cost';
import { formatUsd, type NanoUsd } from '../../units';
import type { ClassFigures } from '../figures/figures';
import type { Option } from '../findings';
import { duration, percent } from '../report/words';
import { DAY_MS } from '../settings';
import type { CallTokens } from './call-tokens';
import type { ClassAtHand } from './class-at-hand';
import { obstacleToClass } from './eligible';
import { type Belief, believeQuality, chanceNotWorse, figuresOf } from './screen';
import { cooldownUntil, day } from './stability';

/** A month, wherever a saving is stated by the month. */
export const MONTH_MS = 30 * DAY_MS;

/** Calls of a model on the class from which their mean cost and p95 latency are taken; with fewer, one long task decides both. */
const MEASURED_FROM = 20;

/** Graded answers of either model on the class from which the logs may speak against a candidate … */
const GRADED_FROM = 30;
/** … when they leave it less than this chance of being good enough. Logs err by the tasks a model was given, so it is small. */
const HOPELESS = 0.01;

/** A model that serves the class now, and what the search compares with. */
export interface Baseline {
  readonly model: string;
  readonly belief: Belief;
  /** Undefined: its price is unknown. */
  readonly cost: ExpectedCost | undefined;
}

export interface ExpectedCost {
  /** Of one task. */
  readonly nanoUsd: NanoUsd;
  readonly from: Option['costFrom'];
}

/** What is looked for, and the loss of quality that a cheaper model may make. */
export interface Aim {
  readonly towards: 'cheaper' | 'better';
  readonly margin: number;
}

/** All models of the catalogue, in its order, each with the first reason against it; without one it is worth trying. */
export function weighOptions(at: ClassAtHand, baseline: Baseline, aim: Aim): Option[] {
  return [...at.catalogue.models.values()].map((model) => {
    const weighed = weigh(model, at, baseline, aim);
    const dropped = reasonAgainst(weighed, at, baseline, aim);
    return dropped === undefined ? weighed.option : { ...weighed.option, dropped };
  });
}

/** A model with what is expected of it, before anything is held against it. */
interface Weighed {
  readonly model: Model;
  readonly option: Option;
  readonly belief: Belief;
  readonly isPriced: boolean;
}

function weigh(model: Model, at: ClassAtHand, baseline: Baseline, { towards, margin }: Aim): Weighed {
  const belief = model.id === baseline.model ? baseline.belief : believeQuality(model, at.figures, at.family);
  const cost = expectedCost(model, at.figures, at.tokens);
  const perTask = cost === undefined || baseline.cost === undefined ? 0 : baseline.cost.nanoUsd - cost.nanoUsd;
  const option: Option = {
    model: model.id,
    costPerTaskNanoUsd: cost?.nanoUsd ?? 0,
    costFrom: cost?.from ?? 'estimated',
    savingPerMonthNanoUsd: Math.round(perTask * tasksPerMonth(at)),
    quality: belief.isSeen ? belief.shrunk : null,
    chance: chanceNotWorse(belief, baseline.belief, towards === 'cheaper' ? margin : 0),
  };
  return { model, option, belief, isPriced: cost !== undefined };
}

function reasonAgainst({ model, option, belief, isPriced }: Weighed, at: ClassAtHand, baseline: Baseline, aim: Aim): Option['dropped'] {
  if (model.id === baseline.model) return { reason: 'same-model', detail: 'it serves the class now' };
  const closed = obstacleToClass(model, at);
  if (closed !== undefined) return closed;
  if (!isPriced) return { reason: 'unknown-price', detail: 'what a task would cost on it is unknown, and unknown is not free' };
  const money = aim.towards === 'cheaper' ? reasonAgainstSaving(option, at, baseline) : undefined;
  return (
    money ??
    reasonAgainstQuality(option, belief, baseline, aim) ??
    reasonAgainstTime(model, at, baseline) ??
    reasonOfJudge(model, at) ??
    reasonInThePast(model, at)
  );
}

/** Whether what an option saves is worth a change. */
export function savesEnough(option: Option, at: ClassAtHand, baseline: Baseline): boolean {
  return (
    option.model !== baseline.model && option.dropped?.reason !== 'unknown-price' && reasonAgainstSaving(option, at, baseline) === undefined
  );
}

function reasonAgainstSaving(
  { costPerTaskNanoUsd, savingPerMonthNanoUsd }: Option,
  at: ClassAtHand,
  { cost }: Baseline,
): Option['dropped'] {
  const { minSavingShare, minSavingPerMonthNanoUsd } = at.settings.screen;
  if (cost === undefined) return { reason: 'too-small-saving', detail: 'what the class costs now is unknown, so no saving can be shown' };
  if (costPerTaskNanoUsd >= cost.nanoUsd) {
    return { reason: 'too-dear', detail: `a task costs ${formatUsd(costPerTaskNanoUsd)} on it and ${formatUsd(cost.nanoUsd)} now` };
  }
  const share = 1 - costPerTaskNanoUsd / cost.nanoUsd;
  if (share < minSavingShare) {
    return {
      reason: 'too-small-saving',
      detail: `it saves ${percent(share)} of the cost, and a change must save ${percent(minSavingShare)}`,
    };
  }
  if (savingPerMonthNanoUsd < minSavingPerMonthNanoUsd) {
    const detail = `it saves ${formatUsd(savingPerMonthNanoUsd)} a month, and a change must save ${formatUsd(minSavingPerMonthNanoUsd)}`;
    return { reason: 'too-small-saving', detail };
  }
  return undefined;
}

function reasonAgainstQuality({ chance }: Option, belief: Belief, baseline: Baseline, { towards, margin }: Aim): Option['dropped'] {
  const compared = `its success rate is put at ${percent(belief.shrunk)}, that of ${baseline.model} at ${percent(baseline.belief.shrunk)}`;
  if (towards === 'better') {
    return belief.shrunk > baseline.belief.shrunk ? undefined : { reason: 'worse-on-the-logs', detail: `${compared}: it promises no gain` };
  }
  const isKnown = Math.min(belief.n, baseline.belief.n) >= GRADED_FROM;
  return isKnown && chance < HOPELESS
    ? { reason: 'worse-on-the-logs', detail: `${compared}: it is all but certain to lose more than the tolerance of ${percent(margin)}` }
    : undefined;
}

function reasonAgainstTime(model: Model, { figures, settings }: ClassAtHand, baseline: Baseline): Option['dropped'] {
  const own = figuresOf(model.id, figures)?.latencyMs;
  const now = figuresOf(baseline.model, figures)?.latencyMs;
  if (own === undefined || now === undefined || Math.min(own.count, now.count) < MEASURED_FROM) return undefined;
  const { maxLatencyRatio } = settings.proof;
  if (own.p95 <= maxLatencyRatio * now.p95) return undefined;
  const detail = `95 % of its answers come within ${duration(own.p95)}, those of ${baseline.model} within ${duration(now.p95)}; ${maxLatencyRatio} times that is the limit`;
  return { reason: 'too-slow', detail };
}

/** Where nothing but a judge could compare answers, a model that it may not judge can prove nothing. */
function reasonOfJudge(model: Model, { figures, settings: { judge }, catalogue }: ClassAtHand): Option['dropped'] {
  const known = judge && catalogue.models.get(judge.model);
  if (judge === undefined || known === undefined || rubricFor(judge, figures.name) === undefined) return undefined;
  if (figures.models.some(({ graded }) => graded > 0) || kinOf(known, [model]) === undefined) return undefined;
  return {
    reason: 'judge-family',
    detail: `no answer of the class was graded, and ${known.id}, the judge, is ${model.id === known.id ? 'this model' : 'of its family'}`,
  };
}

function reasonInThePast({ id }: Model, { stability, settings, now }: ClassAtHand): Option['dropped'] {
  const until = cooldownUntil(stability.setbacks[id], settings.stability);
  return until !== undefined && now < until
    ? { reason: 'cooldown', detail: `it was rejected, rolled back or not proved before, and is not tried again until ${day(until)}` }
    : undefined;
}

/** Tasks of the class in a month, those that were refused left out. */
export function tasksPerMonth({ figures, windowMs }: Pick<ClassAtHand, 'figures' | 'windowMs'>): number {
  return ((figures.tasks - figures.refused) * MONTH_MS) / windowMs;
}

/**
 * What a task of the class costs on a model: the mean of its own calls there, or where there are few, the class's token counts at the
 * model's list price. Undefined where neither is known, or the price is: what was recorded then is 0 and means nothing.
 */
export function expectedCost(model: Model, figures: ClassFigures, tokens: CallTokens | undefined): ExpectedCost | undefined {
  if (model.prices === undefined) return undefined;
  const calls = figuresOf(model.id, figures)?.cost;
  const measured = calls !== undefined && calls.count > 0 ? ({ nanoUsd: Math.round(calls.mean), from: 'measured' } as const) : undefined;
  if (measured !== undefined && calls!.count >= MEASURED_FROM) return measured;
  const estimated =
    tokens && estimateCost(model, Math.round(tokens.inputTokens), Math.max(1, Math.round(tokens.outputTokens * model.verbosity)));
  return estimated === undefined ? measured : { nanoUsd: estimated, from: 'estimated' };
}
