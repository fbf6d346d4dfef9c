/**
 * Whether the judge of a pass is to be believed, and by how much less than it says.
 *
 * Its errors pull every difference towards 0, so that a worse candidate looks as good as the baseline; therefore the margin that it
 * is tested against shrinks by the same factor.
 */

import { type Calibration, combineLabels, type LabelledPair } from '../../judging/calibration';
import type { JudgeSettings } from '../../judging/settings';
import { predictionPoweredMean } from '../../statistics/judge';
import { sampleMean } from '../../statistics/mean';
import { normalQuantile } from '../../statistics/normal';
import type { Pair } from './evidence';
import { sentinelCounts } from './scored-pairs';

/** Sentinels that a judge must find to be trusted: of fewer than ten, all. */
const SENTINELS_TO_CATCH = 0.9;
/** Where nothing is known of the judge's errors, or it is no better than a coin: so small a factor proves nothing. */
const LEAST_FACTOR = 0.01;
/** Labels of these very models from which a second estimate is made of them. */
const LEAST_POWERED = 30;

/** Why a judge is not believed. */
export const JUDGE_PROBLEMS = ['JUDGE_UNCALIBRATED', 'JUDGE_DISAGREES', 'JUDGE_FLIPS', 'JUDGE_SENTINELS_MISSED'] as const;
export type JudgeProblem = (typeof JUDGE_PROBLEMS)[number];

/** The judge of a pass, with what people have said of it. */
export interface JudgeTerms {
  readonly settings: JudgeSettings;
  /** Makers of its model; empty: it is no longer in the catalogue. */
  readonly families: readonly string[];
  readonly rubricVersion: string;
  /** What its provider says that it served, ascending; the empty name: it does not say. */
  readonly served: readonly string[];
  readonly calibration: Calibration;
  /** Labelled pairs of the two models that are compared. */
  readonly ofThesePairs: readonly LabelledPair[];
}

/** The difference as people would see it, in [−1, 1] with its 95 % interval. */
export interface PredictionPowered {
  /** Labelled pairs of the two models. */
  readonly labels: number;
  readonly delta: number;
  readonly low: number;
  readonly high: number;
  /** Lower end of what the judge says beyond people, towards the candidate: above 0, it favours it beyond doubt. */
  readonly leansAtLeast: number;
}

/** The judge of a pass, as it stands in the report. */
export interface JudgeEvidence {
  readonly model: string;
  readonly families: readonly string[];
  readonly rubricVersion: string;
  readonly served: readonly string[];
  /** Pairs with a verdict of the judge, and those on which the orders contradicted each other. */
  readonly pairs: number;
  readonly flips: number;
  readonly flipRate: number;
  readonly sentinels: { readonly pairs: number; readonly caught: number };
  readonly calibration: Calibration;
  readonly required: Pick<JudgeSettings, 'minLabels' | 'minKappa' | 'minKappaLow' | 'maxFlipRate'>;
  /** What was tested against instead of the margin: the margin by the lower bound of informedness. */
  readonly correction: { readonly kind: 'margin'; readonly factor: number; readonly margin: number };
  /** The difference as people would see it, from the judge's verdicts and its errors on pairs of these very models. Null: too few. */
  readonly predictionPowered: PredictionPowered | null;
  readonly problems: readonly JudgeProblem[];
}

/**
 * The judge's part of a pass; undefined when no pair was judged.
 *
 * @param pairs  of the pass, with the scores of judgements
 * @param margin what may be lost, a difference of qualities; 0 or less: nothing
 */
export function judgeEvidence(pairs: readonly Pair[], { settings, ...terms }: JudgeTerms, margin: number): JudgeEvidence | undefined {
  const judged = pairs.filter((pair) => !pair.isSentinel && pair.judged !== undefined);
  if (judged.length === 0) return undefined;
  const flips = judged.filter((pair) => pair.judged!.isFlipped).length;
  const { drawn, ...sentinels } = sentinelCounts(pairs.filter((pair) => pair.judgements !== undefined));
  const { calibration, families, rubricVersion, served, ofThesePairs } = terms;
  const { minLabels, minKappa, minKappaLow, maxFlipRate } = settings;
  const flipRate = flips / judged.length;
  const { pairs: labels, kappa, informedness } = calibration;
  const problems: JudgeProblem[] = [];
  if (labels < minLabels) problems.push('JUDGE_UNCALIBRATED');
  else if (kappa === null || kappa.value < minKappa || kappa.low < minKappaLow || informedness === null || informedness.low <= LEAST_FACTOR)
    problems.push('JUDGE_DISAGREES');
  if (flipRate > maxFlipRate) problems.push('JUDGE_FLIPS');
  if (sentinels.pairs === 0 ? drawn > 0 : sentinels.caught < SENTINELS_TO_CATCH * sentinels.pairs) problems.push('JUDGE_SENTINELS_MISSED');
  const factor = Math.max(LEAST_FACTOR, informedness?.low ?? 0);
  return {
    model: settings.model,
    ...{ families, rubricVersion, served, flips, flipRate, sentinels, calibration, problems },
    pairs: judged.length,
    required: { minLabels, minKappa, minKappaLow, maxFlipRate },
    correction: { kind: 'margin', factor, margin: margin > 0 ? margin * factor : margin },
    predictionPowered: predictionPowered(judged, ofThesePairs),
  };
}

const SIGNED = { baseline: -1, tie: 0, candidate: 1 } as const;

/** What people would have said of all pairs: the judge's mean, and the mean of what people said beyond it. */
function predictionPowered(judged: readonly Pair[], labels: readonly LabelledPair[]): JudgeEvidence['predictionPowered'] {
  const labelled = combineLabels(labels);
  if (labelled.length < LEAST_POWERED || judged.length < 2) return null;
  const { mean, se } = predictionPoweredMean(
    judged.map((pair) => SIGNED[pair.judged!.verdict]),
    labelled.map((pair) => SIGNED[pair.judged]),
    labelled.map((pair) => SIGNED[pair.label]),
  );
  const lean = sampleMean(labelled.map((pair) => SIGNED[pair.judged] - SIGNED[pair.label]));
  const z = normalQuantile(0.975);
  return { labels: labelled.length, delta: mean, low: mean - z * se, high: mean + z * se, leansAtLeast: lean.mean - z * lean.se };
}
