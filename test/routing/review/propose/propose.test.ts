/** What a review makes of one class: how it is served, what is tried, and what holds it. */

import fc from 'fast-check';
import type { Model } from '../../../../routing/catalogue';
import type { Finding } from '../../../../routing/review/findings';
import { compareFindings, screenClass } from '../../../../routing/review/propose/propose';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../../../routing/review/settings';
import { pricesOf, testModel } from '../../../support/catalogue';
import { type AtHand, amounts, atHand, classOf, NOW, STABLE, served } from '../../../support/class-figures';

/** A task of 1,000 tokens in and 500 out costs 45, 9, 5 and 1 thousandths of a dollar. */
const LARGE = testModel('west/large', { prices: pricesOf(20, 50), priorQuality: 0.9 });
const MIDDLE = testModel('south/middle', { prices: pricesOf(4, 10), priorQuality: 0.85 });
const SMALL = testModel('north/small', { prices: pricesOf(2, 6), priorQuality: 0.85 });
const TINY = testModel('north/tiny', { prices: pricesOf(0.5, 1), priorQuality: 0.6 });
const MODELS = [LARGE, MIDDLE, SMALL, TINY];

const routeTo = (model: Model, fallbacks: readonly Model[] = []) => ({
  route: { kind: 'model', model: model.id, fallbacks: fallbacks.map(({ id }) => id) } as const,
  tolerance: 0.05,
});

/** 4,000 tasks, nearly all good, at 45 thousandths each. */
const WORK = classOf('work', [served(LARGE.id, 4_000, 3_700, { cost: amounts(4_000, 45_000_000) })]);

function screen(given: Partial<AtHand> = {}): Finding {
  return screenClass(atHand({ figures: WORK, models: MODELS, policy: { classes: { work: routeTo(LARGE) } }, ...given }));
}

function dropped({ options }: Finding): Record<string, string | undefined> {
  return Object.fromEntries(options.map(({ model, dropped: reason }) => [model, reason?.reason]));
}

const candidates = ({ candidates: found }: Finding) => found.map(({ model }) => model);

test('finds a class on a needlessly dear model, and tries at most two: the most promising, then the nearest rung', () => {
  const finding = screen();
  expect(finding).toMatchObject({ served: 'over-served', baseline: { model: LARGE.id, by: 'route' } });
  // Tiny would save most, were it as good; small is more likely to be, and middle is the next rung.
  expect(candidates(finding)).toEqual([SMALL.id, MIDDLE.id]);
  expect(dropped(finding)).toEqual({ [LARGE.id]: 'same-model', [MIDDLE.id]: undefined, [SMALL.id]: undefined, [TINY.id]: 'not-nearest' });
  expect(finding.heldBy).toBeUndefined();
  expect(finding.options.find(({ model }) => model === MIDDLE.id)).toMatchObject({
    costPerTaskNanoUsd: 9_000_000,
    costFrom: 'estimated',
    savingPerMonthNanoUsd: Math.round((36_000_000 * 4_000 * 30) / 28),
    quality: null,
  });
  expect(finding.options[0]).toMatchObject({ costFrom: 'measured', costPerTaskNanoUsd: 45_000_000 });
});

test('changes one route, with the old model right behind the new one', () => {
  const policy = { classes: { work: routeTo(LARGE, [SMALL, MIDDLE]), other: routeTo(TINY) } };
  expect(screen({ policy }).candidates[0]?.change).toEqual({
    name: 'work',
    classes: ['work'],
    before: { work: { kind: 'model', model: LARGE.id, fallbacks: [SMALL.id, MIDDLE.id] } },
    after: { work: { kind: 'model', model: SMALL.id, fallbacks: [LARGE.id, MIDDLE.id] } },
  });
});

test('a chain grows no longer than the policy allows', () => {
  const { attempts } = atHand({ figures: WORK, models: MODELS }).policy;
  const short = { attempts: { ...attempts, maxModels: 2 }, classes: { work: routeTo(LARGE, [TINY, MIDDLE]) } };
  expect(screen({ policy: short }).candidates[0]?.change.after.work).toMatchObject({ fallbacks: [LARGE.id] });
});

test('a class without a route is compared with the model that serves half of it, and left alone where none does', () => {
  expect(screen({ policy: {} })).toMatchObject({ served: 'over-served', baseline: { model: LARGE.id, by: 'majority' } });
  expect(screen({ policy: {} }).candidates[0]?.change.before).toEqual({});
  const thirds = classOf(
    'work',
    [LARGE, MIDDLE, SMALL].map(({ id }) => served(id, 100, 90)),
  );
  const finding = screen({ policy: {}, figures: thirds });
  expect(finding).toMatchObject({ served: 'right-served', candidates: [], options: [] });
  expect(finding.baseline).toBeUndefined();
  expect(finding.why).toContain('no model serves half of it');
});

