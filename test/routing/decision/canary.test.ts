/** Which tasks a rollout moves, which it compares them with, and which it leaves alone. */

import fc from 'fast-check';
import { armOf, canaryOf, type LiveCanary } from '../../../routing/decision/canary';
import { decide } from '../../../routing/decision/decide';
import type { Policy } from '../../../routing/decision/policy';
import type { TaskFacts } from '../../../routing/task/task';
import { FLASH, HAIKU, SONNET, TEST_MODELS } from '../../support/catalogue';
import { decisionInput, type InputChanges, routed } from '../../support/decision-input';

const CLASS = 'code-generation/medium';
const ROLLOUT = '01990000-0000-7000-8000-000000000001';

const POLICY: Partial<Policy> = {
  classes: { [CLASS]: { route: { kind: 'model', model: SONNET.id, fallbacks: [FLASH.id] }, tolerance: 0.05 } },
};

function canary(changes: Partial<LiveCanary> = {}): LiveCanary {
  const routes = { [CLASS]: { kind: 'model', model: FLASH.id, fallbacks: [HAIKU.id] } as const };
  return { rolloutId: ROLLOUT, classes: [CLASS], routes, weight: 0.25, control: 0.25, salt: 'salt', ...changes };
}

/** The decision on a task while rollouts are live. */
function decidedWith(canaries: readonly LiveCanary[], task: Partial<TaskFacts> = {}, changes: Omit<InputChanges, 'task'> = {}) {
  return routed(decide({ ...decisionInput({ policy: POLICY, ...changes, task }), canaries }));
}

/** A unit of each kind, found by trying. */
function unitIn(arm: 'canary' | 'control' | undefined, live = canary()): string {
  for (let at = 0; at < 1_000; at += 1) if (armOf(live, `unit-${at}`) === arm) return `unit-${at}`;
  throw new Error(`No unit of 1000 is in ${arm}.`);
}

const shares = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([weight, rest]) => ({ weight, control: (1 - weight) * rest }));

describe('the arm of a unit', () => {
  test('is the same each time, whatever else is live', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), shares, (salt, unit, { weight, control }) => {
        const live = canary({ salt, weight, control });
        expect(armOf(live, unit)).toBe(armOf({ ...live }, unit));
      }),
    );
  });

  test('once the canary, stays the canary as the weight grows', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0, max: 0.5, noNaN: true }), (unit, a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        if (armOf({ weight: less, control: less, salt: 's' }, unit) === 'canary') {
          expect(armOf({ weight: more, control: more, salt: 's' }, unit)).toBe('canary');
        }
      }),
    );
  });

  test.each([0.05, 0.25, 0.5])('takes %d of the units on each side, within chance', (share) => {
    const units = 20_000;
    const counts = { canary: 0, control: 0, none: 0 };
    for (let at = 0; at < units; at += 1) counts[armOf({ weight: share, control: share, salt: 'even' }, `user-${at}`) ?? 'none'] += 1;
    const sd = Math.sqrt(units * share * (1 - share));
    expect(Math.abs(counts.canary - units * share)).toBeLessThan(4 * sd);
    expect(Math.abs(counts.control - units * share)).toBeLessThan(4 * sd);
  });

  test('of one rollout says nothing of the arm in another', () => {
    const units = Array.from({ length: 4_000 }, (_, at) => `user-${at}`);
    const first = units.filter((unit) => armOf({ weight: 0.5, control: 0.5, salt: 'one' }, unit) === 'canary');
    const both = first.filter((unit) => armOf({ weight: 0.5, control: 0.5, salt: 'two' }, unit) === 'canary');
    expect(Math.abs(both.length / first.length - 0.5)).toBeLessThan(0.05);
  });

  test('weight 0 moves nobody, and weight 1 everybody', () => {
    fc.assert(
      fc.property(fc.string(), (unit) => {
        expect(armOf({ weight: 0, control: 0, salt: 's' }, unit)).toBeUndefined();
        expect(armOf({ weight: 1, control: 0, salt: 's' }, unit)).toBe('canary');
      }),
    );
  });
});

test('a class named like a member of every object is moved by no rollout', () => {
  expect(canaryOf([canary({ classes: ['constructor'] })], 'constructor')).toBeUndefined();
});

