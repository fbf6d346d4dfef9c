/**
 * What a review makes of one class before anything is replayed: how it is served, what could serve it instead, and the smallest
 * change that is worth proving, or what holds it.
 */

import { formatUsd } from '../../units';
import type { Candidate, CascadeOption, Finding, HullPoint, Option, ScreenedQuality, Served } from '../findings';
import { counted, listed, percent } from '../report/words';
import { findBaseline } from './baseline';
import { pickBetter, pickCheaper, promise, withoutAny, withoutOthers } from './candidates';
import { offeredCascades, type WeighedCascades, withCascade } from './cascade-candidate';
import { MOST_SHOWN, weighCascades } from './cascades';
import type { ClassAtHand } from './class-at-hand';
import { type ClassLimits, limitsOf } from './class-limits';
import { forcedMigration, type Obstruction, obstructionOfSaving } from './escalation';
import { holdOfClass, holdOfProof, marginLeft } from './hold';
import { type PlanePoint, plainAlternatives } from './hull';
import { type Aim, type Baseline, expectedCost, MONTH_MS, tasksPerMonth, weighOptions } from './options';
import { type Belief, believeQuality } from './screen';
import { RETURN_MAX_P } from './stability';
import { swapModel } from './swap';

/** What is found of one class, or of one agreed group of classes. */
export function screenClass(at: ClassAtHand): Finding {
  const { figures, family, catalogue, policy } = at;
  const found = findBaseline(at);
  if (found.kind !== 'found') return unservedFinding(at, found.why, found.kind === 'split');
  const { baseline: known } = found;
  const model = catalogue.models.get(known.model);
  const limits = limitsOf(policy, figures.classes);
  const belief = believeQuality(model ?? { id: known.model, priorQuality: 0 }, figures, family);
  const baseline: Baseline = { model: known.model, belief, cost: model && expectedCost(model, figures, at.tokens) };
  const margin = marginLeft(limits, at.stability.acceptedDeltas);
  const isBelowFloor = limits.floor !== null && belief.n > 0 && belief.high < limits.floor;
  const aim: Aim = { towards: isBelowFloor ? 'better' : 'cheaper', margin: Math.max(0, margin) };
  const weighed = weighOptions(at, baseline, aim);
  const mayChange = isBelowFloor || isAtFloor(belief, limits);
  const picked = mayChange ? picksOf(weighed, baseline, limits, isBelowFloor) : [];
  const singles = picked.map((option) => candidateOf(at, known.model, option, isBelowFloor));
  const cascades = cascadesOf(at, baseline, weighed, aim, mayChange ? picked : undefined);
  const candidates = withCascade(singles, cascades?.candidate);
  const served: Served = isBelowFloor ? 'under-served' : candidates.length > 0 ? 'over-served' : 'right-served';
  const options = mayChange ? withoutOthers(weighed, candidates) : withoutAny(weighed);
  return {
    ...sizeOf(at),
    served,
    why: whyServed(served, belief, limits, options, candidates),
    baseline: known,
    screened: screenedOf(at, belief),
    options,
    plain: plainOf(baseline, options),
    ...(cascades === undefined || cascades.options.length === 0 ? {} : { cascades: shownOf(cascades.options) }),
    limits: { ...limits, margin },
    candidates,
    ...obstructionOf(at, limits, baseline, options, candidates, served),
  };
}

/**
 * In which order classes are replayed, the first first: those that people are served badly by, then by what is to be hoped of the
 * change. It decides what a spend cap that is too small for all leaves out.
 */
export function compareFindings(a: Finding, b: Finding): number {
  return urgency(b) - urgency(a) || hope(b) - hope(a) || b.costPerMonthNanoUsd - a.costPerMonthNanoUsd;
}

function urgency({ served }: Finding): number {
  return served === 'under-served' ? 1 : 0;
}

function hope({ candidates: [first], options }: Finding): number {
  // How a check does on the class is not known before a replay: even odds.
  if (first?.kind === 'cascade') return promise({ ...first, chance: 0.5 });
  const option = options.find(({ model }) => model === first?.model);
  return option === undefined ? 0 : promise(option);
}

function sizeOf(at: ClassAtHand): Pick<Finding, 'name' | 'classes' | 'tasksPerMonth' | 'costPerMonthNanoUsd'> {
  const { name, classes, costNanoUsd } = at.figures;
  return { name, classes, tasksPerMonth: tasksPerMonth(at), costPerMonthNanoUsd: Math.round((costNanoUsd * MONTH_MS) / at.windowMs) };
}

/** A class without one model to compare with: nothing can be proposed for it. */
function unservedFinding(at: ClassAtHand, why: string, isHeld: boolean): Finding {
  return {
    ...sizeOf(at),
    served: 'right-served',
    why,
    screened: screenedOf(at),
    options: [],
    plain: {},
    candidates: [],
    ...(isHeld ? { heldBy: { by: 'evidence', detail: why } } : {}),
  };
}

function picksOf(options: readonly Option[], baseline: Baseline, limits: ClassLimits, isBelowFloor: boolean): Option[] {
  if (isBelowFloor) return pickBetter(options, limits.floor ?? 0);
  const own = options.find(({ model }) => model === baseline.model);
  return own === undefined ? [] : pickCheaper(options, own);
}

/** A class may lose quality only where it is sure to have enough of it. */
function isAtFloor({ low, n }: Belief, { floor }: ClassLimits): boolean {
  return floor === null || (n > 0 && low >= floor);
}

