/** When a review tries a cascade: only under an offered check, only where it beats what is plainer, and never half of one. */

import fc from 'fast-check';
import type { Check } from '../../../../routing/cascade/check';
import type { CheckCounts } from '../../../../routing/cascade/check-figures';
import type { Finding } from '../../../../routing/review/findings';
import { compareFindings, screenClass } from '../../../../routing/review/propose/propose';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../../../routing/review/settings';
import { pricesOf, testModel } from '../../../support/catalogue';
import { type AtHand, amounts, atHand, classOf, NOW, STABLE, served } from '../../../support/class-figures';

/** A task of 1,000 tokens in and 500 out costs 45 and 1 thousandths of a dollar. */
const LARGE = testModel('west/large', { prices: pricesOf(20, 50), priorQuality: 0.9 });
const TINY = testModel('north/tiny', { prices: pricesOf(0.5, 1), priorQuality: 0.6 });
const JUDGE = testModel('east/judge', { prices: pricesOf(0.1, 0.2), priorQuality: 0.5 });
const NAME = `cascade ${TINY.id} → ${LARGE.id}`;

const SCHEMA: Check = { kind: 'json-schema', schema: true };
const ASK_JUDGE: Check = { kind: 'judge', model: JUDGE.id, rubric: 'It is right.', maxOutputTokens: 100 };
const offering = (check: Check, sensitivity = 0.9, specificity = 0.9) => ({
  ...DEFAULT_REVIEW_SETTINGS,
  cascades: { work: { check, assumed: { sensitivity, specificity } } },
});

/** The cheap model is known to be good on three tasks of four: too few for the class, and enough for a cascade. */
const WORK = classOf('work', [
  served(LARGE.id, 8_000, 7_200, { cost: amounts(8_000, 45_000_000) }),
  served(TINY.id, 400, 300, { cost: amounts(400, 1_000_000) }),
]);
const ROUTE = { route: { kind: 'model', model: LARGE.id, fallbacks: [] }, tolerance: 0.05 } as const;

function screen(given: Partial<AtHand> = {}): Finding {
  return screenClass(
    atHand({
      figures: WORK,
      models: [LARGE, TINY],
      policy: { classes: { work: ROUTE } },
      settings: offering(SCHEMA),
      checkCounts: [],
      ...given,
    }),
  );
}

const tried = ({ candidates }: Finding) => candidates.map(({ model }) => model);

test('where no model alone is good enough, the cheaper one with the check before the present one is tried', () => {
  const finding = screen();
  expect(finding).toMatchObject({ served: 'over-served' });
  expect(finding.heldBy).toBeUndefined();
  expect(finding.candidates).toMatchObject([
    {
      kind: 'cascade',
      model: NAME,
      change: {
        before: { work: ROUTE.route },
        after: { work: { kind: 'cascade', steps: [{ model: TINY.id, check: SCHEMA }, { model: LARGE.id }], stream: 'checked' } },
      },
    },
  ]);
  const [cascade] = finding.cascades ?? [];
  expect(cascade).toMatchObject({ pays: true, check: { kind: 'json-schema', from: 'assumed', costNanoUsd: 0 } });
  expect(cascade?.dropped).toBeUndefined();
  expect(finding.candidates[0]?.costPerTaskNanoUsd).toBe(cascade?.costPerTaskNanoUsd);
  expect(finding.why).toContain(`${NAME} would save about $`);
});

test.each([
  ['the policy offers no check', { settings: DEFAULT_REVIEW_SETTINGS }],
  [
    'the check is offered for another class',
    { settings: { ...DEFAULT_REVIEW_SETTINGS, cascades: { other: offering(SCHEMA).cascades.work } } },
  ],
  ['nobody can replay a cascade', { checkCounts: undefined as never }],
])('where %s, none is tried, and it is weighed as ever', (_, { checkCounts = [], ...given }: Partial<AtHand>) => {
  const { checkCounts: __, ...at } = atHand({ figures: WORK, models: [LARGE, TINY], policy: { classes: { work: ROUTE } }, ...given });
  const finding = screenClass('settings' in given ? { ...at, checkCounts } : at);
  expect(finding.candidates).toEqual([]);
  expect(finding.cascades).toMatchObject([{ models: [TINY.id, LARGE.id], assumedAccuracy: 0.9 }]);
  expect(finding.cascades?.[0]).not.toHaveProperty('check');
});

test('a check that is too weak to pay is said to be, with how right it would have to be', () => {
  const finding = screen({ settings: offering(SCHEMA, 0.5, 0.5) });
  expect(finding.candidates).toEqual([]);
  expect(finding.cascades?.[0]?.dropped).toMatch(/right on 50 % of bad and 50 % of good answers, which is too weak to pay: .* \d/);
});

