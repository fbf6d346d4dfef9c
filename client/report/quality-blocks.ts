/** How good the new model is on the same tasks, by every method, in every stratum, and where it was worst. */

import type { Comparison } from '../../routing/review/prove/evidence';
import type { ReportedClass, ReportedProof } from '../../routing/review/report/report';
import { percent, points } from '../../routing/review/report/words';
import { type Block, type Cell, right, table, text } from './blocks';
import { interval, METHOD_NAMES, pValue, signedPoints } from './figures';

/** The verdict, the strata that may veto it, and the tasks to look at. */
export function qualityBlocks(one: ReportedClass): readonly Block[] {
  const comparison = one.proposal?.comparisons.at(-1);
  if (comparison === undefined) return [];
  return [
    { kind: 'plot', plot: 'strata', of: one },
    ...table(`Verdict: ${comparison.verdict}.`, ['', ''], decided(one, comparison)),
    ...strata(comparison),
    ...worst(one.proposal?.proof),
  ];
}

/** How much the verdict can be trusted: every method, what the sample could have found, what was left out. */
export function comparedBlocks({ proposal }: ReportedClass): readonly Block[] {
  const comparison = proposal?.comparisons.at(-1);
  if (comparison === undefined) return [];
  return [
    ...table('The sample and the scoring.', ['', ''], trusted(comparison, proposal?.proof)),
    ...methods(comparison),
    ...earlierPasses(proposal?.comparisons.slice(0, -1) ?? []),
  ];
}

/** What was asked of the new model, in words for one cell. */
export function allowance({ finding }: ReportedClass, { candidate, margin }: Comparison): string {
  const isUpgrade = finding.candidates.some(({ model, kind }) => model === candidate && kind === 'upgrade');
  return isUpgrade || margin <= 0 ? 'must be better' : `may lose ${points(margin)}`;
}

function decided(one: ReportedClass, comparison: Comparison): readonly Cell[][] {
  const proof = one.proposal?.proof;
  const { meanQuality, tolerance, deciding, cells, wins, ties, losses, pairs, p, pClass, pass, pairsNeeded, flags } = comparison;
  return [
    ['old model, new model (of 100)', `${points(meanQuality.baseline)}, ${points(meanQuality.candidate)}`],
    ['difference, points [95 % interval]', `${interval(comparison)}, by ${METHOD_NAMES[deciding]}, the widest`],
    ['asked of the new model, points', `${allowance(one, comparison)}; the agreed tolerance is ${points(tolerance)}`],
    ['pairs', `${pairs}: both good ${cells.a}, only new ${cells.b}, only old ${cells.c}, neither ${cells.d}`],
    ['new model better, equal, worse', `${wins}, ${ties}, ${losses}`],
    ['pairs that would have decided', pairsNeeded],
    ['p of the pass; of the class over all passes', `${pValue(p)} (pass ${pass}); ${pValue(pClass)}`],
    ...(proof === undefined ? [] : [adjusted(proof)]),
    ...(flags.length === 0 ? [] : [['flags', flags.join(', ')]]),
  ];
}

function trusted(comparison: Comparison, proof: ReportedProof | undefined): readonly Cell[][] {
  const { power, detectableLoss, worstCase, catastrophic, floor, qualityLowerBound, sentinels, clusters, effectivePairs, excluded } =
    comparison;
  return [
    ['power for an equal model; smallest loss found', `${percent(power)}; ${points(detectableLoss)} points`],
    ['clusters; effective pairs', `${clusters}; ${Math.round(effectivePairs)}`],
    ['lower bound of its quality; floor', `${points(qualityLowerBound)}; ${floor === null ? 'none agreed' : points(floor)}`],
    ['from success to total failure', `${catastrophic.count}, at most ${percent(catastrophic.upper)} of the tasks`],
    ['pairs left out', excludedPairs(excluded)],
    ['were those all failures of the new model', `${signedPoints(worstCase.delta)} points: ${worstCase.verdict}`],
    ['sentinels (answers known to be bad) caught', `${sentinels.caught} of ${sentinels.pairs}`],
    ...(proof === undefined ? [] : [['scored by', gradersOf(proof, comparison.judge !== undefined)]]),
  ];
}

function adjusted({ adjustedP, adjustedLimit, correction, classesCompared }: ReportedProof): Cell[] {
  const by = correction === 'holm' ? 'Holm' : 'Benjamini–Hochberg';
  return ['adjusted p', `${pValue(adjustedP)}, at most ${adjustedLimit} (${by} over ${classesCompared})`];
}

function excludedPairs(excluded: Comparison['excluded']): string {
  const reasons = Object.entries(excluded).filter(([, count]) => count > 0);
  return reasons.length === 0 ? 'none' : reasons.map(([why, count]) => `${count} ${why}`).join(', ');
}

function gradersOf({ graders }: ReportedProof, isJudged: boolean): string {
  const kinds = Object.entries(graders).map(
    ([kind, tasks]) => `${kind === 'none' ? (isJudged ? 'judge' : 'recorded quality') : `grader ${kind}`} (${tasks})`,
  );
  return kinds.length === 0 ? 'nothing' : kinds.join(', ');
}

function methods({ methods: results, deciding }: Comparison): readonly Block[] {
  const rows = results.map((result) => [
    METHOD_NAMES[result.method],
    ...[signedPoints(result.delta), signedPoints(result.low), signedPoints(result.high), pValue(result.p)],
    result.method === deciding ? 'decides' : '',
  ]);
  return table(
    'Every method. The widest interval decides.',
    ['method', right('points'), right('low'), right('high'), right('p'), ''],
    rows,
  );
}

function strata({ strata: results }: Comparison): readonly Block[] {
  const rows = results.map(({ name, weight, pairs, delta, low, high, isVeto }) => [
    ...[name, percent(weight), pairs, signedPoints(delta), signedPoints(low), signedPoints(high)],
    isVeto ? 'VETO: harm that the average hides' : '',
  ]);
  const titles = ['stratum', right('share'), right('pairs'), right('points'), right('low'), right('high'), ''];
  return table('Strata, weighted back to their share of the class.', titles, rows);
}

function worst(proof: ReportedProof | undefined): readonly Block[] {
  const rows = (proof?.worst ?? []).map(({ taskId, baseline, candidate, baselineReplayId, candidateReplayId }) => [
    ...[taskId, baseline, candidate, baselineReplayId ?? null, candidateReplayId ?? null],
  ]);
  const titles = ['task', right('old score'), right('new score'), 'replay on the old model', 'replay on the new model'];
  const blocks = table('Where the new model was worst.', titles, rows);
  return blocks.length === 0 ? [] : [...blocks, text('Read two of them side by side with "signalbox task ID".')];
}

function earlierPasses(comparisons: readonly Comparison[]): readonly Block[] {
  const rows = comparisons.map((comparison) => [
    ...[comparison.pass, comparison.candidate, comparison.pairs, interval(comparison), pValue(comparison.p), comparison.verdict],
  ]);
  return table('Earlier passes.', [right('pass'), 'new model', right('pairs'), right('points'), right('p'), 'verdict'], rows);
}
