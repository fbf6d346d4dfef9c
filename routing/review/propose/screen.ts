/**
 * What the logs let us believe of a model's quality on a class: the count, pulled towards what the model did on other classes, and
 * where there are none, towards what the catalogue states of it.
 *
 * It picks what is replayed and never proves anything: the tasks that a model got may have been the easy ones.
 */

import type { Model } from '../../catalogue';
import { normalCdf, normalQuantile } from '../../statistics/normal';
import { type BetaPrior, betaPosterior, betaPriorMoments, normalShrinkage } from '../../statistics/shrinkage';
import type { ClassFigures, ModelFigures } from '../figures/figures';
import type { ScreenedQuality } from '../findings';

/** Quality of one model on one class as it is believed. */
export interface Belief extends ScreenedQuality {
  /** Standard deviation of the shrunk value. */
  readonly sd: number;
  /** Some answer of the model was graded, on this class or on another; without one, all that is known is the catalogue's word. */
  readonly isSeen: boolean;
}

/** Probability inside the interval: its upper end is the 97.5 % bound that a class must be below to be under-served. */
const CONFIDENCE = 0.95;

/** How many graded answers weigh as much as the quality that the catalogue states, as in routing/decision/estimate.ts. */
const STATED_STRENGTH = 10;

/** Where every class of a model went alike, moments would give a Beta prior without a side. Half a task is Jeffreys' prior. */
const LEAST_SIDE = 0.5;

/** A prior is worth at most this many tasks, as in routing/statistics/shrinkage.ts. */
const MAX_STRENGTH = 200;

/**
 * The belief in a model's quality on a class.
 *
 * Scores of 0 and 1 are rates with a Beta prior, others means with a normal one. Either prior is of the model's other classes, so
 * that no answer is counted twice.
 *
 * @param family all classes of the review; the class itself is left out by its name
 */
export function believeQuality(model: Pick<Model, 'id' | 'priorQuality'>, figures: ClassFigures, family: readonly ClassFigures[]): Belief {
  const own = figuresOf(model.id, figures);
  const others = family.flatMap((each) => (each.name === figures.name ? [] : (graded(figuresOf(model.id, each)) ?? [])));
  const known = { model: model.id, isSeen: (own?.graded ?? 0) > 0 || others.length > 0 };
  return own !== undefined && own.graded > 0 && !own.isBinary
    ? { ...known, ...believeMean(own, others, model.priorQuality) }
    : { ...known, ...believeRate(own, others, model.priorQuality) };
}

/** Figures of a model on a class; undefined when it was not used there. */
export function figuresOf(model: string, figures: ClassFigures): ModelFigures | undefined {
  return figures.models.find((each) => each.model === model);
}

/** Standard deviation of a model's scores on a class; undefined when they are successes and failures, or there are none. */
export function scoreSdOf(model: string, figures: ClassFigures): number | undefined {
  const own = graded(figuresOf(model, figures));
  if (own === undefined || own.isBinary) return undefined;
  return Math.sqrt(Math.max(0, own.scoreSquareSum / own.graded - (own.scoreSum / own.graded) ** 2));
}

/**
 * Probability that a model is at most `margin` worse than another, by the normal approximation of both beliefs, taken as
 * independent; a margin of 0 asks whether it is better.
 */
export function chanceNotWorse(candidate: Belief, baseline: Belief, margin: number): number {
  const spread = Math.hypot(candidate.sd, baseline.sd);
  const lead = candidate.shrunk - baseline.shrunk + margin;
  return spread === 0 ? (lead >= 0 ? 1 : 0) : normalCdf(lead / spread);
}

type Graded = Pick<ModelFigures, 'graded' | 'scoreSum' | 'scoreSquareSum' | 'isBinary'>;
type Shrunk = Omit<Belief, 'model' | 'isSeen'>;

function graded(figures: ModelFigures | undefined): Graded | undefined {
  return figures !== undefined && figures.graded > 0 ? figures : undefined;
}

function believeRate(own: Graded | undefined, others: readonly Graded[], stated: number): Shrunk {
  const n = own?.graded ?? 0;
  const x = Math.round(own?.scoreSum ?? 0);
  const prior = ratePrior(others, stated);
  const a = prior.a + x;
  const b = prior.b + n - x;
  const { mean, lo, hi } = betaPosterior(x, n, prior, CONFIDENCE);
  return { n, raw: n === 0 ? null : x / n, shrunk: mean, low: lo, high: hi, sd: Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))) };
}

function ratePrior(others: readonly Graded[], stated: number): Pick<BetaPrior, 'a' | 'b'> {
  // Where scores lie between 0 and 1, their sum stands for the successes: its variance is less, so this only weakens the prior.
  const counts = others.map(({ graded: n, scoreSum }): readonly [number, number] => [Math.min(n, Math.round(scoreSum)), n]);
  const { a, b } = counts.length >= 2 ? betaPriorMoments(counts) : statedPrior(counts[0], stated);
  return { a: Math.max(LEAST_SIDE, a), b: Math.max(LEAST_SIDE, b) };
}

/** The catalogue's word, moved by the one other class there is. It stays worth no more than it was: classes differ. */
function statedPrior(seen: readonly [number, number] | undefined, stated: number): Pick<BetaPrior, 'a' | 'b'> {
  const [x, n] = seen ?? [0, 0];
  const mean = (stated * STATED_STRENGTH + x) / (STATED_STRENGTH + n);
  return { a: mean * STATED_STRENGTH, b: (1 - mean) * STATED_STRENGTH };
}

function believeMean(own: Graded, others: readonly Graded[], stated: number): Shrunk {
  const { graded: n, scoreSum } = own;
  const raw = scoreSum / n;
  const prior = meanPrior(others, stated);
  const { mean, sd } = normalShrinkage(raw, standardError(own, prior.mean), prior.mean, prior.sd);
  const reach = normalQuantile((1 + CONFIDENCE) / 2) * sd;
  return { n, raw, shrunk: mean, low: Math.max(0, mean - reach), high: Math.min(1, mean + reach), sd };
}

/** Mean and spread of a model's means over its other classes, the spread without what is chance. */
function meanPrior(others: readonly Graded[], stated: number): { readonly mean: number; readonly sd: number } {
  const means = others.map(({ graded: n, scoreSum }) => scoreSum / n);
  if (means.length < 2) {
    const [only] = others;
    const mean = (stated * STATED_STRENGTH + (only?.scoreSum ?? 0)) / (STATED_STRENGTH + (only?.graded ?? 0));
    return { mean, sd: Math.sqrt(spreadOf(mean) / (STATED_STRENGTH + 1)) };
  }
  const mean = means.reduce((sum, each) => sum + each, 0) / means.length;
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (means.length - 1);
  const chance = others.reduce((sum, each) => sum + standardError(each, mean) ** 2, 0) / others.length;
  return { mean, sd: Math.sqrt(Math.max(variance - chance, spreadOf(mean) / (MAX_STRENGTH + 1))) };
}

/** Variance of a mean's prior is never none, or no class could speak for itself. */
function spreadOf(mean: number): number {
  return Math.max(mean * (1 - mean), 0.01);
}

/** Of a mean score; one answer of the widest spread is added, so that few equal scores are not taken for certainty. */
function standardError({ graded: n, scoreSum, scoreSquareSum }: Graded, around: number): number {
  const squares = Math.max(0, scoreSquareSum - scoreSum ** 2 / n);
  return Math.sqrt((squares + spreadOf(around)) / n / n);
}
