/**
 * What the analysis of a class and the search for a change give: the screen, the options that were weighed, and the plan of the
 * proof. All of it stands in the report.
 */

import type { CheckKind } from '../cascade/check';
import type { CheckAccuracy } from '../cascade/economics';
import type { FilterRule } from '../decision/decision';
import type { NanoUsd } from '../units';
import type { RouteChange } from './change';
import type { Escalation, HeldBy } from './states';

/** How a class is served. */
export type Served = 'over-served' | 'under-served' | 'right-served';

/** A rate or mean as counted, and as shrunk towards its model family: the screen trusts the second. */
export interface ScreenedQuality {
  readonly model: string;
  /** Graded answers. */
  readonly n: number;
  /** Mean score in [0, 1]; null without any. */
  readonly raw: number | null;
  readonly shrunk: number;
  /** 95 % interval of the shrunk value. */
  readonly low: number;
  readonly high: number;
}

/** Why an alternative is not proposed. */
export type DropReason =
  | FilterRule
  | 'same-model'
  | 'too-slow'
  | 'too-small-saving'
  | 'too-dear'
  | 'deprecated'
  | 'worse-on-the-logs'
  | 'cooldown'
  | 'judge-family'
  | 'not-nearest'
  | 'second-try';

/** One model that could serve a class instead. */
export interface Option {
  readonly model: string;
  /** Expected cost of one task; 0, and no figure at all, where it is dropped for `unknown-price`. */
  readonly costPerTaskNanoUsd: NanoUsd;
  /** Where the cost comes from: the class's own calls, or its token counts at the model's list price. */
  readonly costFrom: 'measured' | 'estimated';
  readonly savingPerMonthNanoUsd: NanoUsd;
  /** Expected quality, shrunk; null where nothing is known of the model. */
  readonly quality: number | null;
  /** Probability that it is no worse than the tolerance allows, from earlier evidence; ranks, never decides. */
  readonly chance: number;
  /** Absent: it is proposed, or waits to be the second try. */
  readonly dropped?: { readonly reason: DropReason; readonly detail: string };
}

/** A point of the cost–quality plane: a single model, or a random mix of two on the hull. */
export interface HullPoint {
  /** Shares by model; they sum to 1. */
  readonly shares: Readonly<Record<string, number>>;
  readonly costPerTaskNanoUsd: NanoUsd;
  readonly quality: number;
}

/** The check that the policy offers, after the answers of one model. */
export interface OfferedCheck extends CheckAccuracy {
  readonly kind: CheckKind;
  /** From graded answers of the model on the class, or what the policy assumes. */
  readonly from: 'measured' | 'assumed';
  /** Of each check. */
  readonly costNanoUsd: NanoUsd;
}

/** A cheaper model with a check before the one that serves a class. */
export interface CascadeOption {
  /** The cheap one, then the present one. */
  readonly models: readonly [string, string];
  /** How often its check is taken to be right, on good and bad answers alike, where the policy offers none. */
  readonly assumedAccuracy: number;
  /** The check that the policy offers. Absent: the cascade is weighed with an assumed one, and not tried. */
  readonly check?: OfferedCheck;
  /** With the offered check, or the assumed one. */
  readonly costPerTaskNanoUsd: NanoUsd;
  readonly quality: number;
  /** What a random mix of the two reaches for the same money. */
  readonly mixQuality: number;
  readonly escalationRate: number;
  /** It would cost less than now, within the margin of quality, and beat the mix. */
  readonly pays: boolean;
  /** How right a check must be for that; null: none would be right enough. */
  readonly neededAccuracy: number | null;
  /** Where a check is offered. */
  readonly savingPerMonthNanoUsd?: NanoUsd;
  /** Why it is not tried, for people; absent where a check is offered: it is. */
  readonly dropped?: string;
}

/** What a review makes of one class before anything is replayed. */
export interface Finding {
  readonly name: string;
  readonly classes: readonly string[];
  readonly served: Served;
  /** Plain sentence: why it is called so. */
  readonly why: string;
  /** The model that the class is served by now, and how that is known. Absent: no model serves most of it. */
  readonly baseline?: { readonly model: string; readonly by: 'route' | 'majority' };
  readonly screened: readonly ScreenedQuality[];
  /** Every model of the catalogue, with the reason why it is not proposed. */
  readonly options: readonly Option[];
  /** The best single model, and the cheapest mix on the hull that is as good as the baseline; what is cleverer must beat them. */
  readonly plain: { readonly singleSwap?: HullPoint; readonly mix?: HullPoint };
  /** Cascades that were weighed, the best first. Absent: none could be. */
  readonly cascades?: readonly CascadeOption[];
  /** What a change must keep to: the agreement of the class (of a group: the strictest), and what earlier changes left of the tolerance. */
  readonly limits?: { readonly tolerance: number; readonly margin: number; readonly floor: number | null };
  /** Tasks of the class in 30 days at the window's rate, and what they cost. */
  readonly tasksPerMonth: number;
  readonly costPerMonthNanoUsd: NanoUsd;
  /** What would be tried, best first; at most two. Empty: nothing is proposed. */
  readonly candidates: readonly Candidate[];
  readonly heldBy?: { readonly by: HeldBy; readonly detail: string };
  readonly escalation?: { readonly rule: Escalation; readonly detail: string };
}

/** A change worth proving. */
export interface Candidate {
  readonly kind: 'swap' | 'upgrade' | 'cascade' | 'fallback' | 'scope';
  /** Catalogue id of the model that is proved, or the name of the cascade. */
  readonly model: string;
  readonly change: RouteChange;
  readonly savingPerMonthNanoUsd: NanoUsd;
  /** Of a cascade: expected, of one task with all its steps. */
  readonly costPerTaskNanoUsd?: NanoUsd;
  /** Its adjusted p-value must not be above this: the class left this very model a short time ago. */
  readonly maxP?: number;
}

/** Where a class stands with earlier changes, at the moment of the review. */
export interface Stability {
  /** Instants of earlier changes of the class's route, ascending, in milliseconds since the epoch. */
  readonly changedAt: readonly number[];
  /** Rejections, rollbacks and replays that proved nothing, by candidate model: when the last one was, and how many. */
  readonly setbacks: Readonly<Record<string, { readonly lastAt: number; readonly count: number }>>;
  /** Candidate minus baseline of each change accepted since the anchor. */
  readonly acceptedDeltas: readonly number[];
  /** Models that the class left within the last 60 days. */
  readonly leftRecently: readonly string[];
  /** A rollout that is under way. */
  readonly openRollout?: string;
}

/** A stratum of the frame. */
export interface SampleStratum {
  readonly name: string;
  /** Tasks of the frame in it, after removing duplicates. */
  readonly size: number;
  /** Of them drawn. */
  readonly drawn: number;
}

/** How one pass of a proof is drawn. The same seed and frame draw the same tasks. */
export interface SamplePlan {
  readonly pass: 1 | 2;
  readonly seed: string;
  /** Tasks of the class in the window that could be replayed, duplicates removed. */
  readonly frame: number;
  /** Share of the class's tasks that the frame covers, in [0, 1]. */
  readonly coverage: number;
  readonly duplicates: number;
  /** Tasks that cannot be replayed, by reason. */
  readonly excluded: Readonly<Record<string, number>>;
  readonly strata: readonly SampleStratum[];
  readonly pairs: number;
  /** Pairs that the power asks for, and the fewest that could decide at all. */
  readonly pairsWanted: number;
  readonly pairsNeeded: number;
  readonly expectedCostNanoUsd: NanoUsd;
}
