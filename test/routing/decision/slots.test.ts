import * as fc from 'fast-check';
import { DEFAULT_POLICY } from '../../../routing/decision/policy';
import { assignQueue } from '../../../routing/decision/slot-queue';
import { assignSlot, type Slot, type SlotContext, type SlotTask } from '../../../routing/decision/slots';
import type { TaskFacts } from '../../../routing/task/task';
import { HAIKU, OPUS, SONNET, TEST_CATALOGUE } from '../../support/catalogue';
import { describedAs, NOW, taskFacts } from '../../support/decision-input';

const PREMIUM: Slot = { id: 'premium-1', model: OPUS.id, utilisationRate: 0.1 };
const BALANCED: Slot = { id: 'balanced-1', model: SONNET.id, utilisationRate: 0.2 };
const BUDGET_1: Slot = { id: 'budget-1', model: HAIKU.id, utilisationRate: 0.6 };
const BUDGET_2: Slot = { id: 'budget-2', model: HAIKU.id, utilisationRate: 0.3 };
const SLOTS = [PREMIUM, BALANCED, BUDGET_1, BUDGET_2];

const CONTEXT: SlotContext = {
  catalogue: TEST_CATALOGUE,
  premium: DEFAULT_POLICY.premium,
  busySlots: [],
  patienceMs: 600_000,
  now: NOW,
};

function waiting(facts: Partial<TaskFacts> = {}, complexity: 'simple' | 'complex' = 'simple', waitedMs = 0): SlotTask {
  return { task: taskFacts(facts), descriptor: describedAs({ complexity }), waitedMs };
}

describe('one task', () => {
  test('takes the lowest tier that satisfies it, the least used slot of it', () => {
    const { slot, reason, alternatives } = assignSlot(waiting(), SLOTS, CONTEXT);
    expect(slot).toBe(BUDGET_2);
    expect(reason).toBe('budget-2 is the least used budget slot that satisfies the task (30 % used).');
    expect(alternatives.map((alternative) => alternative.slot).sort()).toEqual(['balanced-1', 'budget-1', 'premium-1']);
  });

  test('takes no slot whose model is too weak, closed by privacy, or unknown, and says what each lacks', () => {
    const unknown: Slot = { id: 'lost', model: 'gone/model', utilisationRate: 0 };
    const { slot, alternatives } = assignSlot(waiting({}, 'complex'), [...SLOTS, unknown], CONTEXT);
    expect(slot).toBe(PREMIUM);
    expect(alternatives).toContainEqual({ slot: 'balanced-1', why: 'the task wants a COMPLEX model, this one is STANDARD' });
    expect(alternatives).toContainEqual({ slot: 'lost', why: 'its model is not in the catalogue' });
    expect(assignSlot(waiting({ residency: 'mars' }), SLOTS, CONTEXT)).toMatchObject({
      reason: 'No slot has a model that satisfies the task.',
    });
  });

  test('waits for a busy slot of its tier rather than hold a dearer one', () => {
    const { slot, reason } = assignSlot(waiting(), [PREMIUM, BALANCED], { ...CONTEXT, busySlots: [BUDGET_1, BUDGET_2] });
    expect(slot).toBeUndefined();
    expect(reason).toContain('it waits for one');
  });

  test('takes a dearer slot when no cheaper one exists, or when its patience is over', () => {
    expect(assignSlot(waiting(), [PREMIUM, BALANCED], CONTEXT).slot).toBe(BALANCED);
    const impatient = waiting({}, 'simple', 600_000);
    expect(assignSlot(impatient, [PREMIUM, BALANCED], { ...CONTEXT, busySlots: [BUDGET_1] }).slot).toBe(BALANCED);
  });

  test('takes the highest free tier when its priority or its value lets it', () => {
    expect(assignSlot(waiting({ priority: 95 }), SLOTS, CONTEXT).slot).toBe(PREMIUM);
    const valuePercentiles = { closed: 10, claim: 90 };
    expect(assignSlot(waiting({ expectedValue: 91 }), SLOTS, { ...CONTEXT, valuePercentiles }).slot).toBe(PREMIUM);
    expect(assignSlot(waiting({ expectedValue: 90 }), SLOTS, { ...CONTEXT, valuePercentiles }).slot).toBe(BUDGET_2);
  });

  test('worth less than most, leaves premium alone unless nothing else would do', () => {
    const valuePercentiles = { closed: 10, claim: 90 };
    const context = { ...CONTEXT, valuePercentiles };
    expect(
      assignSlot(waiting({ expectedValue: 9 }, 'simple', 700_000), [PREMIUM], { ...context, busySlots: [BUDGET_1] }).slot,
    ).toBeUndefined();
    expect(
      assignSlot(waiting({ expectedValue: 9, priority: 90 }, 'simple', 700_000), [PREMIUM], { ...context, busySlots: [BUDGET_1] }).slot,
    ).toBe(PREMIUM);
    expect(assignSlot(waiting({ expectedValue: 9 }, 'complex'), SLOTS, context).slot).toBe(PREMIUM);
  });
});

describe('a queue of 10 tasks on 4 slots (1 premium, 1 balanced, 2 budget)', () => {
  const worths = [30, 80, 10, 100, 50, 70, 90, 20, 60, 40];
  const byValue = worths.map((worth) => waiting({ id: `worth-${worth}`, expectedValue: worth, priority: 50 }));
  const byPriority = worths.map((worth) => waiting({ id: `worth-${worth}`, priority: worth }));

  test.each([
    ['expected values', byValue],
    ['priorities', byPriority],
  ])('with mixed %s sends the two most valuable to premium and balanced and all others to budget, as slots free up', (_, tasks) => {
    const took = new Map<string, string>();
    let queue = [...tasks];
    let rounds = 0;
    // Each round the two budget slots free up; premium and balanced are at long work.
    for (let free: readonly Slot[] = SLOTS; queue.length > 0; free = [BUDGET_1, BUDGET_2]) {
      const busySlots = SLOTS.filter((slot) => !free.includes(slot));
      for (const { taskId, slot } of assignQueue(queue, free, { ...CONTEXT, busySlots })) {
        if (slot === undefined) continue;
        took.set(taskId, slot.id);
        queue = queue.filter(({ task }) => task.id !== taskId);
      }
      rounds += 1;
      expect(rounds).toBeLessThanOrEqual(4);
    }
    expect(took.get('worth-100')).toBe('premium-1');
    expect(took.get('worth-90')).toBe('balanced-1');
    for (const worth of [10, 20, 30, 40, 50, 60, 70, 80]) expect(took.get(`worth-${worth}`)).toMatch(/^budget-/);
  });
});

test('a queue never gives a slot twice, and nothing that fits starves', () => {
  const tasks = fc.array(
    fc.record({
      priority: fc.integer({ min: 0, max: 100 }),
      expectedValue: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
      waitedMs: fc.integer({ min: 0, max: 1_200_000 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(tasks, (specs) => {
      const queue = specs.map(({ priority, expectedValue, waitedMs }, index) =>
        waiting({ id: `t${index}`, priority, ...(expectedValue !== undefined && { expectedValue }) }, 'simple', waitedMs),
      );
      const given = assignQueue(queue, SLOTS, CONTEXT);
      const slots = given.flatMap(({ slot }) => slot ?? []);
      expect(new Set(slots).size).toBe(slots.length);
      expect(given).toHaveLength(queue.length);
      // The budget slots fit every task, so they are never left free while one waits.
      if (slots.length < queue.length) expect(slots).toEqual(expect.arrayContaining([BUDGET_1, BUDGET_2]));
    }),
  );
});
