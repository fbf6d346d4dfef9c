/**
 * Whether a check is good enough for a cascade to pay: what a cheap model with a check before a strong one is expected to cost and to
 * reach, and how right the check must be to beat what is plainer, which is one model for all or a random mix of the two.
 */

import { lastHolding } from '../statistics/bisection';
import type { NanoUsd } from '../units';

/** Tasks of which the cheap model's answers are all good, or all bad. */
export interface AnswerGroup {
  /** Share of all tasks, in [0, 1]. */
  readonly share: number;
  /** Mean quality of either model on them, in [0, 1]. */
  readonly cheapQuality: number;
  readonly strongQuality: number;
  readonly strongCostNanoUsd: NanoUsd;
}

/** Two models on the same tasks. */
export interface CascadeTerms {
  readonly cheapCostNanoUsd: NanoUsd;
  /** Of each check, beside the answer. */
  readonly checkCostNanoUsd: NanoUsd;
  /** Tasks with a good and with a bad cheap answer; their shares sum to 1. */
  readonly good: AnswerGroup;
  readonly bad: AnswerGroup;
}

/** How right a check is: the share of bad answers that it fails, and of good answers that it passes; each in [0, 1]. */
export interface CheckAccuracy {
  readonly sensitivity: number;
  readonly specificity: number;
}

/** What a way of answering costs and reaches on average. */
export interface Prospect {
  readonly costNanoUsd: NanoUsd;
  /** In [0, 1]. */
  readonly quality: number;
}

/** One task that both models answered. */
export interface PairedTask {
  readonly cheapQuality: number;
  readonly cheapCostNanoUsd: NanoUsd;
  readonly strongQuality: number;
  readonly strongCostNanoUsd: NanoUsd;
}

/** Quality from which an answer is a good one, as everywhere. */
export const GOOD = 0.5;

/**
 * The terms as tasks show them that both models answered: with all that the two have in common, such as tasks that are hard for both.
 *
 * @throws {RangeError} without any task
 */
export function termsOfPairs(tasks: readonly PairedTask[], checkCostNanoUsd: NanoUsd): CascadeTerms {
  if (tasks.length === 0) throw new RangeError('terms of a cascade need a task');
  const groupOf = (group: readonly PairedTask[]): AnswerGroup => ({
    share: group.length / tasks.length,
    cheapQuality: meanOf(group, ({ cheapQuality }) => cheapQuality),
    strongQuality: meanOf(group, ({ strongQuality }) => strongQuality),
    strongCostNanoUsd: meanOf(group, ({ strongCostNanoUsd }) => strongCostNanoUsd),
  });
  return {
    cheapCostNanoUsd: meanOf(tasks, ({ cheapCostNanoUsd }) => cheapCostNanoUsd),
    checkCostNanoUsd,
    good: groupOf(tasks.filter(({ cheapQuality }) => cheapQuality >= GOOD)),
    bad: groupOf(tasks.filter(({ cheapQuality }) => cheapQuality < GOOD)),
  };
}

/**
 * The terms where only the two models' own figures are known. The strong model is taken to be as good on the tasks that the cheap one
 * fails as on all others, which it seldom is: read what follows as the best that is to be hoped for.
 */
export function termsOfMargins(cheap: Prospect, strong: Prospect, checkCostNanoUsd: NanoUsd): CascadeTerms {
  const common = { strongQuality: strong.quality, strongCostNanoUsd: strong.costNanoUsd };
  return {
    cheapCostNanoUsd: cheap.costNanoUsd,
    checkCostNanoUsd,
    good: { share: cheap.quality, cheapQuality: 1, ...common },
    bad: { share: 1 - cheap.quality, cheapQuality: 0, ...common },
  };
}

/** The cascade with a check that is right so often: every failed answer goes on to the strong model. */
export function cascadeProspect(
  terms: CascadeTerms,
  { sensitivity, specificity }: CheckAccuracy,
): Prospect & { readonly escalationRate: number } {
  const { good, bad } = terms;
  const goodOn = good.share * (1 - specificity);
  const badOn = bad.share * sensitivity;
  return {
    quality:
      (good.share - goodOn) * good.cheapQuality +
      (bad.share - badOn) * bad.cheapQuality +
      goodOn * good.strongQuality +
      badOn * bad.strongQuality,
    costNanoUsd: terms.cheapCostNanoUsd + terms.checkCostNanoUsd + goodOn * good.strongCostNanoUsd + badOn * bad.strongCostNanoUsd,
    escalationRate: goodOn + badOn,
  };
}

/** The static swap to the cheap model, and staying with the strong one. */
export function plainProspects({ cheapCostNanoUsd, good, bad }: CascadeTerms): { readonly cheap: Prospect; readonly strong: Prospect } {
  const both = (of: (group: AnswerGroup) => number) => good.share * of(good) + bad.share * of(bad);
  return {
    cheap: { costNanoUsd: cheapCostNanoUsd, quality: both(({ cheapQuality }) => cheapQuality) },
    strong: { costNanoUsd: both(({ strongCostNanoUsd }) => strongCostNanoUsd), quality: both(({ strongQuality }) => strongQuality) },
  };
}

/** What a random mix of the two reaches for a cost; outside of their costs, the nearer of the two. */
export function qualityOfMix({ cheap, strong }: ReturnType<typeof plainProspects>, costNanoUsd: NanoUsd): number {
  const span = strong.costNanoUsd - cheap.costNanoUsd;
  const share = span <= 0 ? 1 : Math.min(1, Math.max(0, (costNanoUsd - cheap.costNanoUsd) / span));
  return cheap.quality + share * (strong.quality - cheap.quality);
}

/**
 * Whether a cascade pays: it costs less than the strong model, loses no more than `margin` of its quality, and reaches more than a mix
 * does for the same money.
 */
export function cascadePays(terms: CascadeTerms, accuracy: CheckAccuracy, margin: number): boolean {
  const plain = plainProspects(terms);
  const { costNanoUsd, quality } = cascadeProspect(terms, accuracy);
  return costNanoUsd < plain.strong.costNanoUsd && quality >= plain.strong.quality - margin && quality > qualityOfMix(plain, costNanoUsd);
}

/**
 * The share of answers, good and bad alike, that a check must be right on for its cascade to pay, in [0.5, 1]. Undefined when not even one that is always right
 * would pay: the models are too close in price, or the check too dear.
 *
 * A check that is righter escalates fewer good answers and more bad ones, so what it reaches only rises; where a strong model is worse
 * on what it is asked, it may fall again, and the point found is the one nearest to a perfect check.
 */
export function breakEvenAccuracy(terms: CascadeTerms, margin: number): number | undefined {
  const paysAt = (accuracy: number) => cascadePays(terms, { sensitivity: accuracy, specificity: accuracy }, margin);
  if (!paysAt(1)) return undefined;
  return 1 - lastHolding((error) => paysAt(1 - error), 0, 0.5);
}

function meanOf(tasks: readonly PairedTask[], of: (task: PairedTask) => number): number {
  return tasks.length === 0 ? 0 : tasks.reduce((sum, task) => sum + of(task), 0) / tasks.length;
}
