/** What an audit looks for: a sentence that must be true of the tables, and the rows that make it false. */

import type postgres from 'postgres';

/** A part of a statement, to be put into another. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** A provider's own record of a call, where there is one to compare with. */
export interface Bill {
  /** Sent with the call, see `ModelCall.attemptId`. */
  readonly attemptId: string;
  readonly costNanoUsd: number;
}

export interface AuditScope {
  readonly bills: readonly Bill[];
}

export interface Invariant {
  /** Stable; reports and people refer to it. The gaps belong to tables that are still to come. */
  readonly number: number;
  /** A sentence that is true while it holds. */
  readonly name: string;
  /**
   * A query with the columns `subject` (which row) and `detail` (what is wrong with it; null: nothing). Both name ids, states and
   * amounts, never content.
   */
  violations(sql: postgres.TransactionSql, scope: AuditScope): Fragment;
}

export interface Violation {
  /** Which row: `task 0199…`, `balance 7 of budget global:day`. */
  readonly subject: string;
  /** What is wrong with it. */
  readonly detail: string;
}

/** What an audit found of one invariant. */
export interface InvariantCheck {
  readonly invariant: number;
  readonly name: string;
  /** The first of them, in the order of their subjects. Empty: it holds. */
  readonly violations: readonly Violation[];
  /** All of them. */
  readonly violationCount: number;
  readonly ms: number;
}

/** Violations that a check names; the others are counted. */
export const NAMED_VIOLATIONS = 20;
