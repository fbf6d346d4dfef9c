/**
 * A judge that compares two answers in both orders, and people who have labelled some pairs of it: how many candidates that are worse
 * by exactly the margin pass, at the margin as it is and at the margin that the review tests against.
 */

import { judgeErrors } from '../../routing/judging/calibration';
import { type Judgement, type PairVerdict, resolveJudgements } from '../../routing/judging/judgement';
import { tangoNonInferiority } from '../../routing/statistics/tango';
import { chance, type Random, times } from './draw';
import { type Figure, neverFigure, shareFigure } from './figure';

const MARGIN = 0.05;
const ALPHA = 0.025;
const LABELS = 100;

/** A judge: how often it sees which answer is better, and how often it takes the first one without looking. */
interface SimulatedJudge {
  readonly sees: number;
  readonly takesFirst: number;
}

const GOOD: SimulatedJudge = { sees: 0.9, takesFirst: 0.1 };

/** How often people prefer the candidate's answer and the baseline's; on the others they see no difference. */
interface World {
  readonly wins: number;
  readonly losses: number;
}

/** Worse by the margin: people prefer one answer on 10 % of the pairs, or on half of them. */
const WORLDS: readonly (readonly [name: string, world: World])[] = [
  ['people tie on 90 % of the pairs', { wins: 0.025, losses: 0.075 }],
  ['people tie on half of the pairs', { wins: 0.225, losses: 0.275 }],
];

export function pairwiseFigures(random: Random, runs: number): Figure[] {
  return [...WORLDS.flatMap(([name, world]) => falseApprovals(random, runs, name, world)), ...alwaysFirst(random, runs)];
}

function truthOf(random: Random, { wins, losses }: World): PairVerdict {
  const u = random();
  return u < wins ? 'candidate' : u < wins + losses ? 'baseline' : 'tie';
}

/** What one order of the judge says. */
function judgementOf(random: Random, truth: PairVerdict, first: PairVerdict, { sees, takesFirst }: SimulatedJudge): Judgement {
  const anything = () => (chance(random, 0.5) ? 1 : 0);
  if (chance(random, takesFirst)) return { end: 'scored', score: first === 'candidate' ? 1 : 0 };
  if (truth === 'tie') return { end: 'scored', score: chance(random, sees) ? 0.5 : anything() };
  const right = truth === 'candidate' ? 1 : 0;
  return { end: 'scored', score: chance(random, sees) ? right : 1 - right };
}

function judge(random: Random, truth: PairVerdict, by: SimulatedJudge): { readonly verdict: PairVerdict; readonly isFlipped: boolean } {
  const resolved = resolveJudgements({
    baselineFirst: judgementOf(random, truth, 'baseline', by),
    candidateFirst: judgementOf(random, truth, 'candidate', by),
  });
  if (resolved.kind !== 'judged') throw new Error('Both orders were judged.');
  return resolved;
}

/** One review: its labels first, then the pairs of its replay. */
function reviewed(random: Random, n: number, world: World) {
  const labels = times(LABELS, () => {
    const label = truthOf(random, world);
    return { label, judged: judge(random, label, GOOD).verdict };
  });
  const verdicts = times(n, () => judge(random, truthOf(random, world), GOOD).verdict);
  const pairs = { b: count(verdicts, 'candidate'), c: count(verdicts, 'baseline'), n };
  const passesAt = (factor: number) => factor > 0 && tangoNonInferiority(pairs, MARGIN * factor).p <= ALPHA;
  const { informedness } = judgeErrors(labels);
  return {
    raw: passesAt(1),
    atEstimate: passesAt(informedness?.value ?? 0),
    atLowerBound: passesAt(informedness?.low ?? 0),
  };
}

function count(verdicts: readonly PairVerdict[], verdict: PairVerdict): number {
  return verdicts.filter((each) => each === verdict).length;
}

function falseApprovals(random: Random, runs: number, name: string, world: World): Figure[] {
  return [500, 1500].flatMap((n) => {
    const few = Math.ceil(runs / (n / 50));
    const reviews = times(few, () => reviewed(random, n, world));
    const passed = (of: (review: ReturnType<typeof reviewed>) => boolean) => reviews.filter(of).length;
    const what = `judge in both orders, ${name}, worse by the margin, ${n} pairs: passed at`;
    return [
      shareFigure(
        { name: `${what} the margin by the lower bound from ${LABELS} labels`, aim: 0.03, bound: 'at most' },
        passed(({ atLowerBound }) => atLowerBound),
        few,
      ),
      shareFigure(
        { name: `${what} the margin by the estimate (why not)`, aim: 0.025, bound: 'at least' },
        passed(({ atEstimate }) => atEstimate),
        few,
      ),
      shareFigure(
        { name: `${what} the raw margin (why not)`, aim: 0.03, bound: 'at least' },
        passed(({ raw }) => raw),
        few,
      ),
    ];
  });
}

/** A judge that takes the first answer whatever it says: every pair is a tie that it flipped on. */
function alwaysFirst(random: Random, runs: number): Figure[] {
  const few = Math.ceil(runs / 10);
  const judged = times(few, () => judge(random, truthOf(random, WORLDS[1]![1]), { sees: 0.5, takesFirst: 1 }));
  return [
    shareFigure(
      { name: 'pairs on which a judge that always takes the first answer contradicts itself', aim: 1, bound: 'at least' },
      judged.filter(({ isFlipped }) => isFlipped).length,
      few,
    ),
    neverFigure('pairs that such a judge decides', judged.filter(({ verdict }) => verdict !== 'tie').length, few),
  ];
}
