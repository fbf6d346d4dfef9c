/**
 * What a judge's verdicts are worth.
 *
 * A judge prefers the answer it reads first, and errs; its errors pull every difference towards 0, so that a weak model looks as
 * good as the strong one. Here verdicts that depend on the order are dropped and the errors are corrected for.
 */

import { sampleMean } from './mean';
import { requireCount, requirePositive, requireUnit } from './range';
import { tangoCi } from './tango';

/** What a pair becomes on which the judge contradicts itself. */
const TIE = 'tie';

/**
 * One verdict per pair of answers judged in both orders: the verdict if both agree, else a tie.
 *
 * @param pairs the verdict in the original order, and that in the swapped order with the names already mapped back
 * @throws {RangeError} when a pair has not two verdicts
 * @see Zheng et al. (2023), "Judging LLM-as-a-judge with MT-bench and Chatbot Arena", §3.4, arXiv 2306.05685
 */
export function resolvePairwise(pairs: readonly (readonly string[])[]): string[] {
  return pairs.map((pair, at) => {
    const [original, swapped] = pair;
    if (original === undefined || swapped === undefined || pair.length !== 2) {
      throw new RangeError(`Pair ${at} has ${pair.length} verdicts; both orders must have been judged.`);
    }
    return original === swapped ? original : TIE;
  });
}

export interface NetWinRate {
  /** (wins − losses) / pairs, in [−1, 1]. */
  readonly net: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * Net win rate of the candidate with Tango's score interval: a win is a pair only the candidate does well on, a loss one only the
 * baseline does, so that pairwise verdicts meet the same test as graded outcomes.
 *
 * @param conf two-sided confidence, in (0, 1)
 * @throws {RangeError} when a count is not an integer ≥ 0, or there is no pair
 */
export function netWinRate(wins: number, ties: number, losses: number, conf: number): NetWinRate {
  requireCount('wins', wins);
  requireCount('ties', ties);
  requireCount('losses', losses);
  const pairs = wins + ties + losses;
  requireCount('wins, ties and losses together', pairs, 1);
  const [lo, hi] = tangoCi({ b: wins, c: losses, n: pairs }, conf);
  return { net: (wins - losses) / pairs, lo, hi };
}

/**
 * The success rate behind the rate a judge reports, (p + Sp − 1)/(Se + Sp − 1), cut to [0, 1].
 *
 * @param observed    rate of answers the judge calls good, in [0, 1]
 * @param sensitivity probability that it calls a good answer good, in [0, 1]
 * @param specificity probability that it calls a bad answer bad, in [0, 1]
 * @throws {RangeError} when an argument is outside its range, or the judge is no better than a coin (Se + Sp ≤ 1)
 * @see Rogan & Gladen (1978), "Estimating prevalence from the results of a screening test", AJE 107(1); Lee et al. (2025), arXiv
 *   2511.21140
 */
export function roganGladen(observed: number, sensitivity: number, specificity: number): number {
  requireUnit('observed', observed);
  const informedness = informednessOf(sensitivity, specificity);
  return Math.min(1, Math.max(0, (observed + specificity - 1) / informedness));
}

/**
 * The margin to test a judge's verdicts against: margin × (Se + Sp − 1), as the judge shrinks every true difference by that factor.
 * With Se 0.9 and Sp 0.8 the margin as it is approves 9 to 20 % of models that are worse by exactly the margin, this one 2 to 3 %.
 *
 * @param margin agreed tolerance, > 0
 * @throws {RangeError} when an argument is outside its range, or the judge is no better than a coin (Se + Sp ≤ 1)
 */
export function judgeMargin(margin: number, sensitivity: number, specificity: number): number {
  requirePositive('margin', margin);
  return margin * informednessOf(sensitivity, specificity);
}

/** Youden's index, in (0, 1]. */
function informednessOf(sensitivity: number, specificity: number): number {
  requireUnit('sensitivity', sensitivity);
  requireUnit('specificity', specificity);
  const informedness = sensitivity + specificity - 1;
  if (informedness <= 0) {
    throw new RangeError(
      `A judge with sensitivity ${sensitivity} and specificity ${specificity} tells good from bad no better than a coin. Use another judge.`,
    );
  }
  return informedness;
}

/**
 * Prediction-powered mean: the judge's mean over many items plus the mean correction (human − judge) over the few that people rated
 * too. Unbiased whatever the judge's bias; the closer the judge is to people, the smaller the standard error.
 *
 * @param judgeAll the judge's ratings of the items nobody else rated, at least 2
 * @param judgeCal the judge's ratings of the calibration items, at least 2, in the order of humanCal
 * @param humanCal people's ratings of the same items
 * @throws {RangeError} when there are too few ratings, or the calibration ratings do not pair up
 * @see Angelopoulos, Bates, Fannjiang, Jordan & Zrnic (2023), "Prediction-powered inference", Science 382
 */
export function predictionPoweredMean(
  judgeAll: readonly number[],
  judgeCal: readonly number[],
  humanCal: readonly number[],
): { mean: number; se: number } {
  if (judgeCal.length !== humanCal.length) {
    throw new RangeError(`${judgeCal.length} calibration items were judged and ${humanCal.length} rated by people; they must be the same.`);
  }
  const corrections = humanCal.map((rating, at) => rating - judgeCal[at]!);
  const judged = sampleMean(judgeAll);
  const corrected = sampleMean(corrections);
  return { mean: judged.mean + corrected.mean, se: Math.hypot(judged.se, corrected.se) };
}