test('a class that no task came to in the window, or one, is not proposed for', () => {
  expect(screen({ figures: classOf('work', []) })).toMatchObject({ candidates: [], tasksPerMonth: 0, costPerMonthNanoUsd: 0 });
  const one = classOf('work', [served(LARGE.id, 1, 1)]);
  expect(screen({ figures: one, tokens: { inputTokens: 1e6, outputTokens: 1e6 } })).toMatchObject({ heldBy: { by: 'evidence' } });
});

test('what cannot take every task that occurred is not an option, whatever it would save', () => {
  const demands = {
    ...WORK.demands,
    privacyTiers: { internal: 3_999, restricted: 1 },
    residencies: { '': 3_000, eu: 1_000 },
    capabilities: ['vision' as const],
  };
  const models = [
    LARGE,
    { ...MIDDLE, privacyTiers: ['public', 'internal'] as const },
    { ...SMALL, regions: ['us'] },
    { ...TINY, capabilities: [] },
    testModel('a/retired', { status: { kind: 'retired' } }),
    testModel('a/leaving', { status: { kind: 'deprecated' } }),
    testModel('a/short', { contextWindowTokens: 2_500 }),
    testModel('a/terse', { maxOutputTokens: 999 }),
    testModel('b/keyless'),
    testModel('a/unpriced', { allowUnknownPrice: true }),
  ].map((model) => (model.id === 'a/unpriced' ? withoutPrice(model) : model));
  const finding = screen({ figures: { ...WORK, demands }, models, configuredProviders: new Set(['west', 'south', 'north', 'a']) });
  expect(dropped(finding)).toEqual({
    [LARGE.id]: 'same-model',
    [MIDDLE.id]: 'privacy-tier',
    [SMALL.id]: 'residency',
    [TINY.id]: 'capability',
    'a/retired': 'status',
    'a/leaving': 'deprecated',
    'a/short': 'context-window',
    'a/terse': 'output-limit',
    'b/keyless': 'not-configured',
    'a/unpriced': 'unknown-price',
  });
  expect(finding.candidates).toEqual([]);
});

function withoutPrice({ prices: _, ...model }: Model): Model {
  return model;
}

test('only what the policy approves for the class is an option', () => {
  const policy = { classes: { work: { ...routeTo(LARGE), approved: [LARGE.id, MIDDLE.id] } } };
  const finding = screen({ policy });
  expect(candidates(finding)).toEqual([MIDDLE.id]);
  expect(dropped(finding)[SMALL.id]).toBe('approved-list');
});

test('a saving must be worth a change, in share and in money', () => {
  const { screen: limits } = DEFAULT_REVIEW_SETTINGS;
  const settings = { ...DEFAULT_REVIEW_SETTINGS, screen: { ...limits, minSavingShare: 0.85 } };
  expect(dropped(screen({ settings }))).toMatchObject({ [MIDDLE.id]: 'too-small-saving', [SMALL.id]: undefined });
  const few = classOf('work', [served(LARGE.id, 400, 370, { cost: amounts(400, 45_000_000) })]);
  expect(screen({ figures: few })).toMatchObject({ served: 'right-served', candidates: [] });
  expect(dropped(screen({ figures: few }))[TINY.id]).toBe('too-small-saving');
});

test('what is dearer is no saving', () => {
  const figures = classOf('work', [served(TINY.id, 4_000, 3_900, { cost: amounts(4_000, 1_000_000) })]);
  const finding = screen({ figures, policy: { classes: { work: routeTo(TINY) } } });
  expect(finding).toMatchObject({ served: 'right-served', candidates: [] });
  expect(new Set(Object.values(dropped(finding)))).toEqual(new Set(['too-dear', 'same-model']));
  expect(finding.heldBy).toBeUndefined();
});

