/** Slots as they are configured: which accounts there are, what each may be used for, and what tasks are worth. */

import type { NanoUsd } from '../units';
import type { ValueFormula } from './expected-value';

/** `act`: a call of a model that an account has needs a slot. `observe`: who would get which is recorded, and nothing waits. */
export const SLOT_MODES = ['act', 'observe', 'off'] as const;
export type SlotMode = (typeof SLOT_MODES)[number];

/**
 * Over what time a quota counts. A minute and five hours begin with the first call after the ones before are over; a day and a
 * week (from Monday) begin at midnight in the account's time zone, whatever length the day has.
 */
export const QUOTA_PERIODS = ['minute', 'five_hours', 'day', 'week'] as const;
export type QuotaPeriod = (typeof QUOTA_PERIODS)[number];

/** What an account may use in one period. Without any limit, only what is reported in counts. */
export interface QuotaWindow {
  readonly per: QuotaPeriod;
  readonly requests?: number;
  readonly tokens?: number;
  readonly spendNanoUsd?: NanoUsd;
  /** Share of the limits that we use, in (0, 1]: the rest is for calls in flight and for whoever else uses the account. */
  readonly safetyRate: number;
}

/** A seat, a subscription, an API key. */
export interface SlotAccount {
  readonly id: string;
  /** Catalogue ids. */
  readonly models: readonly string[];
  /** Tasks that it runs at a time, all of its models together, an integer ≥ 1. */
  readonly concurrency: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Each period at most once. */
  readonly windows: readonly QuotaWindow[];
}

/** Days for which stated values are kept to learn from. */
export const STATED_VALUES_DAYS = 90;

/** Learning what tasks are worth from the values that submitters stated. */
export interface LearnedValueSettings {
  /** Tasks that a cell needs before it has a value; below, the next coarser one is asked. An integer of at least 2. */
  readonly leastTasks: number;
  /** How far back, 1 to `STATED_VALUES_DAYS` days. */
  readonly days: number;
  /** A formula was declared: it goes first where it says anything of a task. */
  readonly isAfterFormula: boolean;
}

export interface SlotSettings {
  readonly mode: SlotMode;
  /** Wait that weighs as much as all value and priority there is, in milliseconds. */
  readonly patienceMs: number;
  /** How long a slot stays with a holder who is not heard of, in milliseconds. */
  readonly leaseMs: number;
  readonly formula: ValueFormula;
  /** Absent: nothing is learned, the formula alone says what a task is worth. */
  readonly learned?: LearnedValueSettings;
  /** Priorities of groups, 0 to 100, by `team:NAME`, `project:NAME` or `layer:NAME`. */
  readonly groupPriorities: Readonly<Record<string, number>>;
  /** In the order of the file. */
  readonly accounts: readonly SlotAccount[];
}