describe('a decision while a rollout is live', () => {
  test('on the canary follows the approved route, its fallback first', () => {
    const decision = decidedWith([canary()], { affinityKey: unitIn('canary') });
    expect(decision).toMatchObject({ model: FLASH.id, chosenBy: 'policy', propensity: 0.25, rollout: { id: ROLLOUT, arm: 'canary' } });
    expect(decision.chain[1]?.model).toBe(HAIKU.id);
    expect(decision.reasons[0]).toBe(`Rollout ${ROLLOUT} sends 25 % of ${CLASS} to ${FLASH.id}; this task is in that share.`);
  });

  test('on the control follows the old route and is marked', () => {
    const decision = decidedWith([canary()], { affinityKey: unitIn('control') });
    expect(decision).toMatchObject({ model: SONNET.id, chosenBy: 'policy', propensity: 0.75, rollout: { id: ROLLOUT, arm: 'control' } });
    expect(decision.reasons).toContain(`Rollout ${ROLLOUT} leaves it on the old route and compares it with the tasks that it moves.`);
  });

  test('in neither arm is the old route, not counted, though it could have been moved', () => {
    const decision = decidedWith([canary()], { affinityKey: unitIn(undefined) });
    expect(decision).toMatchObject({ model: SONNET.id, propensity: 0.75 });
    expect(decision).not.toHaveProperty('rollout');
  });

  test('takes the task itself for the unit where there is no affinity key', () => {
    expect(decidedWith([canary()], { id: unitIn('canary') }).rollout?.arm).toBe('canary');
    expect(decidedWith([canary()], { id: unitIn('control') }).rollout?.arm).toBe('control');
  });

  test('of another class is as if there were none', () => {
    const other = canary({
      classes: ['analysis/simple'],
      routes: { 'analysis/simple': { kind: 'model', model: FLASH.id, fallbacks: [] } },
    });
    expect(decidedWith([other], { affinityKey: unitIn('canary') })).toEqual(decidedWith([], { affinityKey: unitIn('canary') }));
  });

  test.each([
    ['names a model', { constraints: { model: FLASH.id } }],
    ['names a provider', { constraints: { provider: 'google' } }],
    ['excludes the candidate', { constraints: { excludeModels: [FLASH.id] } }],
    ['excludes the old model', { constraints: { excludeModels: [SONNET.id] } }],
  ])('leaves a task alone that %s: it is not counted', (_, task) => {
    const unit = { affinityKey: unitIn('canary'), ...task };
    expect(decidedWith([canary()], unit)).toEqual(decidedWith([], unit));
  });

  test.each([
    ['privacy tier', { ...FLASH, privacyTiers: ['public'] as const }],
    ['residency', { ...FLASH, regions: ['us'] }],
    ['status', { ...FLASH, status: { kind: 'retired' } as const }],
  ])('never moves a task to a model that its %s closes, whatever the weight', (_, closed) => {
    const models = new Map(TEST_MODELS.map((model) => [model.id, model.id === FLASH.id ? closed : model]));
    const catalogue = { ...decisionInput().catalogue, models };
    fc.assert(
      fc.property(fc.string(), shares, (affinityKey, { weight, control }) => {
        const decision = decidedWith(
          [canary({ weight, control })],
          { affinityKey, privacyTier: 'restricted', residency: 'eu' },
          { catalogue },
        );
        expect(decision.chain.map(({ model }) => model)).not.toContain(FLASH.id);
        expect(decision).not.toHaveProperty('rollout');
      }),
    );
  });

  test('moves a class that was scored, and names the likelihood of each side', () => {
    const unrouted = { policy: {} };
    const usual = decidedWith([], {}, unrouted);
    expect(decidedWith([canary()], { affinityKey: unitIn('canary') }, unrouted)).toMatchObject({
      model: FLASH.id,
      rollout: { arm: 'canary' },
    });
    const control = decidedWith([canary()], { affinityKey: unitIn('control') }, unrouted);
    expect(control).toMatchObject({ model: usual.model, rollout: { arm: 'control' } });
  });

  test('a rollout that changes only fallbacks leaves the likelihood of the first model at 1', () => {
    const routes = { [CLASS]: { kind: 'model', model: SONNET.id, fallbacks: [HAIKU.id] } as const };
    for (const arm of ['canary', 'control'] as const) {
      expect(decidedWith([canary({ routes })], { affinityKey: unitIn(arm) })).toMatchObject({
        model: SONNET.id,
        propensity: 1,
        rollout: { arm },
      });
    }
  });

  test('the same input gives the same decision', () => {
    fc.assert(
      fc.property(fc.string(), shares, (affinityKey, live) => {
        expect(decidedWith([canary(live)], { affinityKey })).toEqual(decidedWith([canary(live)], { affinityKey }));
      }),
    );
  });
});
