/** What labels say of a judge, for people. */

import type { Calibration, Estimate } from '../../../routing/judging/calibration';
import { counted, percent } from '../../../routing/review/report/words';
import type { Output } from './output';
import { onOneLine } from './text';

export interface LabelledSoFar {
  readonly name: string;
  readonly judge: string;
  readonly rubricVersion: string;
  readonly pairs: number;
  readonly labelledByYou: number;
  readonly labelsWanted: number;
  readonly calibration: Calibration;
}

/** What is known of the judge of one proposal. */
export function describeCalibration(told: LabelledSoFar, { colors, table }: Pick<Output, 'colors' | 'table'>): string {
  const { name, judge, rubricVersion, pairs, labelledByYou, labelsWanted, calibration } = told;
  const { people, sharedPairs, disputedPairs, opposedPairs } = calibration;
  const rows = [
    ['judge, rubric', `${judge}, ${rubricVersion}`],
    ['pairs of this review; labelled by you', `${pairs}; ${labelledByYou}`],
    ['labelled pairs of all reviews; wanted', `${calibration.pairs}; ${labelsWanted}`],
    ['people', people.length === 0 ? null : people.map(onOneLine).join(', ')],
    ['pairs of several people; disputed; opposite', `${sharedPairs}; ${disputedPairs}; ${opposedPairs}`],
    ['judge and people say the same', calibration.pairs === 0 ? null : percent(calibration.agreement)],
    ['kappa (quadratic), AC1', `${estimateText(calibration.kappa)}, ${estimateText(calibration.ac1)}`],
    ['sensitivity, specificity', `${estimateText(calibration.sensitivity)}, ${estimateText(calibration.specificity)}`],
  ] as const;
  const missing = labelsWanted - calibration.pairs;
  const next =
    missing > 0
      ? `${counted(missing, 'more label')} and the judge can be believed or not.`
      : 'The judge has its labels: the next review counts them.';
  return `${colors.bold(name)}\n${table([{ title: '' }, { title: '' }], rows)}\n${next}`;
}

/** `0.71 (0.60 to 0.80)`. */
export function estimateText(estimate: Estimate | null): string {
  return estimate === null ? 'unknown' : `${estimate.value.toFixed(2)} (${estimate.low.toFixed(2)} to ${estimate.high.toFixed(2)})`;
}
