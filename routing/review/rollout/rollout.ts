/**
 * What follows from one look at a rollout. Pure: the same figures at the same instant give the same move.
 *
 * The replay proved quality; this is the safety test in real traffic. It may be asked at any time and any number of times: every
 * bound it stops on holds at all looks at once. Whatever is missing, it waits, and never promotes.
 */

import { errorRateEValue } from '../../statistics/bernoulli-sequence';
import { DAY_MS } from '../settings';
import type { PauseReason, RolloutState } from '../states';
import { type ArmFigures, armDifference, type CallCounts, coverageGap, leastCostRatio, sampleRatioOf } from './arms';
import type { RolloutPlan } from './rollout-plan';

/** Where the rollout stands. */
export interface RolloutStanding {
  readonly state: Extract<RolloutState, 'APPROVED' | 'CANARY' | 'PAUSED' | 'HOLD' | 'SOAKING'>;
  readonly step: number;
  /** Looks in a row, before this one, that said nothing. */
  readonly silentLooks: number;
  /** The most that the candidate may cost and take as a multiple of the control; null: no such limit was approved. */
  readonly maxCostRatio: number | null;
  readonly maxLatencyRatio: number | null;
}

/** Instants of the database's clock, in milliseconds since the epoch. */
export interface RolloutClock {
  readonly nowMs: number;
  readonly stepAtMs: number;
  /** From which the deadline counts: the start, or the last time that a person resumed it. */
  readonly startedAtMs: number;
  /** Since when dispatch has followed the rollout without a break. */
  readonly leasedFromMs: number;
}

/** `why` is a plain sentence for people. A look is silent when it should have said something and could not. */
export type RolloutMove =
  | { readonly kind: 'continue'; readonly why: string; readonly isSilent: boolean }
  | { readonly kind: 'advance'; readonly why: string; readonly step: number; readonly weight: number; readonly control: number }
  | { readonly kind: 'soak'; readonly why: string; readonly weight: number; readonly control: number }
  | { readonly kind: 'promote'; readonly why: string }
  | { readonly kind: 'pause'; readonly why: string; readonly reason: PauseReason }
  | { readonly kind: 'hold'; readonly why: string }
  | { readonly kind: 'roll-back'; readonly why: string }
  | { readonly kind: 'abort'; readonly why: string };

/** Shares of labelled tasks in the arms may differ by so much. */
const COVERAGE_LIMIT = 0.05;

/** No task in a time in which so many were expected is no chance: e⁻²⁰. Nor is it a weekend, see `isWithoutData`. */
const EXPECTED_TASKS = 20;
const DWELLS_WITHOUT_DATA = 3;

/** Confidence at which cost or latency is called outside of its limit; asked at the end of each step, five times at most. */
const GUARDRAIL_CONFIDENCE = 0.99;

/**
 * The next move.
 *
 * - A breach of privacy or residency aborts, in every state.
 * - Harm rolls back, in every state with a weight: quality that is worse for certain and by the tolerance at least, or more failing
 *   calls than the limit. The two monitors share alpha.
 * - What would make the comparison void pauses: an outage of the provider, a wrong sample ratio, labels that are missing on one
 *   side, no data. Only a person resumes.
 * - A step that has its tasks and its time is followed by the next; the last by the soak, and the soak by promotion, each only when
 *   a loss of `marginFactor` tolerances is excluded. Cost or latency beyond what was approved, and the deadline, hold it for a person.
 */
export function nextRolloutMove(plan: RolloutPlan, standing: RolloutStanding, arms: ArmFigures, clock: RolloutClock): RolloutMove {
  if (arms.breaches > 0) {
    return {
      kind: 'abort',
      why: `${arms.breaches} calls of moved tasks went, or were about to go, where their privacy tier or residency forbids.`,
    };
  }
  if (standing.state === 'APPROVED') return advanceTo(plan, 0, 'It was approved.');
  const isWaiting = standing.state === 'PAUSED' || standing.state === 'HOLD';
  const danger = dangerIn(plan, standing, arms, clock);
  if (danger !== undefined && !(isWaiting && danger.kind === 'pause')) return danger;
  if (isWaiting) return { kind: 'continue', why: 'It waits for a person.', isSilent: false };
  const move = standing.state === 'CANARY' ? afterStep(plan, standing, arms, clock) : afterSoak(plan, standing, arms, clock);
  const isLate = clock.nowMs - clock.startedAtMs >= plan.canary.deadlineMs;
  if (move.kind === 'continue' && isLate) return { kind: 'hold', why: `Its time is over. ${move.why}` };
  if (move.kind === 'continue' && move.isSilent && standing.silentLooks + 1 >= plan.canary.inconclusiveLimit) {
    return { kind: 'pause', reason: 'InconclusiveAnalysis', why: `${standing.silentLooks + 1} looks in a row said nothing. ${move.why}` };
  }
  return move;
}

