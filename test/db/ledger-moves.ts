/** The moves of the ledger, as tests make them: every value has a default, and a test says what it is about. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import { catalogueOf, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import { policySha256, policyToJson } from '../../db/documents/policy-document';
import {
  type AcceptedTask,
  type AttemptSettlement,
  type AttemptToOpen,
  acceptTask,
  type DecisionToRecord,
  endTask,
  openAttempt,
  recordDecision,
  settleAttempt,
  type TaskEnd,
} from '../../db/queries/ledger';
import { applyBudgets, applyCatalogue, applyPolicy, type BudgetRow } from '../../db/queries/rules';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { testModel } from '../support/catalogue';

/** Approved for everything. */
export const OPEN = 'scripted/open';
/** The next one in a chain. */
export const SECOND = 'scripted/second';
/** Approved for public and internal tasks, in the United States. */
export const GUARDED_US = 'scripted/guarded-us';
/** Approved for everything, in Europe. */
export const GUARDED_EU = 'scripted/guarded-eu';
export const RETIRED = 'scripted/retired';

const STORED = catalogueOf(
  [
    testModel(OPEN),
    testModel(SECOND),
    testModel(GUARDED_US, { privacyTiers: ['public', 'internal'], regions: ['us'] }),
    testModel(GUARDED_EU, { regions: ['eu'] }),
    testModel(RETIRED, { status: { kind: 'retired' } }),
  ],
  new Map(),
  [],
  [],
);

export const CATALOGUE_VERSION = STORED.catalogue.version;

/** Puts a catalogue and a policy in force, as every installation has them. */
export async function applyLedgerRules(db: Database): Promise<void> {
  await applyLedgerCatalogue(db);
  await applyTestPolicy(db, undefined, 0.05);
}

export function applyLedgerCatalogue(db: Database): Promise<boolean> {
  const models = [...STORED.catalogue.models.values()].map(({ id, provider, status, privacyTiers, regions }) => ({
    id,
    provider,
    status: status.kind,
    privacyTiers,
    regions,
  }));
  return applyCatalogue(db, { version: CATALOGUE_VERSION, body: storedCatalogueToJson(STORED), models }, 'test');
}

/** Applies a policy that differs from others by its tolerance. */
export function applyTestPolicy(db: Database, base: number | undefined, defaultTolerance: number) {
  const policy = { ...DEFAULT_POLICY, defaultTolerance };
  return applyPolicy(db, { body: policyToJson(policy), sha256: policySha256(policy), base }, 'test', []);
}

/** A hard daily limit on a team. */
export function budgetOf(team: string, changes: Partial<BudgetRow> = {}): BudgetRow {
  return {
    id: `team:${team}:day`,
    scopeKind: 'team',
    scopeId: team,
    period: 'day',
    limitNano: 1_000,
    hard: true,
    timeZone: 'UTC',
    warnAt: 0.75,
    ...changes,
  };
}

/** Adds budgets to those in force. */
export async function addBudgets(db: Database, ...budgets: readonly BudgetRow[]): Promise<void> {
  const present = await db.sql<BudgetRow[]>`
    SELECT id, scope_kind AS "scopeKind", scope_id AS "scopeId", period, limit_nano::double precision AS "limitNano", hard,
      time_zone AS "timeZone", warn_at AS "warnAt" FROM budgets`;
  await applyBudgets(db, [...present, ...budgets], 'test');
}

export function taskToAccept(changes: Partial<AcceptedTask> = {}): AcceptedTask {
  return {
    id: newId(),
    owner: 'tester',
    bodySha256: 'a'.repeat(64),
    facts: { priority: 50, scope: {}, requires: {}, constraints: {} },
    privacyTier: 'internal',
    priority: 50,
    dryRun: false,
    prompt: { messages: [{ role: 'user', content: 'Say hello.' }] },
    promptBytes: 10,
    promptSha256: 'b'.repeat(64),
    ...changes,
  };
}

