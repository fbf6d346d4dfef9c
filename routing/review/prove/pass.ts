/** One pass of a class's proof: what it is to prove, on which candidate, with how many pairs, and how its answers are judged. */

import type { ClassFigures } from '../figures/figures';
import type { Candidate, Finding, SamplePlan } from '../findings';
import { type PairCosts, testedLoss } from '../propose/hold';
import { scoreSdOf } from '../propose/screen';
import type { PassRequest } from '../sample/sample-plan';
import { sampleSize, withinLimits } from '../sample/sample-size';
import type { ReviewSettings } from '../settings';
import { comparePass } from './compare';
import type { Comparison, Pair } from './evidence';
import type { JudgeTerms } from './judge-evidence';
import { type NextPass, nextPass } from './next-pass';

/** Where the proof of one class stands. */
export interface ClassProof {
  /** The class or the group. */
  readonly name: string;
  readonly finding: Finding;
  /** One for each pass that was judged. */
  readonly comparisons: readonly Comparison[];
  /** One for each pass that was drawn. */
  readonly samples: readonly SamplePlan[];
}

/** What a pass is to prove, with how many pairs, on which models at which cost. */
export interface PassProof extends Pick<PassRequest, 'candidate' | 'loss' | 'size'> {
  readonly baseline: string;
  readonly costs: PairCosts;
}

/** A class whose limits nobody stored has none that can be kept to: nothing passes. */
const NO_LIMITS: NonNullable<Finding['limits']> = { tolerance: 0, margin: 0, floor: null };

/**
 * What a pass of a class would have to prove. Undefined: nothing calls for it.
 *
 * @param figures of the class in the window; undefined where they are not known
 */
export function passProof(
  { finding, comparisons, samples }: ClassProof,
  pass: 1 | 2,
  figures: ClassFigures | undefined,
  settings: ReviewSettings,
): PassProof | undefined {
  const { baseline, candidates, options, limits } = finding;
  const last = comparisons.at(-1);
  const candidate = pass === 1 ? candidates[0] : secondCandidate(finding, last, settings);
  if (baseline === undefined || candidate === undefined || limits === undefined) return undefined;
  const loss = testedLoss(candidate, limits);
  const planned = sampleSize(loss, settings, figures && scoreSdOf(baseline.model, figures));
  // What the first pass showed of this very candidate is a better guide than what was assumed before it.
  const isExtended = last !== undefined && last.candidate === candidate.model;
  const wanted = isExtended ? withinLimits(Math.max(last.pairsNeeded, samples.at(-1)?.pairs ?? 0), settings.replay) : planned.wanted;
  const costOn = (model: string) => options.find((option) => option.model === model)?.costPerTaskNanoUsd ?? 0;
  return {
    baseline: baseline.model,
    candidate,
    loss,
    size: { wanted, needed: planned.needed },
    costs: { baseline: costOn(baseline.model), candidate: candidate.costPerTaskNanoUsd ?? costOn(candidate.model) },
  };
}

/** What follows from the last pass of a class. */
export function passAfter({ candidates }: Pick<Finding, 'candidates'>, last: Comparison, { replay, proof }: ReviewSettings): NextPass {
  const hasSecondCandidate = candidates.some(({ model }) => model !== last.candidate);
  return nextPass(last, { maxPasses: replay.maxPasses, alpha: proof.alpha, hasSecondCandidate });
}

function secondCandidate(finding: Finding, last: Comparison | undefined, settings: ReviewSettings): Candidate | undefined {
  const next = last && passAfter(finding, last, settings);
  if (next === 'extend') return finding.candidates.find(({ model }) => model === last?.candidate);
  return next === 'adjust' ? finding.candidates.find(({ model }) => model !== last?.candidate) : undefined;
}

/** The answers of a pass, and which models gave them. */
export interface AnsweredPass {
  readonly pass: 1 | 2;
  readonly baseline: string;
  readonly candidate: string;
  readonly pairs: readonly Pair[];
  /** Of the review. */
  readonly seed: string;
  /** Whose verdicts count where no grader gave scores; absent: nobody's. */
  readonly judge?: JudgeTerms;
}

/** Judges a pass of a class against what was agreed for it. */
export function judgePass(
  { name, finding, comparisons, samples }: ClassProof,
  { seed, ...answered }: AnsweredPass,
  { proof, replay }: ReviewSettings,
): Comparison {
  const chosen = finding.candidates.find(({ model }) => model === answered.candidate);
  return comparePass({
    ...answered,
    kind: chosen?.kind ?? 'swap',
    strata: samples.find(({ pass }) => pass === answered.pass)?.strata ?? [],
    earlier: comparisons,
    ...(finding.limits ?? NO_LIMITS),
    proof,
    ...(chosen?.maxP === undefined ? {} : { maxP: chosen.maxP }),
    planned: replay,
    seed: `${seed}/${name}`,
  });
}

/** Tasks of each cell of the frame that must be at hand: no stratum of a sample may need more. */
export function tasksPerCell({ maxPairs, sentinelShare }: ReviewSettings['replay']): number {
  return Math.ceil(maxPairs * (1 + sentinelShare));
}