describe('asks an owner, by the name of the rule,', () => {
  const serving = (small: ReturnType<typeof served>) => classOf('work', [WORK.models[0]!, small]);
  const pair = { models: [LARGE, SMALL] };

  test('whether less quality is worth the saving', () => {
    const figures = serving(served(SMALL.id, 500, 300, { cost: amounts(500, 5_000_000) }));
    const finding = screen({ ...pair, figures });
    expect(finding).toMatchObject({ candidates: [], heldBy: { by: 'escalation' }, escalation: { rule: 'quality-against-cost' } });
    expect(dropped(finding)[SMALL.id]).toBe('worse-on-the-logs');
  });

  test('but not where the logs are too few to say that quality is less', () => {
    const figures = serving(served(SMALL.id, 20, 8, { cost: amounts(20, 5_000_000) }));
    expect(candidates(screen({ ...pair, figures }))).toEqual([SMALL.id]);
  });

  test('whether slower answers are worth the saving', () => {
    const figures = serving(served(SMALL.id, 500, 470, { cost: amounts(500, 5_000_000), latencyMs: amounts(500, 3_000) }));
    const finding = screen({ ...pair, figures });
    expect(finding).toMatchObject({ candidates: [], escalation: { rule: 'customer-visible-latency' } });
  });

  test('whether content of one tier or region could be a class of its own', () => {
    const local = { ...SMALL, privacyTiers: ['public', 'internal'] as const };
    const mixed = { ...WORK, demands: { ...WORK.demands, privacyTiers: { internal: 3_000, restricted: 1_000 } } };
    expect(screen({ models: [LARGE, local], figures: mixed })).toMatchObject({ candidates: [], escalation: { rule: 'privacy-tier' } });
    const abroad = { ...WORK, demands: { ...WORK.demands, residencies: { '': 3_000, eu: 1_000 } } };
    expect(screen({ models: [LARGE, { ...SMALL, regions: ['us'] }], figures: abroad })).toMatchObject({
      escalation: { rule: 'residency' },
    });
  });

  test('where to a class goes whose model is deprecated, retired or gone from the catalogue', () => {
    const leaving = { ...LARGE, status: { kind: 'deprecated', retiresAt: NOW + DAY_MS } as const };
    for (const models of [[leaving, SMALL], [{ ...LARGE, status: { kind: 'retired' } as const }, SMALL], [SMALL]]) {
      expect(screen({ models })).toMatchObject({ heldBy: { by: 'escalation' }, escalation: { rule: 'forced-migration' } });
    }
    expect(screen({ models: [leaving, SMALL] }).heldBy?.detail).toContain('2026-11-22');
  });
});

test('a class without a route whose model is gone has nothing to compare with', () => {
  expect(screen({ models: [SMALL], policy: {} })).toMatchObject({ served: 'right-served', options: [], candidates: [] });
});

test('a restricted class without an eligible alternative is reported as such', () => {
  const figures = { ...WORK, demands: { ...WORK.demands, privacyTiers: { restricted: 4_000 } } };
  const open = MODELS.map((model) => (model === LARGE ? model : { ...model, privacyTiers: ['public', 'internal'] as const }));
  const finding = screen({ models: open, figures });
  expect(finding).toMatchObject({ candidates: [], heldBy: { by: 'ineligible' } });
  expect(finding.heldBy?.detail).toContain('restricted');
  expect(finding.escalation).toBeUndefined();
});

describe('the floor', () => {
  const withFloor = (floor: number) => ({ policy: { classes: { work: { ...routeTo(LARGE), floor } } } });

  test('keeps a class from becoming cheaper that is not sure to be above it', () => {
    expect(screen(withFloor(0.9))).toMatchObject({ served: 'over-served' });
    expect(screen(withFloor(0.925))).toMatchObject({ served: 'right-served', candidates: [] });
    expect(dropped(screen(withFloor(0.925)))[SMALL.id]).toBe('min-quality');
    const ungraded = classOf('work', [served(LARGE.id, 4_000, 0, { graded: 0, cost: amounts(4_000, 45_000_000) })]);
    expect(screen({ ...withFloor(0.5), figures: ungraded })).toMatchObject({ served: 'right-served', candidates: [] });
  });

  test('makes a class under-served that is surely below it, for which the cheapest better model is tried', () => {
    const models = [LARGE, { ...MIDDLE, priorQuality: 0.95 }, { ...SMALL, priorQuality: 0.97 }, TINY];
    const figures = classOf('work', [served(TINY.id, 4_000, 2_400, { cost: amounts(4_000, 1_000_000) })]);
    const policy = { classes: { work: { ...routeTo(TINY), floor: 0.8 } } };
    const finding = screen({ models, figures, policy });
    expect(finding).toMatchObject({ served: 'under-served' });
    expect(finding.heldBy).toBeUndefined();
    expect(candidates(finding)).toEqual([SMALL.id, MIDDLE.id]);
    expect(finding.candidates[0]).toMatchObject({ kind: 'upgrade' });
    expect(finding.candidates[0]!.savingPerMonthNanoUsd).toBeLessThan(0);
  });

  test('that no model promises to reach is said, not lowered', () => {
    const figures = classOf('work', [served(TINY.id, 4_000, 2_400)]);
    const finding = screen({
      models: [TINY, { ...SMALL, priorQuality: 0.3 }],
      figures,
      policy: { classes: { work: { ...routeTo(TINY), floor: 0.8 } } },
    });
    expect(finding).toMatchObject({ served: 'under-served', candidates: [], heldBy: { by: 'ineligible' } });
  });
});