/** What a rollout must not go on with; the gravest first, and first what would make a judgement of the model unfair. */
function dangerIn(plan: RolloutPlan, standing: RolloutStanding, arms: ArmFigures, clock: RolloutClock): RolloutMove | undefined {
  const { canary } = plan;
  const { calls, ownFailures, outages } = arms.calls.canary;
  const failures = ownFailures + outages;
  const limit = failureLimit(arms.calls.control, canary.errorRateLimit);
  const isFailing = failures > 0 && errorRateEValue(failures, calls, limit) >= 2 / canary.alpha;
  const isOutage = outages > failures / 2;
  if (isOutage && (isFailing || arms.isCandidateCoolingDown)) {
    return {
      kind: 'pause',
      reason: 'ProviderOutage',
      why: `${outages} of ${calls} calls of ${plan.candidate} found its provider out of order.`,
    };
  }
  if (isFailing) {
    return { kind: 'roll-back', why: `${failures} of ${calls} calls of ${plan.candidate} failed; ${percent(limit)} is the limit.` };
  }
  if (sampleRatioOf(arms, canary.holdback) < canary.sampleRatioAlarm) {
    const { even, soak } = arms;
    const counts = `${even.canary.units + soak.canary.units} to ${even.control.units + soak.control.units}`;
    return {
      kind: 'pause',
      reason: 'SampleRatio',
      why: `Users and conversations do not arrive in the shares they are split by: ${counts}.`,
    };
  }
  for (const period of [arms.even, arms.soak]) {
    const gap = coverageGap(period, COVERAGE_LIMIT, canary.sampleRatioAlarm);
    if (gap !== undefined) {
      const why = `The shares of tasks with a label differ by ${percent(Math.abs(gap))} between the arms, so they cannot be compared.`;
      return { kind: 'pause', reason: 'InconclusiveAnalysis', why };
    }
  }
  const harm = differenceOf(plan, arms, canary.alpha / 2);
  if (harm !== undefined && harm.upper < 0 && harm.delta <= -plan.tolerance) {
    return { kind: 'roll-back', why: `${plan.candidate} does worse by ${percent(-harm.delta)}, by ${percent(-harm.upper)} at least.` };
  }
  return isWithoutData(plan, standing, arms, clock)
    ? { kind: 'pause', reason: 'NoData', why: 'For too long no task has entered an arm.' }
    : undefined;
}

/** A model may fail as often as agreed, or as often as the old one does in the same traffic, two standard errors allowed. */
function failureLimit({ calls, ownFailures, outages }: CallCounts, agreed: number): number {
  if (calls === 0) return agreed;
  const rate = (ownFailures + outages) / calls;
  return Math.min(0.99, Math.max(agreed, rate + 2 * Math.sqrt((rate * (1 - rate)) / calls)));
}

/** The comparison, once both arms have the tasks of a first look: the bounds suppose that many. */
function differenceOf({ canary }: RolloutPlan, { even, soak }: ArmFigures, alpha: number) {
  const least = Math.max(1, canary.minPerArm[0] ?? 1);
  const isEnough = Math.min(even.canary.labelled + soak.canary.labelled, even.control.labelled + soak.control.labelled) >= least;
  return isEnough ? armDifference([even, soak], alpha, canary.nStar) : undefined;
}

/** Three dwell times cover a weekend, and a class with few tasks is given the time in which twenty were expected. */
function isWithoutData({ canary, tasksPerDay }: RolloutPlan, { step }: RolloutStanding, arms: ArmFigures, clock: RolloutClock): boolean {
  const since = Math.max(arms.lastEntryMs ?? 0, clock.stepAtMs, clock.leasedFromMs);
  const perMs = (tasksPerDay * 2 * (canary.steps[step] ?? 1)) / DAY_MS;
  const patienceMs = Math.max(DWELLS_WITHOUT_DATA * (canary.dwellMs[step] ?? 0), perMs > 0 ? EXPECTED_TASKS / perMs : 0);
  return clock.nowMs - since > patienceMs;
}

