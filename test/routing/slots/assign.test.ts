import * as fc from 'fast-check';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { assignQueue, type FreeSlots } from '../../../routing/slots/assign-queue';
import { assignSlot } from '../../../routing/slots/assign-slot';
import type { Slot, SlotContext, SlotTask } from '../../../routing/slots/slot';
import { HAIKU, OPUS, SONNET } from '../../support/catalogue';

const PREMIUM: Slot = { account: 'premium', model: OPUS.id, costTier: 'premium', utilisationRate: 0.1 };
const BALANCED: Slot = { account: 'balanced', model: SONNET.id, costTier: 'balanced', utilisationRate: 0.2 };
const BUDGET_1: Slot = { account: 'budget-1', model: HAIKU.id, costTier: 'budget', utilisationRate: 0.6 };
const BUDGET_2: Slot = { account: 'budget-2', model: HAIKU.id, costTier: 'budget', utilisationRate: 0.3 };
const SLOTS = [PREMIUM, BALANCED, BUDGET_1, BUDGET_2];

const CONTEXT: SlotContext = { premium: DEFAULT_POLICY.premium, busySlots: [] };
const RECENT: SlotContext = { ...CONTEXT, valuePercentiles: { closed: 50, claim: 90 } };

function task(changes: Partial<SlotTask> = {}): SlotTask {
  return { id: 'task', fits: [HAIKU.id, SONNET.id, OPUS.id], lacks: {}, priority: 50, ...changes };
}

/** One that only the premium model can do. */
const HARD = { fits: [OPUS.id], lacks: { [HAIKU.id]: 'the task wants a COMPLEX model', [SONNET.id]: 'the task wants a COMPLEX model' } };

describe('one task', () => {
  test('takes the lowest tier that is free and meets what it requires, the least used slot of it', () => {
    const { slot, reason, alternatives } = assignSlot(task(), SLOTS, RECENT);
    expect(slot).toBe(BUDGET_2);
    expect(reason).toBe(
      `budget-2 with ${HAIKU.id} (budget, 30 % used) is of the lowest tier that is free and meets what the task requires.`,
    );
    expect(alternatives).toEqual([
      { account: 'premium', model: OPUS.id, why: 'a premium slot is more than the task needs' },
      { account: 'balanced', model: SONNET.id, why: 'a balanced slot is more than the task needs' },
      { account: 'budget-1', model: HAIKU.id, why: 'another one of its tier is used less' },
    ]);
  });

  test('takes the next tier when every cheaper slot is taken, and says so', () => {
    const { slot, reason, alternatives } = assignSlot(task(), [PREMIUM, BALANCED], { ...RECENT, busySlots: [BUDGET_1, BUDGET_2] });
    expect(slot).toBe(BALANCED);
    expect(reason).toContain('No budget slot is free.');
    expect(alternatives).toContainEqual({ account: 'budget-1', model: HAIKU.id, why: 'taken, or its quota is used up' });
  });

  test('takes no slot whose model does not meet what it requires, and says what each lacks', () => {
    const { slot, alternatives } = assignSlot(task(HARD), SLOTS, RECENT);
    expect(slot).toBe(PREMIUM);
    expect(alternatives).toContainEqual({ account: 'balanced', model: SONNET.id, why: 'the task wants a COMPLEX model' });
    expect(assignSlot(task({ fits: [] }), SLOTS, RECENT)).toMatchObject({
      reason: 'No slot has a model that meets what the task requires (no model does).',
    });
  });

  test.each([
    ['its priority from 95 on', { priority: 95 }, { priority: 94 }, 'Its priority of 95 claims'],
    [
      'the priority of its group from 95 on',
      { group: { name: 'team:search', priority: 95 } },
      { group: { name: 'team:search', priority: 94 } },
      'The priority of 95 of team:search claims',
    ],
    [
      'its expected value above the 90th percentile',
      { expectedValue: 91 },
      { expectedValue: 90 },
      'Its expected value of 91 is above 90, the 90th percentile',
    ],
  ])('may claim a higher tier by %s', (_, claiming, short, words) => {
    const { slot, reason } = assignSlot(task(claiming), SLOTS, RECENT);
    expect(slot).toBe(PREMIUM);
    expect(reason).toContain(words);
    expect(assignSlot(task(short), SLOTS, RECENT).slot).toBe(BUDGET_2);
  });

  test.each([
    ['is closed below the 50th percentile', { expectedValue: 49 }, undefined],
    ['is open at the 50th percentile', { expectedValue: 50 }, PREMIUM],
    ['is closed to a priority of 89', { expectedValue: 49, priority: 89 }, undefined],
    ['is open to a priority of 90', { expectedValue: 49, priority: 90 }, PREMIUM],
    ['is open to a group with a priority of 90', { expectedValue: 49, group: { name: 'team:a', priority: 90 } }, PREMIUM],
    ['is open to a task whose value nobody knows', {}, PREMIUM],
  ])('a premium slot %s, while another slot could do the work', (_, changes, expected) => {
    expect(assignSlot(task(changes), [PREMIUM], { ...RECENT, busySlots: [BUDGET_1] }).slot).toBe(expected);
  });

  test('a premium slot is open to the cheapest task when no other model can do what it requires, and the reason says that', () => {
    const { slot, reason } = assignSlot(task({ ...HARD, expectedValue: 1 }), SLOTS, RECENT);
    expect(slot).toBe(PREMIUM);
    expect(reason).toContain('No slot of another tier has a model that meets what the task requires.');
  });

  test('thresholds are those of the configuration', () => {
    const premium = { claimPercentile: 99, claimPriority: 60, closedPercentile: 10, openPriority: 20 };
    expect(assignSlot(task({ priority: 60 }), SLOTS, { ...RECENT, premium }).slot).toBe(PREMIUM);
    expect(assignSlot(task({ priority: 20, expectedValue: 1 }), [PREMIUM], { ...RECENT, premium, busySlots: [BUDGET_1] }).slot).toBe(
      PREMIUM,
    );
  });

  test.each([Number.NEGATIVE_INFINITY, -5, 0, 100, 1_000, Number.NaN])('a priority of %s breaks nothing', (priority) => {
    expect(assignSlot(task({ priority }), SLOTS, RECENT).slot).toBe(priority > 94 ? PREMIUM : BUDGET_2);
  });

  test('says why it waits', () => {
    const taken = assignSlot(task(), [], { ...RECENT, busySlots: SLOTS });
    expect(taken).toMatchObject({ reason: 'Every slot that would do is taken; it waits for one.' });
    expect(taken.slot).toBeUndefined();
    expect(assignSlot(task({ expectedValue: 1 }), [PREMIUM], { ...RECENT, busySlots: [BUDGET_1] }).reason).toContain(
      'Only premium slots are free',
    );
  });
});