describe('is held before anything is spent,', () => {
  const ago = (days: number) => NOW - days * DAY_MS;
  const setback = { lastAt: ago(30), count: 2 };

  test.each<[string, Partial<AtHand>, string]>([
    ['while a rollout is under way', { stability: { ...STABLE, openRollout: 'r1' } }, 'rollout'],
    ['for 14 days after a change', { stability: { ...STABLE, changedAt: [ago(13)] } }, 'dwell'],
    ['after changing three times in 20 days', { stability: { ...STABLE, changedAt: [ago(60), ago(50), ago(40)] } }, 'damping'],
    ['when earlier losses used the tolerance up', { stability: { ...STABLE, acceptedDeltas: [-0.03, -0.02] } }, 'budget'],
    ['when the replays would pass the cap', { replayLeftNanoUsd: 1_000_000 }, 'spend'],
    ['while every candidate rests', { models: [LARGE, SMALL], stability: { ...STABLE, setbacks: { [SMALL.id]: setback } } }, 'cooldown'],
  ])('%s', (_, given, by) => {
    expect(screen(given).heldBy?.by).toBe(by);
  });

  test('and goes on where the time is over', () => {
    const stability = {
      ...STABLE,
      changedAt: [ago(14)],
      setbacks: { [SMALL.id]: { lastAt: ago(57), count: 2 } },
      acceptedDeltas: [-0.01, 0.03],
    };
    const finding = screen({ models: [LARGE, SMALL], stability });
    expect(finding.heldBy).toBeUndefined();
    expect(finding.limits).toEqual({ tolerance: 0.05, margin: 0.04, floor: null });
  });

  test('when its tasks are too few to prove anything, and says how many would do', () => {
    const dear = (tasks: number) => classOf('work', [served(LARGE.id, tasks, tasks, { cost: amounts(tasks, 4_500_000_000) })]);
    expect(screen({ figures: dear(95) }).heldBy).toMatchObject({ by: 'evidence', detail: expect.stringContaining('96 are the fewest') });
    expect(screen({ figures: dear(96) }).heldBy?.by).not.toBe('evidence');
  });

  test('when the replays would cost more than their share of the saving', () => {
    const settings = { ...DEFAULT_REVIEW_SETTINGS, replay: { ...DEFAULT_REVIEW_SETTINGS.replay, maxShareOfSaving: 0.001 } };
    expect(screen({ settings }).heldBy).toMatchObject({ by: 'spend', detail: expect.stringContaining('of the $') });
  });
});

test('one resting candidate gives way to the next', () => {
  const finding = screen({ stability: { ...STABLE, setbacks: { [SMALL.id]: { lastAt: NOW - DAY_MS, count: 1 } } } });
  expect(dropped(finding)[SMALL.id]).toBe('cooldown');
  expect(candidates(finding)).toEqual([MIDDLE.id, TINY.id]);
});

test('the way back to a model that the class left a short time ago asks for more proof', () => {
  const finding = screen({ stability: { ...STABLE, leftRecently: [SMALL.id] } });
  expect(finding.candidates.map(({ maxP }) => maxP)).toEqual([0.01, undefined]);
});

describe('a group', () => {
  const GROUP = { ...WORK, name: 'small ones', classes: ['a', 'b'] };
  const policyOf = (b: object) => ({ policy: { classes: { a: { ...routeTo(LARGE), tolerance: 0.04 }, b: { ...routeTo(LARGE), ...b } } } });

  test('is changed as one, and keeps to the strictest of its classes', () => {
    const finding = screen({ figures: GROUP, ...policyOf({ floor: 0.7, fallbacks: [] }) });
    expect(finding.limits).toEqual({ tolerance: 0.04, margin: 0.04, floor: 0.7 });
    expect(Object.keys(finding.candidates[0]!.change.after)).toEqual(['a', 'b']);
  });

  test('whose classes are routed apart is held', () => {
    const finding = screen({ figures: GROUP, ...policyOf(routeTo(MIDDLE)) });
    expect(finding).toMatchObject({ candidates: [], heldBy: { by: 'evidence', detail: expect.stringContaining('routed apart') } });
  });
});

