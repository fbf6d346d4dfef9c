/** What the judge of a pass is worth: who it is, what people say of the same pairs, and what its errors cost in certainty. */

import type { Estimate } from '../../routing/judging/calibration';
import type { JudgeEvidence } from '../../routing/review/prove/judge-evidence';
import type { ReportedClass } from '../../routing/review/report/report';
import { percent, points } from '../../routing/review/report/words';
import { type Block, type Cell, right, table } from './blocks';
import { interval, money } from './figures';

/** Nothing where no judge was asked. */
export function judgeBlocks({ proposal }: ReportedClass): readonly Block[] {
  const comparison = proposal?.comparisons.at(-1);
  const judge = comparison?.judge;
  if (comparison === undefined || judge === undefined) return [];
  return [
    ...table('The judge.', ['', ''], rowsOf(judge, comparison.margin, proposal?.proof?.judgeCostNanoUsd ?? null)),
    ...table(
      'Labelled pairs: what people say (rows) and what the judge says.',
      ['people', right('old better'), right('neither'), right('new better')],
      judge.calibration.matrix.map((counts, row) => [['old better', 'neither', 'new better'][row]!, ...counts]),
    ),
  ];
}

function rowsOf(judge: JudgeEvidence, margin: number, costNanoUsd: number | null): readonly Cell[][] {
  const { calibration, required, correction, predictionPowered, sentinels, problems } = judge;
  const { kappa, ac1, sensitivity, specificity, informedness, sharedPairs, disputedPairs, opposedPairs } = calibration;
  return [
    ['model; maker', `${judge.model}; ${judge.families.join(', ') || 'unknown'}`],
    ['served as', judge.served.map((name) => name || 'not said').join(', ')],
    ['rubric', judge.rubricVersion],
    ['pairs it judged in both orders', judge.pairs],
    ['contradicted itself when the order changed', `${judge.flips}, ${percent(judge.flipRate)}; at most ${percent(required.maxFlipRate)}`],
    ['sentinels (answers known to be bad) it found', `${sentinels.caught} of ${sentinels.pairs}`],
    ['labelled pairs; people', `${calibration.pairs} of at least ${required.minLabels}; ${calibration.people.length}`],
    ['labelled by several people; disputed; opposite', `${sharedPairs}; ${disputedPairs}; ${opposedPairs}`],
    ['kappa (quadratic) [95 % interval]', `${range(kappa)}; at least ${required.minKappa}, its lower end ${required.minKappaLow}`],
    ['AC1; share of equal verdicts', `${range(ac1)}; ${percent(calibration.agreement)}`],
    ['sensitivity; specificity', `${range(sensitivity)}; ${range(specificity)}`],
    [
      'correction',
      `the margin of ${points(margin)} points times ${correction.factor.toFixed(2)}, the lower end of sensitivity + specificity − 1 (${range(informedness)}): ${points(correction.margin)}`,
    ],
    [
      'difference as people would see it',
      predictionPowered === null
        ? 'too few labels of these two models to say'
        : `${interval(predictionPowered)}, from ${predictionPowered.labels} labels of these two models`,
    ],
    ...(costNanoUsd === null ? [] : [['cost of judging', money(costNanoUsd)]]),
    ...(problems.length === 0 ? [] : [['not to be believed', problems.join(', ')]]),
  ];
}

/** `0.71 [0.60, 0.80]`. */
function range(estimate: Estimate | null): string {
  return estimate === null ? 'unknown' : `${estimate.value.toFixed(2)} [${estimate.low.toFixed(2)}, ${estimate.high.toFixed(2)}]`;
}