export async function accepted(db: Database, changes: Partial<AcceptedTask> = {}): Promise<string> {
  const { taskId } = await acceptTask(db, taskToAccept(changes));
  return taskId;
}

/** A task with its decision. */
export interface Decided {
  readonly taskId: string;
  readonly decisionId: string;
}

export function decisionOf(taskId: string, changes: Partial<DecisionToRecord> = {}): DecisionToRecord {
  const model = changes.model ?? OPEN;
  return {
    taskId,
    id: newId(),
    kind: 'routed',
    taskClass: 'factual/simple',
    tier: 'SIMPLE',
    model,
    chosenBy: 'score',
    confidence: 80,
    estimatedCostNano: 100,
    estimatedLatencyMs: 500,
    propensity: 1,
    policyVersion: 1,
    catalogueVersion: CATALOGUE_VERSION,
    record: { kind: 'routed', model, chain: [{ model }] },
    inputs: {},
    ...changes,
  };
}

/** Accepts a task and records its decision. */
export async function decided(db: Database, changes: Partial<AcceptedTask> = {}): Promise<Decided> {
  const taskId = await accepted(db, changes);
  const { id } = await recordDecision(db, decisionOf(taskId));
  return { taskId, decisionId: id };
}

export function attemptOf(task: Decided, changes: Partial<AttemptToOpen> = {}): AttemptToOpen {
  return {
    ...task,
    number: 1,
    attemptId: newId(),
    model: OPEN,
    catalogueVersion: CATALOGUE_VERSION,
    amountNano: 100,
    worker: 'host:1',
    holdMs: 60_000,
    scope: {},
    ...changes,
  };
}

export function open(db: Database, task: Decided, changes: Partial<AttemptToOpen> = {}) {
  return openAttempt(db, attemptOf(task, changes));
}

/** An answer that cost 40 of what was reserved for it. */
export function settlementOf(task: Decided, changes: Partial<AttemptSettlement> = {}): AttemptSettlement {
  return {
    ...task,
    number: 1,
    state: 'answered',
    costBasis: 'usage',
    costNano: 40,
    usage: { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 20, reasoningTokens: 5 },
    latencyMs: 200,
    answer: { text: 'Hello.' },
    provider: 'scripted',
    taskClass: 'factual/simple',
    scope: {},
    estimatedOutputTokens: 50,
    ...changes,
  };
}

export function settle(db: Database, task: Decided, changes: Partial<AttemptSettlement> = {}, outcome?: TaskEnd) {
  return settleAttempt(db, settlementOf(task, changes), outcome);
}

/** A call that failed and was charged nothing. */
export function failed(changes: Partial<AttemptSettlement> = {}): Partial<AttemptSettlement> {
  return {
    state: 'failed',
    failure: { class: 'server-error', message: 'The provider failed.', status: 500 },
    costBasis: 'none',
    costNano: undefined,
    usage: undefined,
    answer: undefined,
    ...changes,
  };
}

export function endOf(taskId: string, changes: Partial<TaskEnd> = {}): TaskEnd {
  return { taskId, kind: 'completed', reason: 'It answered.', code: 'answered', ...changes };
}

export function end(db: Database, taskId: string, changes: Partial<TaskEnd> = {}) {
  return endTask(db, endOf(taskId, changes));
}

/** What is spent, reserved and overrun in the present period of a budget. */
export async function balanceOf(db: Database, budgetId: string) {
  const [row] = await db.sql<{ spent: number; reserved: number; overrun: number; allowed: number | null }[]>`
    SELECT spent_nano::double precision AS spent, reserved_nano::double precision AS reserved, overrun_nano::double precision AS overrun,
      allowed_nano::double precision AS allowed
    FROM budget_tracking WHERE budget_id = ${budgetId} AND now() >= period_start AND now() < period_end`;
  return row;
}