function candidateOf(at: ClassAtHand, baseline: string, { model, savingPerMonthNanoUsd }: Option, isUpgrade: boolean): Candidate {
  const { name, classes } = at.figures;
  return {
    kind: isUpgrade ? 'upgrade' : 'swap',
    model,
    change: swapModel(at.policy, { name, classes, baseline, candidate: model }),
    savingPerMonthNanoUsd,
    ...(at.stability.leftRecently.includes(model) ? { maxP: RETURN_MAX_P } : {}),
  };
}

function whyServed(
  served: Served,
  belief: Belief,
  limits: ClassLimits,
  options: readonly Option[],
  candidates: readonly Candidate[],
): string {
  const rate = belief.isSeen
    ? `${percent(belief.shrunk)} (95 % interval ${percent(belief.low)} to ${percent(belief.high)})`
    : 'not known from any grade';
  const floor = limits.floor === null ? 'no floor is agreed' : `the floor is ${percent(limits.floor)}`;
  const quality = `Its success rate is ${rate}; ${floor}.`;
  if (served === 'under-served') return `${quality} It is below the floor.`;
  if (!isAtFloor(belief, limits)) return `${quality} It is not sure to be above the floor, so it may not become cheaper.`;
  if (served === 'over-served') {
    const savings = candidates.map(
      ({ model, savingPerMonthNanoUsd }) => `${model} would save about ${formatUsd(savingPerMonthNanoUsd)} a month`,
    );
    return `${quality} If they are good enough: ${listed(savings)}.`;
  }
  return `${quality} Of ${counted(options.length, 'model')}, none both may serve it and saves enough: ${tally(options)}.`;
}

/** `3 too-dear, 1 privacy-tier`: how often each reason stands against a model. */
function tally(options: readonly Option[]): string {
  const counts = new Map<string, number>();
  for (const { dropped } of options) if (dropped !== undefined) counts.set(dropped.reason, (counts.get(dropped.reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ');
}

/** What the class's own models are believed to reach, the baseline first. */
function screenedOf({ figures, family, catalogue }: ClassAtHand, baseline?: Belief): ScreenedQuality[] {
  const others = figures.models.flatMap(({ model, graded }) => {
    const known = catalogue.models.get(model);
    return graded === 0 || known === undefined || model === baseline?.model ? [] : [believeQuality(known, figures, family)];
  });
  return [...(baseline === undefined ? [] : [baseline]), ...others].map(({ sd: _, isSeen: __, ...screened }) => screened);
}

/** Reasons that are of the moment or of the price, and leave a model one that could serve the class. */
const COULD_SERVE: ReadonlySet<string> = new Set([
  'too-dear',
  'too-small-saving',
  'worse-on-the-logs',
  'cooldown',
  'not-nearest',
  'min-quality',
]);

function plainOf(
  { model, belief, cost }: Baseline,
  options: readonly Option[],
): { readonly singleSwap?: HullPoint; readonly mix?: HullPoint } {
  if (!belief.isSeen || cost === undefined) return {};
  return plainAlternatives({ model, costPerTaskNanoUsd: cost.nanoUsd, quality: belief.shrunk }, pointsOf(options));
}

/**
 * Cascades before the model that serves the class; undefined where their figures are not known.
 *
 * @param picked other models that would be tried; undefined: the class may not become cheaper
 */
function cascadesOf(
  at: ClassAtHand,
  { model, belief, cost }: Baseline,
  options: readonly Option[],
  { towards, margin }: Aim,
  picked: readonly Option[] | undefined,
): WeighedCascades | undefined {
  if (!belief.isSeen || cost === undefined) return undefined;
  const baseline = { model, costPerTaskNanoUsd: cost.nanoUsd, quality: belief.shrunk };
  const others = pointsOf(options);
  const mayTry = picked !== undefined && towards === 'cheaper';
  const plain = plainAlternatives(baseline, others);
  const offered = mayTry ? offeredCascades(at, { baseline, others, margin, plain, picked }) : undefined;
  return offered ?? { options: weighCascades(baseline, others, margin) };
}

/** What is tried comes first, then what pays. */
function shownOf(cascades: readonly CascadeOption[]): readonly CascadeOption[] {
  const isTried = ({ check, dropped }: CascadeOption) => check !== undefined && dropped === undefined;
  return [...cascades.filter(isTried), ...cascades.filter((one) => !isTried(one))].slice(0, MOST_SHOWN);
}

/** Models of known quality that could serve the class. */
function pointsOf(options: readonly Option[]): readonly PlanePoint[] {
  return options.flatMap(({ dropped, quality, ...option }) =>
    quality !== null && (dropped === undefined || COULD_SERVE.has(dropped.reason)) ? [{ ...option, quality }] : [],
  );
}

/** What stands in the way, first the questions that no figure answers. */
function obstructionOf(
  at: ClassAtHand,
  limits: ClassLimits,
  baseline: Baseline,
  options: readonly Option[],
  [first]: readonly Candidate[],
  served: Served,
): Obstruction {
  const heldClass = holdOfClass(at);
  const migration = forcedMigration(at, baseline.model);
  if (migration !== undefined) return heldClass?.by === 'rollout' ? { heldBy: heldClass } : migration;
  if (first === undefined) {
    if (served === 'under-served') {
      return { heldBy: { by: 'ineligible', detail: `No model both may serve it and promises to be better: ${tally(options)}.` } };
    }
    return isAtFloor(baseline.belief, limits) ? obstructionOfSaving(at, baseline, options) : {};
  }
  const candidate = first.costPerTaskNanoUsd ?? options.find(({ model }) => model === first.model)?.costPerTaskNanoUsd ?? 0;
  const costs = baseline.cost && { baseline: baseline.cost.nanoUsd, candidate };
  const held = heldClass ?? holdOfProof(at, limits, first, baseline.model, costs);
  return held === undefined ? {} : { heldBy: held };
}