test.each([[1], [1e-9]])('a tolerance of %d is taken as it is', (tolerance) => {
  const finding = screen({ policy: { classes: { work: { ...routeTo(LARGE), tolerance } } } });
  expect(finding.limits).toMatchObject({ tolerance, margin: tolerance });
  expect(finding.heldBy?.by).toBe(tolerance === 1 ? undefined : 'evidence');
});

test('no tolerance is no room for a cheaper model', () => {
  expect(screen({ policy: { classes: { work: { ...routeTo(LARGE), tolerance: 0 } } } }).heldBy).toMatchObject({ by: 'budget' });
});

test('the plain alternatives are weighed: a mix is named, a model is tried', () => {
  const models = [LARGE, MIDDLE, TINY];
  const figures = classOf('work', [
    served(LARGE.id, 4_000, 3_400, { cost: amounts(4_000, 45_000_000) }),
    served(MIDDLE.id, 1_000, 900, { cost: amounts(1_000, 30_000_000) }),
    served(TINY.id, 1_000, 810, { cost: amounts(1_000, 1_000_000) }),
  ]);
  const finding = screen({ models, figures });
  expect(finding.plain.singleSwap).toMatchObject({ shares: { [MIDDLE.id]: 1 }, costPerTaskNanoUsd: 30_000_000 });
  expect(Object.keys(finding.plain.mix?.shares ?? {}).sort()).toEqual([MIDDLE.id, TINY.id].sort());
  expect(finding.candidates.every(({ change }) => change.after.work?.kind === 'model')).toBe(true);
});

test('classes that serve people badly are replayed first, then those of which most is to be hoped', () => {
  const [cheap, dear] = [100, 50_000].map((tasks) => screen({ figures: classOf('work', [served(LARGE.id, tasks, tasks)]) }));
  const bad = screen({
    figures: classOf('work', [served(TINY.id, 400, 100)]),
    policy: { classes: { work: { ...routeTo(TINY), floor: 0.9 } } },
  });
  expect([cheap!, bad, dear!].sort(compareFindings)).toEqual([bad, dear, cheap]);
});

const anyModel = fc.record({
  cost: fc.integer({ min: 0, max: 100 }),
  graded: fc.integer({ min: 0, max: 500 }),
  rate: fc.double({ min: 0, max: 1, noNaN: true }),
  isOpen: fc.boolean(),
  status: fc.constantFrom('active', 'deprecated', 'retired'),
});

test('whatever the figures, every candidate is eligible, no more than two are tried, and every other model has its reason', () => {
  fc.assert(
    fc.property(
      fc.array(anyModel, { minLength: 1, maxLength: 6 }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      (drafts, floor) => {
        const models = drafts.map(({ cost, isOpen, status }, index) =>
          testModel(`p/m${index}`, {
            prices: pricesOf(cost, cost),
            privacyTiers: isOpen ? ['internal', 'restricted'] : ['internal'],
            status: { kind: status } as Model['status'],
          }),
        );
        const figures = classOf(
          'work',
          drafts.map(({ graded, rate, cost }, index) =>
            served(`p/m${index}`, 500, 0, { graded, scoreSum: Math.round(graded * rate), cost: amounts(500, cost * 1_000_000) }),
          ),
          { demands: { ...WORK.demands, privacyTiers: { restricted: 500 } } },
        );
        const policy = { classes: { work: { ...routeTo(models[0]!), ...(floor === null ? {} : { floor }) } } };
        const finding = screen({ models, figures, policy });
        expect(finding.candidates.length).toBeLessThanOrEqual(2);
        const tried = new Set(candidates(finding));
        for (const [index, option] of finding.options.entries()) {
          if (tried.has(option.model)) {
            expect(drafts[index]).toMatchObject({ isOpen: true, status: 'active' });
            expect(option.dropped).toBeUndefined();
          } else {
            expect(option.dropped?.detail).toBeTruthy();
          }
        }
        if (finding.served === 'over-served') for (const each of finding.candidates) expect(each.savingPerMonthNanoUsd).toBeGreaterThan(0);
        expect(JSON.parse(JSON.stringify(finding))).toEqual(finding);
      },
    ),
    { numRuns: 200 },
  );
});
