/** What a replay may not do: leave the tier and region of its task, call what the catalogue no longer has, spend beyond a limit. */

import { loadPairs } from '../../../db/queries/replays';
import type { Model } from '../../../routing/catalogue';
import type { ReplayOutcome } from '../../../workflows/messages';
import { pricesOf } from '../../support/catalogue';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { until } from '../../support/processes';
import { replayProgress } from '../../support/replay-progress';
import { callsOf, GOOD, type ReplayScenario, replaying, replayOf, replayToEnd, resultsOf } from '../../support/replay-scenario';
import { DEAREST, endSoundly, MODELS, NORTH, RESERVED, SOUTH, WEST, workPolicy } from '../../support/scenario';

let box: Installation;
const TRIES = 3;
/** What a replay of the candidate takes from the cap. */
const SHARE = TRIES * RESERVED;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  box.script({ models: { '*': [GOOD] } });
});

afterEach(() => endSoundly(box));

function withCandidate(changes: Partial<Model>): readonly Model[] {
  return [{ ...NORTH, ...changes }, SOUTH, WEST];
}

const replay = (scenario: ReplayScenario, changes = {}) => replayToEnd(depsOf(box), replayOf(scenario, changes));

/** Resolves when the first call has ended and the second waits. */
async function untilCalled(): Promise<void> {
  await until(async () => (await callsOf(box)).some((call) => call.includes('rate-limited')), 'the first call has failed');
}

/** Nothing was sent anywhere, and nothing was written that names the model. */
async function expectNothingMade(): Promise<void> {
  expect(box.billed()).toEqual([]);
  expect(await callsOf(box)).toEqual([]);
  expect(await box.db.sql`SELECT FROM tasks WHERE purpose = 'replay'`).toHaveLength(0);
  expect(await box.db.sql`SELECT FROM routing_decisions WHERE chosen_by = 'replay'`).toHaveLength(0);
}

test.each<[string, Partial<Model>, Parameters<typeof replaying>[1]]>([
  [
    'a restricted task to a candidate that is not approved for its tier',
    { privacyTiers: ['public', 'internal'] },
    { privacyTier: 'restricted' },
  ],
  ['a task that stays in Europe to a candidate that is elsewhere', { regions: ['us'] }, { residency: 'eu' }],
  ['a task to a candidate that its submitter excludes', {}, { facts: { constraints: { excludeModels: [NORTH.id] } } }],
  ['a task to another provider than its submitter asks for', {}, { facts: { constraints: { provider: WEST.provider } } }],
  ['a task to a candidate that lacks what it requires', { capabilities: [] }, { facts: { requires: { capabilities: ['vision'] } } }],
  ['a task to a candidate that is retired', { status: { kind: 'retired' } }, {}],
])('never sends %s, whatever the proposal says', async (_, changes, past) => {
  await box.apply({ models: withCandidate(changes) });
  const scenario = await replaying(box, past);
  expect(await replay(scenario)).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'not-admissible', costNano: 0 }]);
  await expectNothingMade();
});

test('expected quality and latency close nothing: the replay is there to find them out', async () => {
  const scenario = await replaying(box, {
    facts: { constraints: { minQuality: 0.99, maxLatencyMs: 1 } },
    model: { ...WEST, priorQuality: 1, latency: { firstTokenMs: 0, msPerOutputToken: 0 } },
  });
  expect(await replay(scenario)).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'scored' }]);
});

test('a candidate that has left the catalogue is not called', async () => {
  const scenario = await replaying(box);
  await box.apply({ models: [SOUTH, WEST] });
  expect(await replay(scenario)).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'not-admissible' }]);
  await expectNothingMade();
});

test.each<[string, readonly Model[]]>([
  ['leaves the catalogue', [SOUTH, WEST]],
  ['loses its approval', withCandidate({ privacyTiers: ['public'] })],
  ['is retired', withCandidate({ status: { kind: 'retired' } })],
])('a candidate that %s between two tries gets no second one', async (_, models) => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 200 }, GOOD] } });
  const scenario = await replaying(box);
  const replayed = replay(scenario);
  await untilCalled();
  await box.apply({ models });
  expect(await replayed).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'not-admissible' }]);
  expect(await callsOf(box)).toEqual(['north/small failed rate-limited none']);
});

