/** Why a change that looks worthwhile is not tried now: asked before any money is spent on its proof. */

import { formatUsd, type NanoUsd } from '../../units';
import type { Candidate, Finding } from '../findings';
import { percent } from '../report/words';
import { leastPairs, sampleSize } from '../sample/sample-size';
import type { ReplaySettings } from '../settings';
import type { ClassAtHand } from './class-at-hand';
import type { ClassLimits } from './class-limits';
import { replayWorthwhile } from './replay-cost';
import { scoreSdOf } from './screen';
import { day, dwellUntil, frozenUntil } from './stability';
import { remainingMargin } from './tolerance-budget';

/** What holds a class, and why. */
export type Hold = NonNullable<Finding['heldBy']>;

/** A tolerance that two losses use up exactly must not be left with the last digit of their sum. */
const MARGIN_PRECISION = 1e-9;

/** What earlier changes have left of a tolerance; 0 or less when nothing more may be lost. */
export function marginLeft({ tolerance }: ClassLimits, acceptedDeltas: readonly number[]): number {
  return tolerance > 0 ? Math.round(remainingMargin(tolerance, acceptedDeltas) / MARGIN_PRECISION) * MARGIN_PRECISION : 0;
}

/**
 * How far an equal candidate is from what it must exceed: what is left of the tolerance. Where it must be better, it is the
 * improvement that is looked for, as large as the whole tolerance.
 */
export function testedLoss({ kind }: Pick<Candidate, 'kind'>, { tolerance, margin }: NonNullable<Finding['limits']>): number {
  return kind === 'upgrade' ? tolerance : margin;
}

/** The first reason to leave a class as it is for now, whatever could be tried on it. */
export function holdOfClass({ stability, settings, now }: ClassAtHand): Hold | undefined {
  const { openRollout } = stability;
  if (openRollout !== undefined) return { by: 'rollout', detail: `Rollout ${openRollout} of an earlier change is under way.` };
  const rested = dwellUntil(stability, settings.stability);
  if (rested !== undefined && now < rested) {
    return { by: 'dwell', detail: `Its route was changed a short time ago; it is left alone until ${day(rested)}.` };
  }
  const thawed = frozenUntil(stability, now);
  if (thawed !== undefined) {
    return { by: 'damping', detail: `Its route changed ${stability.changedAt.length} times; it is frozen until ${day(thawed)}.` };
  }
  return undefined;
}

/**
 * The first reason not to replay a candidate: nothing of the tolerance is left, the class has too few tasks to prove anything, or
 * the least proof is not worth its money.
 *
 * @param costs what a task costs on the baseline and on the candidate; undefined: unknown
 */
export function holdOfProof(
  at: ClassAtHand,
  limits: ClassLimits,
  candidate: Candidate,
  baseline: string,
  costs: PairCosts | undefined,
): Hold | undefined {
  const margin = testedLoss(candidate, { ...limits, margin: marginLeft(limits, at.stability.acceptedDeltas) });
  if (!(margin > 0)) {
    return {
      by: 'budget',
      detail: `Earlier changes have used up the tolerance of ${percent(limits.tolerance)}. A person can agree on a new level.`,
    };
  }
  const { settings, figures } = at;
  const size = sampleSize(margin, settings, scoreSdOf(baseline, figures));
  const ended = figures.models.reduce((sum, { completed, failed }) => sum + completed + failed, 0);
  if (ended < size.needed) {
    const detail = `${ended} tasks ended in the window; with ${percent(margin)} of tolerance left, ${size.needed} are the fewest that could prove anything.`;
    return { by: 'evidence', detail };
  }
  if (costs === undefined) return { by: 'spend', detail: 'What its replays would cost is unknown.' };
  const least = leastPairs(size, ended, settings.replay.minPairs);
  return holdOfSpend(candidate, least, { costs, spentNanoUsd: 0, leftNanoUsd: at.replayLeftNanoUsd, replay: settings.replay });
}

/** What a task costs on each of two models, and the comparison of their answers; absent: no judge makes one. */
export interface PairCosts {
  readonly baseline: NanoUsd;
  readonly candidate: NanoUsd;
  readonly judge?: NanoUsd;
}

/** Money that replays would take, and what there is for them. */
export interface ReplaySpend {
  readonly costs: PairCosts;
  /** Cost of replays that the same saving has paid for already. */
  readonly spentNanoUsd: NanoUsd;
  /** What the review may still spend. */
  readonly leftNanoUsd: NanoUsd;
  readonly replay: Pick<ReplaySettings, 'maxShareOfSaving' | 'sentinelShare'>;
}

/** Expected cost of a number of pairs; a sentinel beside them is answered by the baseline alone, and judged as they are. */
function costOfPairs(pairs: number, { costs, replay }: ReplaySpend): NanoUsd {
  return Math.ceil(pairs * ((costs.baseline + (costs.judge ?? 0)) * (1 + replay.sentinelShare) + costs.candidate));
}

/**
 * Whether even the fewest pairs are held for their price: beyond what the review may still spend, or beyond their share of the saving.
 * A change that is made for quality saves nothing and has the cap alone.
 */
export function holdOfSpend({ kind, model, savingPerMonthNanoUsd }: Candidate, leastPairs: number, spend: ReplaySpend): Hold | undefined {
  const { spentNanoUsd, leftNanoUsd, replay } = spend;
  const cost = costOfPairs(leastPairs, spend);
  const replays = `Even ${leastPairs} pairs against ${model} would cost about ${formatUsd(cost)}`;
  if (cost > leftNanoUsd) {
    return { by: 'spend', detail: `${replays}; the review may still spend ${formatUsd(Math.max(0, leftNanoUsd))}.` };
  }
  if (kind !== 'upgrade' && !replayWorthwhile(savingPerMonthNanoUsd, spentNanoUsd + cost, replay.maxShareOfSaving)) {
    const before = spentNanoUsd === 0 ? '' : ` after ${formatUsd(spentNanoUsd)} of earlier ones`;
    return {
      by: 'spend',
      detail: `${replays}${before}; all of them may cost ${percent(replay.maxShareOfSaving)} of the ${formatUsd(savingPerMonthNanoUsd)} that it would save in a month.`,
    };
  }
  return undefined;
}

/** Pairs that the money is enough for, by the same two limits. A smaller sample finds less, and errs no more often. */
export function affordablePairs({ kind, savingPerMonthNanoUsd }: Candidate, spend: ReplaySpend): number {
  const { spentNanoUsd, leftNanoUsd, replay } = spend;
  const ofSaving = kind === 'upgrade' ? Number.POSITIVE_INFINITY : replay.maxShareOfSaving * savingPerMonthNanoUsd - spentNanoUsd;
  const perPair = costOfPairs(1, spend);
  return perPair === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(Math.min(leftNanoUsd, ofSaving) / perPair));
}
