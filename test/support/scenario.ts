/** What dispatch scenarios have in common: three models, one class that is routed over them, and how their ledger must be. */

import { auditLedger } from '../../db/queries/audit-ledger';
import type { Model } from '../../routing/catalogue';
import type { AttemptLimits, Policy } from '../../routing/decision/policy';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { pricesOf, testModel } from './catalogue';
import type { Installation } from './installation';

/** One queue for the calls of all three, so that a test starts few workers. */
const pool = 'calls';

/** Three models of three providers, each dearer and larger than the one before. */
export const NORTH = testModel('north/small', { pool, contextWindowTokens: 8_000, maxOutputTokens: 500, prices: pricesOf(1, 5) });
export const SOUTH = testModel('south/middle', { pool, contextWindowTokens: 32_000, maxOutputTokens: 2_000, prices: pricesOf(2, 10) });
export const WEST = testModel('west/large', { pool, contextWindowTokens: 200_000, maxOutputTokens: 8_000, prices: pricesOf(4, 20) });
export const MODELS = [NORTH, SOUTH, WEST] as const;

/** Names by which a script knows them. */
export const [NORTH_NAME, SOUTH_NAME, WEST_NAME] = ['small', 'middle', 'large'] as const;

/** Waits in milliseconds where production has seconds. */
export const LIMITS: AttemptLimits = {
  ...DEFAULT_POLICY.attempts,
  triesPerModel: 2,
  maxTaskMs: 30_000,
  maxCallMs: 20_000,
  maxWaitMs: 3_000,
  backoffMs: 20,
};

/** The class `work` goes to the three models in their order. */
export function workPolicy(changes: Partial<Policy> = {}): Partial<Policy> {
  return { classes: { work: routeOver(MODELS) }, attempts: LIMITS, ...changes };
}

export function routeOver([first, ...others]: readonly Model[]): Policy['classes'][string] {
  if (first === undefined) throw new Error('A route needs a model.');
  return { route: { kind: 'model', model: first.id, fallbacks: others.map(({ id }) => id) }, tolerance: 0.05 };
}

/** A task of the class `work` that differs from others in nothing. */
export const WORK = { prompt: 'Say what a signal box is.', taskClass: 'work', maxOutputTokens: 100 } as const;

/** Who called whom, in order: `model state failure basis` of every attempt of a task. */
export async function attemptsOf({ client }: Installation, taskId: string): Promise<string[]> {
  const story = await client.task(taskId);
  return (story?.attempts ?? []).map(({ model, state, failureClass, costBasis }) =>
    [model, state, failureClass, costBasis].filter((part) => part !== null).join(' '),
  );
}

/**
 * The invariants that hold after every story: the audit of the ledger finds nothing, and whatever a model billed is in it.
 *
 * @param lied attempts whose model reported less than it billed: nobody can know, and only they may differ
 */
export async function expectSoundLedger({ db, billed }: Installation, lied: ReadonlySet<string> = new Set()): Promise<void> {
  const report = await auditLedger(db);
  expect(report.violations).toEqual([]);
  const tracked = new Map(
    (await db.sql<{ id: string; cost: number }[]>`SELECT attempt_id AS id, cost_nano::float8 AS cost FROM cost_tracking`).map(
      ({ id, cost }) => [id, cost],
    ),
  );
  for (const { attemptId, model, costNanoUsd = 0 } of billed()) {
    if (lied.has(attemptId)) continue;
    expect({ model, isTracked: (tracked.get(attemptId) ?? -1) >= costNanoUsd }).toEqual({ model, isTracked: true });
  }
}
