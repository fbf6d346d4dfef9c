/** What dispatch scenarios have in common: three models, one class that is routed over them, and how their ledger must be. */

import { auditLedger } from '../../db/queries/audit-ledger';
import type { Model } from '../../routing/catalogue';
import type { AttemptLimits, Policy } from '../../routing/decision/policy';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { maxInputTokens, worstCaseCost } from '../../routing/money/cost';
import { pricesOf, testModel } from './catalogue';
import type { Installation } from './installation';

/** One queue for the calls of all three, so that a test starts few workers. */
const pool = 'calls';

/** Three models of three providers, each dearer and larger than the one before. */
export const NORTH = testModel('north/small', { pool, contextWindowTokens: 8_000, maxOutputTokens: 500, prices: pricesOf(1, 5) });
export const SOUTH = testModel('south/middle', { pool, contextWindowTokens: 32_000, maxOutputTokens: 2_000, prices: pricesOf(2, 10) });
export const WEST = testModel('west/large', { pool, contextWindowTokens: 200_000, maxOutputTokens: 8_000, prices: pricesOf(4, 20) });
export const MODELS = [NORTH, SOUTH, WEST] as const;

/** Names by which a script knows the first two. */
export const [NORTH_NAME, SOUTH_NAME] = ['small', 'middle'] as const;

/** Nothing waits unless a test says so: a durable timer takes the engine a second, however short it is. */
export const LIMITS: AttemptLimits = {
  ...DEFAULT_POLICY.attempts,
  triesPerModel: 2,
  maxTaskMs: 30_000,
  maxCallMs: 20_000,
  maxWaitMs: 3_000,
  backoffMs: 0,
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

/** Bytes of the ordinary task as it is counted. */
const WORK_BYTES = Buffer.byteLength(JSON.stringify({ messages: [{ role: 'user', content: WORK.prompt }] }));

/** What is reserved for a call of NORTH with the ordinary task. */
export const RESERVED = worstCaseCost(NORTH, WORK_BYTES, 1, WORK.maxOutputTokens) ?? 0;

/** An answer to it that costs as much as was reserved: nothing comes back. */
export const DEAREST = {
  kind: 'answer',
  usage: { inputTokens: maxInputTokens(NORTH, WORK_BYTES, 1), outputTokens: WORK.maxOutputTokens },
} as const;

/** Who called whom, in order: `model state failure basis` of every attempt of a task. */
export async function attemptsOf({ client }: Installation, taskId: string): Promise<string[]> {
  const story = await client.task(taskId);
  return (story?.attempts ?? []).map(({ model, state, failureClass, costBasis }) =>
    [model, state, failureClass, costBasis].filter((part) => part !== null).join(' '),
  );
}

/**
 * The invariants that hold after every story: the audit finds nothing, and whatever a model billed is in the ledger.
 */
export async function expectSoundLedger({ db, billed }: Pick<Installation, 'db' | 'billed'>): Promise<void> {
  const bills = billed().map(({ attemptId, costNanoUsd = 0 }) => ({ attemptId, costNanoUsd }));
  const { checks } = await auditLedger(db, { billed: bills });
  expect(checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
}

/** The end of every story. */
export async function endSoundly(box: Installation): Promise<void> {
  try {
    await expectSoundLedger(box);
  } finally {
    await box.end();
  }
}