function afterStep(plan: RolloutPlan, standing: RolloutStanding, arms: ArmFigures, clock: RolloutClock): RolloutMove {
  const { canary } = plan;
  const { step } = standing;
  const least = canary.minPerArm[step] ?? Infinity;
  const few = Math.min(arms.step.canary.labelled, arms.step.control.labelled);
  if (few < least) {
    const isSilent = few === 0 && Math.min(arms.step.canary.closed, arms.step.control.closed) >= Math.max(1, least);
    return { kind: 'continue', why: `The smaller arm has ${few} labelled tasks of the ${least} that step ${step + 1} needs.`, isSilent };
  }
  if (clock.nowMs - clock.stepAtMs < (canary.dwellMs[step] ?? Infinity)) {
    return { kind: 'continue', why: `Step ${step + 1} has its tasks and waits for its time.`, isSilent: false };
  }
  const outside = outsideGuardrails(standing, arms);
  if (outside !== undefined) return { kind: 'hold', why: outside };
  if (step + 1 < canary.steps.length) return advanceTo(plan, step + 1, `Step ${step + 1} has its tasks and its time.`);
  const doubt = doubtIn(plan, arms);
  if (doubt !== undefined) return { kind: 'continue', why: doubt, isSilent: false };
  return { kind: 'soak', why: 'All steps have their tasks and their time.', weight: 1 - canary.holdback, control: canary.holdback };
}

function afterSoak(plan: RolloutPlan, standing: RolloutStanding, arms: ArmFigures, clock: RolloutClock): RolloutMove {
  if (clock.nowMs - clock.stepAtMs < plan.canary.soakMs) return { kind: 'continue', why: 'It soaks.', isSilent: false };
  const outside = outsideGuardrails(standing, arms);
  if (outside !== undefined) return { kind: 'hold', why: outside };
  const doubt = doubtIn(plan, arms);
  if (doubt !== undefined) return { kind: 'continue', why: doubt, isSilent: false };
  return {
    kind: 'promote',
    why: `In the canary and the soak a loss of ${percent(plan.canary.marginFactor * plan.tolerance)} is excluded.`,
  };
}

/** Why it may not be promoted: too large a loss is not excluded. Undefined when it is. */
function doubtIn(plan: RolloutPlan, arms: ArmFigures): string | undefined {
  const margin = plan.canary.marginFactor * plan.tolerance;
  const difference = differenceOf(plan, arms, plan.canary.alpha);
  if (difference === undefined) return 'The arms have too few labelled tasks, or too few users, to be compared.';
  return difference.lower > -margin
    ? undefined
    : `A loss of ${percent(margin)} is not excluded yet; the bound is at ${percent(-difference.lower)}.`;
}

/** What shows for certain that cost or latency is not what was approved. A trade-off, so a person decides. */
function outsideGuardrails({ maxCostRatio, maxLatencyRatio }: RolloutStanding, { cost, latency }: ArmFigures): string | undefined {
  const costRatio = leastCostRatio(cost, GUARDRAIL_CONFIDENCE);
  if (maxCostRatio !== null && costRatio !== undefined && costRatio > maxCostRatio) {
    return `A task costs at least ${costRatio.toFixed(2)} times what it does on the old route; ${maxCostRatio.toFixed(2)} was approved.`;
  }
  const { canaryP95LowMs, controlP95HighMs } = latency;
  if (
    maxLatencyRatio !== null &&
    canaryP95LowMs !== null &&
    controlP95HighMs !== null &&
    canaryP95LowMs > maxLatencyRatio * controlP95HighMs
  ) {
    return `The slowest twentieth takes at least ${Math.round(canaryP95LowMs)} ms, on the old route at most ${Math.round(controlP95HighMs)} ms.`;
  }
  return undefined;
}

function advanceTo({ canary }: RolloutPlan, step: number, why: string): RolloutMove {
  const weight = canary.steps[step];
  if (weight === undefined) return { kind: 'hold', why: `The plan has no step ${step + 1}.` };
  return { kind: 'advance', why, step, weight, control: weight };
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