const free = (...slots: readonly Slot[]): FreeSlots[] => slots.map((slot) => ({ slot, places: 1 }));

describe('a queue of 10 tasks on 4 slots (1 premium, 1 balanced, 2 budget)', () => {
  const worths = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10];

  test.each([
    ['expected values', worths.map((worth) => task({ id: `worth-${worth}`, expectedValue: worth }))],
    ['priorities', worths.map((worth) => task({ id: `worth-${worth}`, priority: worth }))],
  ])('with mixed %s sends the two most valuable to premium and balanced and all others to budget, as slots free up', (_, tasks) => {
    const took = new Map<string, string>();
    let queue = [...tasks];
    // Each round the two budget slots free up; premium and balanced are at long work.
    for (let round = 0; queue.length > 0; round++) {
      expect(round).toBeLessThan(5);
      const [open, busySlots] =
        round === 0
          ? [SLOTS, []]
          : [
              [BUDGET_1, BUDGET_2],
              [PREMIUM, BALANCED],
            ];
      for (const { taskId, slot } of assignQueue(queue, free(...open), { ...CONTEXT, busySlots })) took.set(taskId, slot.account);
      queue = queue.filter(({ id }) => !took.has(id));
    }
    expect(took.get('worth-100')).toBe('premium');
    expect(took.get('worth-90')).toBe('balanced');
    for (const worth of worths.slice(2)) expect(took.get(`worth-${worth}`)).toMatch(/^budget-/);
  });
});

test('a queue never gives out more places than an account has, over all of its models, and leaves none empty that somebody could take', () => {
  const spec = fc.record({
    priority: fc.integer({ min: -10, max: 120 }),
    expectedValue: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 30 }), fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }), (specs, places) => {
      const second: Slot = { ...BUDGET_1, model: SONNET.id, costTier: 'balanced' };
      const accounts = [PREMIUM, BALANCED, BUDGET_1, BUDGET_2].map((slot, at) => ({ slot, places: places[at] ?? 0 }));
      const given = [...accounts, { slot: second, places: places[2] ?? 0 }];
      const queue = specs.map(({ expectedValue, ...rest }, at) =>
        task({ id: `t${at}`, ...rest, ...(expectedValue !== undefined && { expectedValue }) }),
      );
      const grants = assignQueue(queue, given, CONTEXT);
      expect(new Set(grants.map(({ taskId }) => taskId)).size).toBe(grants.length);
      const left = (account: string, has: number) => has - grants.filter(({ slot }) => slot.account === account).length;
      const empty = accounts.map(({ slot, places: has }) => left(slot.account, has));
      expect(Math.min(...empty)).toBeGreaterThanOrEqual(0);
      // Only a premium slot may stay empty while somebody waits who could use it.
      if (grants.length < queue.length) expect(empty.slice(1)).toEqual([0, 0, 0]);
    }),
  );
});
