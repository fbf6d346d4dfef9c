/**
 * The cascade that a review tries for a class: a cheaper model, the check that the policy offers, and then the model that serves the
 * class now. It is tried where it beats what is plainer, or where no plainer change is left to try.
 */

import type { Check } from '../../cascade/check';
import { nameOfCascade } from '../../cascade/name';
import { trialCheckFor } from '../../cascade/trial-check';
import type { CascadeRoute, Route } from '../../decision/policy';
import { formatUsd } from '../../units';
import type { RouteChange } from '../change';
import type { Candidate, CascadeOption, Finding, OfferedCheck, Option } from '../findings';
import { listed, percent } from '../report/words';
import { weighCascades } from './cascades';
import type { ClassAtHand } from './class-at-hand';
import { classPolicyOf } from './class-limits';
import type { PlanePoint } from './hull';
import { offeredCheck } from './offered-check';
import { tasksPerMonth } from './options';
import { cooldownUntil, day } from './stability';

/** Calls of a cascade of two steps whose check asks a model. */
const MOST_CALLS = 3;

/** What the plain search has found, and what a cascade has to be better than. */
export interface PlainSearch {
  readonly baseline: PlanePoint;
  /** Models that could serve the class, of known quality. */
  readonly others: readonly PlanePoint[];
  /** The loss of quality that a change may make. */
  readonly margin: number;
  readonly plain: Finding['plain'];
  /** Other models that would be tried, the first first. */
  readonly picked: readonly Option[];
}

export interface WeighedCascades {
  readonly options: readonly CascadeOption[];
  /** Absent: none is tried. */
  readonly candidate?: Candidate;
}

/** Every cascade of the class with the offered check, and the one that is worth a try. Undefined: the policy offers no check for it. */
export function offeredCascades(at: ClassAtHand, search: PlainSearch): WeighedCascades | undefined {
  const trial = at.checkCounts && trialCheckFor(at.settings.cascades, at.figures.name);
  if (trial === undefined) return undefined;
  const checks = new Map(search.others.map(({ model }) => [model, offeredCheck(trial, model, at)]));
  const checkAt = (model: string): OfferedCheck | undefined => {
    const check = checks.get(model);
    return typeof check === 'object' ? check : undefined;
  };
  const weighed = weighCascades(search.baseline, search.others, search.margin, checkAt).map((option): CascadeOption => {
    const saved = search.baseline.costPerTaskNanoUsd - option.costPerTaskNanoUsd;
    const known = { ...option, savingPerMonthNanoUsd: Math.round(saved * tasksPerMonth(at)) };
    const unusable = checks.get(option.models[0]);
    const dropped = typeof unusable === 'string' ? unusable : reasonAgainst(known, at, search);
    return dropped === undefined ? known : { ...known, dropped };
  });
  const [best] = weighed.filter(({ dropped }) => dropped === undefined).sort((a, b) => a.costPerTaskNanoUsd - b.costPerTaskNanoUsd);
  const name = best && nameOfCascade(best.models);
  const options = weighed.map((option) =>
    option === best || option.dropped !== undefined ? option : { ...option, dropped: `${name} saves more` },
  );
  return best === undefined ? { options } : { options, candidate: candidateOf(best, trial.check, at) };
}

/**
 * What is tried, at most two: the cascade first where it saves more than any other change, else after the first of the others.
 *
 * @param picked other models, the first first
 */
export function withCascade(picked: readonly Candidate[], cascade: Candidate | undefined): readonly Candidate[] {
  const [first] = picked;
  if (cascade === undefined) return picked;
  if (first === undefined) return [cascade];
  return cascade.savingPerMonthNanoUsd > first.savingPerMonthNanoUsd ? [cascade, first] : [first, cascade];
}

/** The first reason not to try a cascade, in words. */
function reasonAgainst(option: CascadeOption, at: ClassAtHand, search: PlainSearch): string | undefined {
  const [, strong] = option.models;
  const closed = at.figures.classes.find((name) => classPolicyOf(at.policy, name).approved?.includes(strong) === false);
  if (closed !== undefined) return `the policy does not approve ${strong} for "${closed}"`;
  if (at.policy.attempts.maxAttempts < MOST_CALLS) return `it may take ${MOST_CALLS} calls, and "max_attempts" allows fewer`;
  return weaknessOf(option) ?? reasonAgainstSaving(option, at, search) ?? plainerChange(option, search) ?? reasonInThePast(option, at);
}

function weaknessOf({ pays, neededAccuracy, check }: CascadeOption): string | undefined {
  if (pays || check === undefined) return undefined;
  const right = `its check is right on ${percent(check.sensitivity)} of bad and ${percent(check.specificity)} of good answers`;
  if (neededAccuracy === null) return `${right}, and no check would be right enough`;
  return `${right}, which is too weak to pay: it would have to be right on ${percent(neededAccuracy)} of both`;
}

function reasonAgainstSaving(option: CascadeOption, { settings }: ClassAtHand, { baseline }: PlainSearch): string | undefined {
  const { minSavingShare, minSavingPerMonthNanoUsd: least } = settings.screen;
  const share = 1 - option.costPerTaskNanoUsd / baseline.costPerTaskNanoUsd;
  if (share < minSavingShare) return `it saves ${percent(share)} of the cost, and a change must save ${percent(minSavingShare)}`;
  const saving = option.savingPerMonthNanoUsd ?? 0;
  return saving < least ? `it saves ${formatUsd(saving)} a month, and a change must save ${formatUsd(least)}` : undefined;
}

/** A plainer way that is expected to do as much for the money. One model for all comes first, and leaves the second try free. */
function plainerChange({ costPerTaskNanoUsd }: CascadeOption, { plain, picked }: PlainSearch): string | undefined {
  const { singleSwap, mix } = plain;
  if (mix !== undefined && mix.costPerTaskNanoUsd <= costPerTaskNanoUsd) {
    return `a random mix of ${listed(Object.keys(mix.shares))} is expected to be as good as now for no more`;
  }
  if (singleSwap === undefined || singleSwap.costPerTaskNanoUsd > costPerTaskNanoUsd || picked.length < 2) return undefined;
  return `${Object.keys(singleSwap.shares).join()} alone is expected to be as good as now for no more, and other models are tried first`;
}

function reasonInThePast({ models }: CascadeOption, { stability, settings, now }: ClassAtHand): string | undefined {
  const until = cooldownUntil(stability.setbacks[nameOfCascade(models)], settings.stability);
  return until !== undefined && now < until
    ? `it was tried before, and was not proved or is for its owner to write; it is not tried again until ${day(until)}`
    : undefined;
}

function candidateOf(option: CascadeOption, check: Check, at: ClassAtHand): Candidate {
  return {
    kind: 'cascade',
    model: nameOfCascade(option.models),
    change: changeTo(option.models, check, at),
    savingPerMonthNanoUsd: option.savingPerMonthNanoUsd ?? 0,
    costPerTaskNanoUsd: option.costPerTaskNanoUsd,
  };
}

function changeTo([cheap, strong]: CascadeOption['models'], check: Check, { figures, policy }: ClassAtHand): RouteChange {
  const { name, classes } = figures;
  const route: CascadeRoute = { kind: 'cascade', steps: [{ model: cheap, check }, { model: strong }], stream: 'checked' };
  const before: Record<string, Route> = {};
  const after: Record<string, Route> = {};
  for (const each of classes) {
    const { route: present } = classPolicyOf(policy, each);
    if (present !== undefined) before[each] = present;
    after[each] = route;
  }
  return { name, classes, before, after };
}
