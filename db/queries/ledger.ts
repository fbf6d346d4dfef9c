/**
 * Callers of the ledger functions: each changes state in one statement and one round trip, and may be called twice.
 * What they do stands in db/migrations/0001_ledger_functions.sql.
 */

import type { CallFailure } from '../../routing/decision/failure';
import type { ModelHealth } from '../../routing/decision/knowledge';
import type { BudgetLimit } from '../../routing/money/budget';
import type { CostBasis } from '../../routing/money/cost-basis';
import type { Usage } from '../../routing/money/price';
import type { BudgetScope } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';
import { type Database, guarded } from '../connect';

export type OutcomeKind = 'completed' | 'failed' | 'refused' | 'cancelled';

/** Everything that is committed before a caller gets its id. */
export interface AcceptedTask {
  readonly id: string;
  readonly owner: string;
  readonly idempotencyKey?: string | undefined;
  /** SHA-256 of the whole submission: the same key with another body is another task, and refused. */
  readonly bodySha256: string;
  readonly externalId?: string | undefined;
  readonly facts: unknown;
  readonly privacyTier: string;
  readonly residency?: string | undefined;
  readonly priority: number;
  readonly dryRun: boolean;
  readonly prompt: unknown;
  readonly grader?: unknown;
  readonly promptBytes: number;
  readonly promptSha256: string;
}

/** `conflict`: the idempotency key belongs to a task with another body. */
export type Acceptance = { readonly kind: 'accepted' | 'existing' | 'conflict'; readonly taskId: string };

export interface AttemptToOpen {
  readonly taskId: string;
  readonly decisionId: string;
  readonly number: number;
  readonly attemptId: string;
  readonly model: string;
  readonly catalogueVersion: string;
  readonly amountNano: NanoUsd;
  readonly worker: string;
  /** How long the reservation may be held before upkeep settles it as in doubt. */
  readonly holdMs: number;
  readonly scope: BudgetScope;
  /** The call of a cascade's step: its place, and whether it answers or checks. */
  readonly step?: number | undefined;
  readonly part?: 'answer' | 'check' | undefined;
}

export interface RecordedAttempt {
  readonly id: string;
  readonly number: number;
  readonly model: string;
  readonly state: 'running' | 'answered' | 'failed' | 'in_doubt';
  readonly worker: string;
  readonly failure: CallFailure | null;
  readonly costNano: NanoUsd | null;
  readonly costBasis: CostBasis | null;
}

/** The first budget that has no room for a call. */
export interface BudgetShortage {
  readonly limit: BudgetLimit;
  readonly leftNano: NanoUsd;
  /** Open reservations hold the room: it may come back before the period renews. */
  readonly mayFree: boolean;
  /** Milliseconds since the epoch; absent for a limit per request. */
  readonly renewsAtMs?: number;
}

export type OpenedAttempt =
  | { readonly kind: 'opened' }
  | { readonly kind: 'exists'; readonly attempt: RecordedAttempt }
  | { readonly kind: 'ended' }
  | ({ readonly kind: 'budget' } & BudgetShortage);

export interface AttemptSettlement {
  readonly taskId: string;
  readonly decisionId: string;
  readonly number: number;
  readonly state: 'answered' | 'failed' | 'in_doubt';
  readonly failure?: CallFailure | undefined;
  readonly usage?: Usage | undefined;
  /** Needed with the bases `usage` and `reported`. */
  readonly costNano?: NanoUsd | undefined;
  readonly costBasis: CostBasis;
  readonly latencyMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly providerRequestId?: string | undefined;
  readonly servedModel?: string | undefined;
  /** Content; goes to `answers`. */
  readonly answer?: unknown;
  readonly provider: string;
  readonly taskClass: string;
  readonly scope: BudgetScope;
  readonly estimatedOutputTokens?: number | undefined;
}

export interface NewRating {
  readonly id: string;
  readonly taskId?: string | undefined;
  readonly provider: string;
  readonly model: string;
  /** 1 to 5. */
  readonly score: number;
  readonly tier: string;
  readonly taskClass?: string | undefined;
  readonly taskHash?: string | undefined;
  readonly source: 'person' | 'grader';
  readonly ratedBy: string;
  readonly alpha: number;
  readonly seed: number;
}

export interface TaskEnd {
  readonly taskId: string;
  readonly kind: OutcomeKind;
  /** For people: why it ended so. */
  readonly reason: string;
  /** For programs. */
  readonly code: string;
  readonly model?: string | undefined;
  readonly attemptId?: string | undefined;
  /** Fraction in [0, 1]. */
  readonly score?: number | undefined;
  readonly scoreDetail?: string | undefined;
  readonly taskClass?: string | undefined;
  readonly rating?: NewRating | undefined;
}

export interface RecordedOutcome {
  readonly kind: OutcomeKind;
  readonly reason: string;
  readonly code: string;
  readonly model: string | null;
  readonly attempts: number;
  readonly costNano: NanoUsd;
  readonly score: number | null;
}