test('graded answers count before what the policy assumes, once there are enough of them', () => {
  const counts = (graded: number): CheckCounts => ({
    ...{ taskClass: 'work', model: TINY.id, check: 'json-schema', passed: graded, failed: graded, crashed: 0, escalated: graded },
    ...{ goodPassed: graded / 2, goodFailed: graded / 2, badPassed: graded / 2, badFailed: graded / 2, costNanoUsd: 0, delayMs: 0 },
    graded: {
      ...{ costNanoUsd: null, goodScore: null, badScore: null, givenAfterGood: null, givenAfterBad: null },
      ...{ laterCostAfterGood: null, laterCostAfterBad: null },
    },
  });
  expect(screen({ checkCounts: [counts(20)] }).cascades?.[0]?.check).toMatchObject({ from: 'assumed', sensitivity: 0.9 });
  const measured = screen({ checkCounts: [counts(40)] });
  expect(measured.cascades?.[0]?.check).toMatchObject({ from: 'measured', sensitivity: 0.5, specificity: 0.5 });
  expect(measured.candidates).toEqual([]);
});

test('a check that asks a model costs what it asks, and none is used whose model may not see the class', () => {
  const models = [LARGE, TINY, JUDGE];
  const asked = screen({ models, settings: offering(ASK_JUDGE) });
  expect(tried(asked)).toContain(NAME);
  expect(asked.cascades?.find(({ models: [first] }) => first === TINY.id)?.check?.costNanoUsd).toBeGreaterThan(0);
  const outside = screen({ models: [LARGE, TINY, { ...JUDGE, privacyTiers: ['public'] }], settings: offering(ASK_JUDGE) });
  expect(outside.candidates).toEqual([]);
  expect(outside.cascades?.[0]?.dropped).toContain(`its check asks ${JUDGE.id}, which may not see the class`);
  const unpriced = screen({ models: [LARGE, TINY, withoutPrices()], settings: offering(ASK_JUDGE) });
  expect(unpriced.cascades?.[0]?.dropped).toContain('unknown is not free');
});

function withoutPrices() {
  const { prices: _, ...model } = JUDGE;
  return model;
}

test('a model alone that is expected to do as much for less comes first, and the cascade where that is not proved', () => {
  const good = classOf('work', [
    served(LARGE.id, 4_000, 3_600, { cost: amounts(4_000, 45_000_000) }),
    served(TINY.id, 400, 364, { cost: amounts(400, 1_000_000) }),
  ]);
  expect(tried(screen({ figures: good })).at(0)).toBe(TINY.id);
  expect(screen({ figures: good, settings: DEFAULT_REVIEW_SETTINGS }).candidates).toHaveLength(1);
});

test('a cascade that was turned down a short time ago rests as a model does', () => {
  const stability = { ...STABLE, setbacks: { [NAME]: { lastAt: NOW - DAY_MS, count: 1 } } };
  const finding = screen({ stability });
  expect(finding.candidates).toEqual([]);
  expect(finding.cascades?.[0]?.dropped).toContain('is not tried again until');
});

test('a class below its floor, or not sure to be above it, gets no cascade', () => {
  for (const floor of [0.95, 0.9]) expect(screen({ policy: { classes: { work: { ...ROUTE, floor } } } }).candidates).toEqual([]);
});

test('a class with a cascade to try stands in the order of what is to be hoped for', () => {
  const small = screen({ windowMs: 280 * DAY_MS });
  expect(compareFindings(screen(), small)).toBeLessThan(0);
});

test('whatever the figures, a cascade that is tried pays, saves enough, and has two different models that may serve the class', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, share, fc.integer({ min: 1, max: 60 }), (sensitivity, specificity, quality, thousandths) => {
      const figures = classOf('work', [
        served(LARGE.id, 4_000, 3_600, { cost: amounts(4_000, 45_000_000) }),
        served(TINY.id, 400, Math.round(400 * quality), { cost: amounts(400, thousandths * 1_000_000) }),
      ]);
      const finding = screen({ figures, settings: offering(SCHEMA, sensitivity, specificity) });
      const cascade = finding.candidates.find(({ kind }) => kind === 'cascade');
      const shown = finding.cascades?.filter(({ dropped }) => dropped === undefined) ?? [];
      expect(shown).toHaveLength(cascade === undefined ? 0 : 1);
      if (cascade === undefined) return;
      expect(shown[0]).toMatchObject({ pays: true, models: [TINY.id, LARGE.id] });
      expect(cascade.costPerTaskNanoUsd).toBeLessThanOrEqual(45_000_000 * (1 - DEFAULT_REVIEW_SETTINGS.screen.minSavingShare));
      expect(shown[0]?.quality).toBeGreaterThan(shown[0]?.mixQuality ?? 1);
    }),
  );
});
