/** A verdict in words: what was seen, how sure it is, and what it means. */

import { counted, listed, percent, points } from '../report/words';
import type { Comparison } from './evidence';
import { testedMargin } from './judge-correction';
import type { JudgeEvidence, JudgeProblem } from './judge-evidence';

type Judged = Omit<Comparison, 'sentence'>;

/**
 * The verdict in one plain sentence, and what must be said aloud beside it in another.
 *
 * @param mustImprove the candidate is to be better than the baseline, not merely as good
 */
export function verdictSentence(comparison: Judged, mustImprove: boolean): string {
  return [verdictOf(comparison, mustImprove), ...asides(comparison)].join(' ');
}

function verdictOf(comparison: Judged, mustImprove: boolean): string {
  const { verdict, candidate, baseline, pairs, flags, meanQuality, delta, low, high, pairsNeeded } = comparison;
  if (flags.includes('NO_DATA')) return `Nothing can be said of ${candidate} against ${baseline}: no task has a score of both.`;
  if (verdict === 'INVALID') return `The scoring cannot be trusted, so nothing it says of ${candidate} counts: ${distrust(comparison)}.`;
  const seen =
    `On ${counted(pairs, 'task')} ${candidate} reached ${points(meanQuality.candidate)} points of quality of 100 and ${baseline} ` +
    `${points(meanQuality.baseline)}, a difference of ${signed(delta)} that lies between ${signed(low)} and ${signed(high)}`;
  if (verdict === 'PASS') return `${seen}: good enough, for ${proof(comparison, mustImprove)}.`;
  const reasons = listed(reasonsAgainst(comparison, mustImprove));
  if (verdict === 'FAIL') return `${seen}: not good enough, for ${reasons}.`;
  return `${seen}: this decides nothing, for ${reasons}.${pairsNeeded > pairs ? ` About ${pairsNeeded} tasks would have decided.` : ''}`;
}

function distrust({ flags, sentinels, judge }: Judged): string {
  if (judge !== undefined && judge.problems.length > 0) return listed(judge.problems.map((problem) => distrustOfJudge(problem, judge)));
  if (!flags.includes('SENTINELS_MISSED')) return 'it gave every answer the same score';
  if (sentinels.pairs === 0) return 'no answer that is known to be bad could be scored';
  return `of ${counted(sentinels.pairs, 'answer')} known to be bad it found ${sentinels.caught}`;
}

function distrustOfJudge(problem: JudgeProblem, { model, calibration, required, flips, pairs, sentinels }: JudgeEvidence): string {
  const { kappa, pairs: labelled } = calibration;
  switch (problem) {
    case 'JUDGE_UNCALIBRATED':
      return `people have labelled ${labelled} of the ${counted(required.minLabels, 'pair')} that ${model} must be compared with ("signalbox review label" is how)`;
    case 'JUDGE_DISAGREES':
      return kappa === null
        ? `${model} and people know one verdict only, so that their agreement cannot be told from chance`
        : `${model} does not agree with people: kappa is ${decimals(kappa.value)} (${decimals(kappa.low)} to ${decimals(kappa.high)}), ` +
            `and at least ${required.minKappa} was agreed, its interval above ${required.minKappaLow}`;
    case 'JUDGE_FLIPS':
      return `${model} contradicted itself on ${flips} of ${counted(pairs, 'pair')} when the order of the answers was changed`;
    case 'JUDGE_SENTINELS_MISSED':
      return sentinels.pairs === 0
        ? `${model} judged no answer that is known to be bad`
        : `of ${counted(sentinels.pairs, 'answer')} known to be bad ${model} found ${sentinels.caught}`;
  }
}

function decimals(value: number): string {
  return value.toFixed(2);
}

/** What was to be proved, and was. */
function proof({ margin }: Judged, mustImprove: boolean): string {
  if (mustImprove) return 'it had to be better';
  return margin > 0 ? `a loss of up to ${points(margin)} is accepted` : 'no loss is accepted any more, and it is better';
}

/** What was to be proved, and was not. */
function failing({ verdict, margin }: Judged, mustImprove: boolean): string {
  const sure = verdict === 'FAIL' ? 'it is' : 'it may be';
  if (mustImprove) return `it was to be better and ${verdict === 'FAIL' ? 'is worse' : 'may not be'}`;
  return margin > 0
    ? `${sure} worse by more than the ${points(margin)} that are accepted`
    : `no loss is accepted any more and ${sure} worse`;
}

function reasonsAgainst(comparison: Judged, mustImprove: boolean): readonly string[] {
  const { verdict, flags, strata, floor, qualityLowerBound, catastrophic, pairs, low, high, worstCase, excluded } = comparison;
  const threshold = mustImprove ? 0 : -Math.max(0, testedMargin(comparison));
  const harmed = strata.filter(({ isVeto }) => isVeto).map(({ name, high: best }) => `"${name}" (${signed(best)} at best)`);
  const reasons = [
    ...(high < threshold || (verdict === 'INCONCLUSIVE' && low <= threshold) ? [failing(comparison, mustImprove)] : []),
    ...(harmed.length > 0 ? [`it harms a part of the tasks: ${listed(harmed)}`] : []),
    ...(flags.includes('BELOW_FLOOR')
      ? [`its quality may be as low as ${points(qualityLowerBound)} where at least ${points(floor ?? 0)} was agreed`]
      : []),
    ...(flags.includes('CATASTROPHIC')
      ? [`it may fail altogether on up to ${percent(catastrophic.upper)} of the tasks (it did on ${catastrophic.count} of ${pairs})`]
      : []),
    ...(flags.includes('TOO_SLOW') ? ['its slowest answers may take longer than is allowed'] : []),
    ...(flags.includes('WORST_CASE_FLIPS')
      ? [
          `it would not pass had it failed on the ${counted(total(excluded), 'task')} that could not be compared (${signed(worstCase.delta)})`,
        ]
      : []),
    ...(flags.includes('JUDGE_LEANS') ? ['the judge favours it against what people say of answers of these two models'] : []),
  ];
  // The interval is clear of the threshold, but not by as much as two looks, or so few tasks, ask for.
  return reasons.length > 0 ? reasons : ['it is not sure enough for a class that may be looked at twice'];
}

/** What must be said beside any verdict. */
function asides(comparison: Judged): string[] {
  const { flags, latencyMs, pairs, judge, margin } = comparison;
  return [
    ...(judge !== undefined && judge.problems.length === 0 && margin > 0
      ? [`${judge.model} compared the answers; for its errors, ${points(testedMargin(comparison))} points stood for the ${points(margin)}.`]
      : []),
    ...(flags.includes('SUPERIOR') ? ['It is better than what it would replace.'] : []),
    ...(flags.includes('WORSE_WITHIN_TOLERANCE') ? ['It is worse than what it would replace, by less than is accepted.'] : []),
    ...(pairs > 0 && (latencyMs.baseline.n === 0 || latencyMs.candidate.n === 0) ? ['How long it takes was not measured.'] : []),
  ];
}

/** `+1.2`, `−3.1`, `0`. */
function signed(fraction: number): string {
  const figure = points(Math.abs(fraction));
  if (figure === '0') return figure;
  return `${fraction < 0 ? '−' : '+'}${figure}`;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