export interface DecisionToRecord {
  readonly taskId: string;
  readonly id: string;
  readonly kind: 'routed' | 'refused';
  readonly taskClass: string;
  readonly tier: string;
  readonly model?: string | undefined;
  readonly chosenBy?: string | undefined;
  readonly confidence?: number | undefined;
  readonly estimatedCostNano?: NanoUsd | undefined;
  readonly estimatedLatencyMs?: number | undefined;
  readonly propensity?: number | undefined;
  readonly policyVersion: number;
  readonly catalogueVersion: string;
  readonly record: unknown;
  readonly inputs: unknown;
  /** The rollout that counts the task, and its arm: both or neither. */
  readonly rolloutId?: string | undefined;
  readonly arm?: 'canary' | 'control' | undefined;
  /** Ends the task with the decision: it was refused, or is a dry run. */
  readonly outcome?: TaskEnd | undefined;
}

/**
 * The JSON of an argument. jsonb refuses NUL characters and halves of surrogate pairs, and names, messages and ids that come
 * from a provider may have them: they are replaced, because a call that was paid for must be settled whatever it said.
 */
export function argumentOf(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'string' ? member.replaceAll('\u0000', '\uFFFD').toWellFormed() : member,
  );
}

/** Commits a task, or finds the one its idempotency key already has. */
export function acceptTask(db: Database, task: AcceptedTask): Promise<Acceptance> {
  return guarded('accept a task', async () => {
    // The prompt goes as text within the text: a jsonb argument would put its keys into another order.
    const argument = argumentOf({ ...task, prompt: JSON.stringify(task.prompt) });
    const [row] = await db.sql<[{ result: Acceptance }]>`SELECT accept_task(${argument}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Writes the decision of a task, or finds the one it has. */
export function recordDecision(
  db: Database,
  decision: DecisionToRecord,
): Promise<{ readonly isNew: boolean; readonly id: string; readonly record: unknown }> {
  return guarded('record a decision', async () => {
    const [row] = await db.sql<
      [{ result: { isNew: boolean; id: string; record: unknown } }]
    >`SELECT record_decision(${argumentOf(decision)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Reserves the money of a call and writes its attempt. Only `opened` allows the call. */
export function openAttempt(db: Database, attempt: AttemptToOpen): Promise<OpenedAttempt> {
  return guarded('open an attempt', async () => {
    const open = attempt.step === undefined ? db.sql`open_attempt` : db.sql`open_attempt_of_step`;
    const [row] = await db.sql<[{ result: OpenedAttempt }]>`SELECT ${open}(${argumentOf(attempt)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** What settling an attempt found and did. */
export interface SettledAttempt {
  readonly kind: 'settled' | 'already';
  readonly attempt: RecordedAttempt;
  /** Of the model, as it is now; null: it never failed. Absent when the attempt was settled before. */
  readonly health?: ModelHealth | null;
  readonly outcome?: RecordedOutcome;
}

/** Ends an attempt with its bill, and with `outcome` its task, in one transaction. The first settlement counts. */
export function settleAttempt(db: Database, attempt: AttemptSettlement, outcome?: TaskEnd): Promise<SettledAttempt> {
  return guarded('settle an attempt', async () => {
    // The answer goes as text within the text, as a prompt does.
    const argument = argumentOf({ attempt: { ...attempt, answer: JSON.stringify(attempt.answer) }, outcome });
    const [row] = await db.sql<[{ result: SettledAttempt }]>`SELECT settle_and_end(${argument}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Closes an attempt that no worker will report on, in doubt and charged in full; one that ended keeps its end. Undefined: it was never opened. */
export function abandonAttempt(
  db: Database,
  attempt: { readonly taskId: string; readonly decisionId: string; readonly number: number },
  why: CallFailure,
): Promise<RecordedAttempt | undefined> {
  return guarded('close an attempt', async () => {
    const [row] = await db.sql<[{ result: RecordedAttempt | null }]>`
      SELECT abandon_attempt(${attempt.taskId}::uuid, ${attempt.decisionId}::uuid, ${attempt.number}::smallint, ${argumentOf(why)}::text::jsonb) AS result`;
    return row.result ?? undefined;
  });
}

/** Gives a task its one outcome, or finds it. */
export function endTask(db: Database, end: TaskEnd): Promise<{ readonly kind: 'ended' | 'already'; readonly outcome: RecordedOutcome }> {
  return guarded('end a task', async () => {
    const [row] = await db.sql<
      [{ result: { kind: 'ended' | 'already'; outcome: RecordedOutcome } }]
    >`SELECT end_task(${argumentOf(end)}::text::jsonb) AS result`;
    return row.result;
  });
}

/** Adds a rating; false when its id is known already. */
export function addRating(db: Database, rating: NewRating): Promise<boolean> {
  return guarded('add a rating', async () => {
    const [row] = await db.sql<[{ result: boolean }]>`SELECT add_rating(${argumentOf(rating)}::text::jsonb) AS result`;
    return row.result;
  });
}