test('takes the worst case of every try from the cap of the review, and gives back what was not spent', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 100 }, GOOD] } });
  const scenario = await replaying(box, { review: { capNano: SHARE } });
  const replayed = replay(scenario);
  await untilCalled();
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ planned: 2, open: 1, reservedNano: SHARE, spentNano: 0 });
  expect(await replayed).toBe('done');
  const [billed] = box.billed();
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({
    open: 0,
    scored: 1,
    reservedNano: 0,
    spentNano: billed!.costNanoUsd,
  });
});

test('does not begin what the cap has no room for, and never passes it by a cent', async () => {
  box.script({ models: { '*': [DEAREST] } });
  const scenario = await replaying(box, { count: 12, review: { capNano: 4 * SHARE - 1 } });
  const outcomes: ReplayOutcome[] = [];
  for (const position of scenario.taskIds.keys()) outcomes.push(await replay(scenario, { position }));
  // Each spends a third of its share: the tenth finds less than one left.
  expect(outcomes).toEqual([...Array(9).fill('done'), ...Array(3).fill('capped')]);
  expect(await replayProgress(box.db, scenario.reviewId)).toMatchObject({ spentNano: 9 * RESERVED, reservedNano: 0 });
});

test('waits for money that other replays hold and will mostly give back', async () => {
  const scenario = await replaying(box, { count: 6, review: { capNano: 2 * SHARE } });
  const outcomes = await Promise.all(scenario.taskIds.map((_, position) => replay(scenario, { position })));
  expect(outcomes).toEqual(Array(6).fill('done'));
});

test('a review without money replays nothing', async () => {
  const scenario = await replaying(box, { review: { capNano: 0 } });
  expect(await replay(scenario)).toBe('capped');
  await expectNothingMade();
  expect(await loadPairs(box.db, scenario.proposalId)).toMatchObject([
    { baseline: { end: 'excluded', why: 'not-replayed' }, candidate: { end: 'excluded' } },
  ]);
});

test('a model that becomes dearer than what was reserved for it is not called again', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 200 }, GOOD] } });
  const scenario = await replaying(box);
  const replayed = replay(scenario);
  await untilCalled();
  await box.apply({ models: withCandidate({ prices: pricesOf(100, 500) }) });
  expect(await replayed).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'spend-cap' }]);
  expect(await callsOf(box)).toHaveLength(1);
});

test('a model that becomes cheaper goes on', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 200 }, GOOD] } });
  const scenario = await replaying(box);
  const replayed = replay(scenario);
  await untilCalled();
  await box.apply({ models: withCandidate({ prices: pricesOf(0.1, 0.5) }) });
  expect(await replayed).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'scored' }]);
});

test('a budget that has no room excludes the pair, and is never passed', async () => {
  await box.apply({ budgets: [{ period: 'day', limitNano: 10 }] });
  const scenario = await replaying(box);
  expect(await replay(scenario)).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'excluded', why: 'budget-exhausted', costNano: 0 }]);
  expect(box.billed()).toEqual([]);
});

test('a budget of replays alone is that of their tag, and no budget of the team of the original is touched', async () => {
  const budget = { period: 'day', limitNano: 1e12 } as const;
  await box.apply({
    budgets: [
      { ...budget, scopeKind: 'tag', scopeId: 'signalbox-replay' },
      { ...budget, scopeKind: 'team', scopeId: 'blue' },
    ],
  });
  const scenario = await replaying(box, { facts: { scope: { team: 'blue' } } });
  await replay(scenario);
  const spent = await box.db
    .sql`SELECT b.scope_kind AS kind, t.spent_nano > 0 AS "isSpent" FROM budget_tracking t JOIN budgets b ON b.id = t.budget_id`;
  expect([...spent]).toEqual([{ kind: 'tag', isSpent: true }]);
});

test('a model that cools down is waited for', async () => {
  const health = { state: 'open', until: Date.now() + 300, trips: 1 };
  await box.db.sql`INSERT INTO model_health (model, health) VALUES (${NORTH.id}, ${JSON.stringify(health)}::text::jsonb)`;
  const scenario = await replaying(box);
  expect(await replay(scenario)).toBe('done');
  expect(await resultsOf(box, scenario)).toMatchObject([{ outcome: 'scored' }]);
});
