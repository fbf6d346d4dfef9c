/**
 * What a judge is worth, by what people said of the same pairs. A judge that agrees with people no better than its settings ask for
 * proves nothing, and of one that does, its errors are known and are corrected for.
 */

import { type AgreementMatrix, cohenKappa, gwetAc1 } from '../statistics/agreement';
import { quantileType7 } from '../statistics/quantiles';
import { seededRandom } from '../statistics/random';
import { wilson } from '../statistics/rates';
import { tangoCi } from '../statistics/tango';
import type { PairVerdict } from './judgement';

/** One pair that the judge judged and a person labelled. */
export interface LabelledPair {
  /** Names the pair; those of several people have the same. */
  readonly pair: string;
  readonly person: string;
  readonly label: PairVerdict;
  /** What both orders of the judge came to. */
  readonly judged: PairVerdict;
}

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A judge against people. Counts are of pairs. */
export interface Calibration {
  readonly pairs: number;
  /** Who labelled, ascending. */
  readonly people: readonly string[];
  /** Pairs that more than one person labelled; of them, those on which not all said the same, and those on which two said the opposite. */
  readonly sharedPairs: number;
  readonly disputedPairs: number;
  readonly opposedPairs: number;
  /** Rows: what people say; columns: what the judge says; in the order baseline, tie, candidate. */
  readonly matrix: AgreementMatrix;
  /** Share of pairs on which both say the same. */
  readonly agreement: number;
  /** Quadratic-weighted kappa, and AC1; null where all pairs are of one verdict. */
  readonly kappa: Estimate | null;
  readonly ac1: Estimate | null;
  /** Of the pairs on which people prefer one answer: the share on which the judge prefers the same, and on which it does not prefer the other. */
  readonly sensitivity: Estimate | null;
  readonly specificity: Estimate | null;
  /** Sensitivity + specificity − 1: the factor by which the judge shrinks a true difference. Null without such a pair. */
  readonly informedness: Estimate | null;
}

const ORDER: readonly PairVerdict[] = ['baseline', 'tie', 'candidate'];
const CONFIDENCE = 0.95;
const RESAMPLES = 2000;

/**
 * Compares a judge with people, pair by pair. Of several people's labels of a pair, the median in the order baseline, tie, candidate
 * counts; where two stand in the middle that differ, nobody can say, and the pair is a tie.
 *
 * @param seed fixes the resamples of the intervals of kappa and AC1
 */
export function calibrateJudge(labels: readonly LabelledPair[], seed: string): Calibration {
  const groups = groupsOf(labels);
  const combined = combineLabels(labels);
  const cells = combined.map(({ label, judged }) => [ORDER.indexOf(label), ORDER.indexOf(judged)] as const);
  const shared = groups.filter((group) => new Set(group.map(({ person }) => person)).size > 1);
  const saidBy = (group: readonly LabelledPair[]) => new Set(group.map(({ label }) => label));
  const matrix = matrixOf(cells);
  return {
    pairs: groups.length,
    people: [...new Set(labels.map(({ person }) => person))].sort(),
    sharedPairs: shared.length,
    disputedPairs: shared.filter((group) => saidBy(group).size > 1).length,
    opposedPairs: shared.filter((group) => saidBy(group).has('baseline') && saidBy(group).has('candidate')).length,
    matrix,
    agreement: groups.length === 0 ? 0 : cells.filter(([people, judge]) => people === judge).length / groups.length,
    ...agreementOf(cells, matrix, seed),
    ...judgeErrors(combined),
  };
}

/** Every pair once, with what people say of it together, in the order of their names. */
export function combineLabels(labels: readonly LabelledPair[]): readonly Pick<LabelledPair, 'label' | 'judged'>[] {
  return groupsOf(labels).map((group) => ({ label: medianOf(group), judged: group[0]!.judged }));
}

function groupsOf(labels: readonly LabelledPair[]): readonly (readonly LabelledPair[])[] {
  const byPair = new Map<string, LabelledPair[]>();
  for (const label of labels) byPair.set(label.pair, [...(byPair.get(label.pair) ?? []), label]);
  return [...byPair.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
}

/** What people say of a pair together. */
export function medianOf(group: readonly Pick<LabelledPair, 'label'>[]): PairVerdict {
  const places = group.map(({ label }) => ORDER.indexOf(label)).sort((a, b) => a - b);
  const [low = 1, high = 1] = [places[Math.floor((places.length - 1) / 2)], places[Math.ceil((places.length - 1) / 2)]];
  return low === high ? ORDER[low]! : 'tie';
}

type Cell = readonly [people: number, judge: number];

function matrixOf(cells: readonly Cell[]): number[][] {
  const matrix = ORDER.map(() => ORDER.map(() => 0));
  for (const [people, judge] of cells) matrix[people]![judge]! += 1;
  return matrix;
}

/** Kappa and AC1 with percentile intervals over resampled pairs. */
function agreementOf(cells: readonly Cell[], matrix: AgreementMatrix, seed: string): Pick<Calibration, 'kappa' | 'ac1'> {
  if (cells.length === 0) return { kappa: null, ac1: null };
  const random = seededRandom(seed);
  const kappas: number[] = [];
  const ac1s: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    const drawn = matrixOf(cells.map(() => cells[Math.floor(random() * cells.length)]!));
    const kappa = kappaOf(drawn);
    if (kappa !== null) kappas.push(kappa);
    ac1s.push(gwetAc1(drawn));
  }
  const value = kappaOf(matrix);
  return { kappa: value === null ? null : estimate(value, kappas), ac1: estimate(gwetAc1(matrix), ac1s) };
}

/** Null where people and judge know one verdict only, and the same: agreement by chance cannot be told from any other. */
function kappaOf(matrix: AgreementMatrix): number | null {
  const isUsed = (at: number) => matrix[at]!.some((count) => count > 0) || matrix.some((row) => row[at]! > 0);
  return ORDER.filter((_, at) => isUsed(at)).length < 2 ? null : cohenKappa(matrix, 'quadratic');
}

function estimate(value: number, resampled: readonly number[]): Estimate {
  const ascending = resampled.toSorted((a, b) => a - b);
  const tail = (1 - CONFIDENCE) / 2;
  return { value, low: quantileType7(ascending, tail) ?? value, high: quantileType7(ascending, 1 - tail) ?? value };
}

/**
 * The errors of the judge where people prefer one answer. Blind and in both orders, it cannot know which is the candidate's, so both
 * sides count as one. Each pair is right, wrong or undecided, which is a difference of two rates: Tango's interval is that of
 * informedness.
 *
 * @param pairs each once
 */
export function judgeErrors(
  pairs: readonly Pick<LabelledPair, 'label' | 'judged'>[],
): Pick<Calibration, 'sensitivity' | 'specificity' | 'informedness'> {
  const decided = pairs.filter(({ label }) => label !== 'tie');
  const n = decided.length;
  if (n === 0) return { sensitivity: null, specificity: null, informedness: null };
  const right = decided.filter(({ label, judged }) => label === judged).length;
  const wrong = decided.filter(({ label, judged }) => judged !== 'tie' && label !== judged).length;
  const rate = (count: number): Estimate => {
    const [low, high] = wilson(count, n, CONFIDENCE);
    return { value: count / n, low, high };
  };
  const [low, high] = tangoCi({ b: right, c: wrong, n }, CONFIDENCE);
  return { sensitivity: rate(right), specificity: rate(n - wrong), informedness: { value: (right - wrong) / n, low, high } };
}
