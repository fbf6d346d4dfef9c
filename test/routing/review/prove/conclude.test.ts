import * as fc from 'fast-check';
import type { Route } from '../../../../routing/decision/policy';
import { comparePass } from '../../../../routing/review/prove/compare';
import { adjustedProofs, concludeProposals, type DecidedProposal } from '../../../../routing/review/prove/conclude';
import type { Comparison } from '../../../../routing/review/prove/evidence';
import { pairsOf, passOf } from '../../../support/paired-answers';

const PROOF = { alpha: 0.025, falseDiscoveryRate: 0.05, highRiskClasses: [] };
const PASSED = comparePass(passOf(pairsOf({ a: 380, b: 15, c: 15, d: 52 })));
const FAILED = comparePass(passOf(pairsOf({ a: 1900, b: 5, c: 150, d: 50 })));

const decided = (id: string, comparison: Partial<Comparison> = {}, more: Partial<DecidedProposal> = {}): DecidedProposal => ({
  id,
  classes: [id],
  candidate: 'acme/small',
  finding: { candidates: [] },
  comparisons: [{ ...PASSED, ...comparison }],
  ...more,
});
const one = (comparison: Partial<Comparison>, more: Partial<DecidedProposal> = {}) =>
  concludeProposals([decided('only', comparison, more)], PROOF).get('only')!;

test('adjusted p-values are those of Benjamini and Hochberg, and of Holm for classes of high risk', () => {
  const proposals = [0.001, 0.02, 0.015].map((pClass, index) => decided(`class ${index}`, { pClass }));
  const adjusted = adjustedProofs(proposals, { ...PROOF, highRiskClasses: ['class 1'] });
  expect([...adjusted.values()]).toEqual([
    { adjustedP: expect.closeTo(0.003, 9), adjustedLimit: 0.05, correction: 'benjamini-hochberg', classesCompared: 3 },
    { adjustedP: expect.closeTo(0.03, 9), adjustedLimit: 0.05, correction: 'holm', classesCompared: 3 },
    { adjustedP: expect.closeTo(0.02, 9), adjustedLimit: 0.05, correction: 'benjamini-hochberg', classesCompared: 3 },
  ]);
});

test('a pass that is not rare enough among many classes is held, and it is said why', () => {
  const others = Array.from({ length: 9 }, (_, index) => decided(`none ${index}`, { verdict: 'INCONCLUSIVE', pClass: 0.6 }));
  const conclusions = concludeProposals([decided('weak', { pClass: 0.02 }), ...others], PROOF);
  expect(conclusions.get('weak')).toMatchObject({
    kind: 'hold',
    adjusted: { adjustedP: expect.closeTo(0.2, 9) },
    detail: expect.stringContaining('10 classes'),
  });
  expect(concludeProposals([decided('weak', { pClass: 0.02 })], PROOF).get('weak')!.kind).toBe('pass');
});

test('a class that goes back to a model it just left has a limit of its own', () => {
  const finding = {
    candidates: [
      { kind: 'swap', model: 'acme/small', savingPerMonthNanoUsd: 1, maxP: 0.01, change: { name: '', classes: [], before: {}, after: {} } },
    ],
  } as const;
  expect(one({ pClass: 0.009 }, { finding }).kind).toBe('pass');
  expect(one({ pClass: 0.011 }, { finding })).toMatchObject({ kind: 'hold', adjusted: { adjustedLimit: 0.01 } });
});

test('a cascade that passes is put before an owner with what to write, and one that does not is held as any change', () => {
  const route: Route = {
    kind: 'cascade',
    steps: [{ model: 'acme/small', check: { kind: 'number' } }, { model: 'acme/large' }],
    stream: 'checked',
  };
  const change = { name: 'only', classes: ['only'], before: {}, after: { only: route } };
  const more = {
    candidate: 'cascade acme/small → acme/large',
    finding: { candidates: [{ kind: 'cascade', model: 'cascade acme/small → acme/large', savingPerMonthNanoUsd: 1, change }] },
  } as const;
  expect(one({}, more)).toMatchObject({
    kind: 'hold',
    escalation: 'cascade-by-hand',
    detail: expect.stringContaining('write a cascade of acme/small and acme/large, in this order'),
  });
  expect(one({ verdict: 'INCONCLUSIVE', pClass: 0.6 }, more)).not.toHaveProperty('escalation');
});

test('a class that was stopped by a veto lends no evidence to the others', () => {
  const stopped = decided('stopped', { verdict: 'FAIL', pClass: 1e-6, flags: ['STRATUM_VETO'] });
  const weak = decided('weak', { pClass: 0.024 });
  expect(adjustedProofs([stopped, weak], PROOF).get('weak')!.adjustedP).toBeCloseTo(0.048, 9);
  expect(adjustedProofs([stopped, weak], PROOF).get('stopped')!.adjustedP).toBe(1);
});

test('what decides nothing is held with the number of tasks that would have decided', () => {
  const small = comparePass(passOf(pairsOf({ a: 60, b: 2, c: 2, d: 16 })));
  const held = one(small);
  expect(held).toMatchObject({ kind: 'hold', detail: expect.stringContaining(`About ${small.pairsNeeded} tasks would have decided`) });
  expect(held).not.toHaveProperty('escalation');
});

test('money or time that ended is named', () => {
  expect(one({ verdict: 'INCONCLUSIVE', excluded: { 'spend-cap': 40 } })).toMatchObject({
    detail: expect.stringContaining('Money or time ended'),
  });
});

test('a loss beyond the tolerance for half of the cost is for an owner', () => {
  expect(FAILED).toMatchObject({ verdict: 'FAIL', flags: [] });
  expect(one(FAILED)).toMatchObject({
    kind: 'hold',
    escalation: 'quality-against-cost',
    detail: expect.stringContaining('for an owner to say'),
  });
});

test.each<[string, Partial<Comparison>]>([
  ['saves little', { cost: { ...FAILED.cost, ratio: { ...FAILED.cost.ratio!, savingLowerBound: 0.4 } } }],
  ['loses more than twice what is accepted', { delta: -0.11 }],
  ['harms a part of the tasks', { flags: ['STRATUM_VETO'] }],
  ['is below the floor', { flags: ['BELOW_FLOOR'] }],
  ['proved nothing', { verdict: 'INCONCLUSIVE' }],
])('a candidate that %s is no trade-off', (_, change) => expect(one({ ...FAILED, ...change })).not.toHaveProperty('escalation'));

test('a proven quality that only latency stops is for an owner', () => {
  const slow = { verdict: 'INCONCLUSIVE', flags: ['TOO_SLOW'] } as const;
  expect(one(slow)).toMatchObject({ kind: 'hold', escalation: 'customer-visible-latency' });
  expect(one({ ...slow, pClass: 0.2 })).not.toHaveProperty('escalation');
  expect(one({ ...slow, flags: ['TOO_SLOW', 'CATASTROPHIC'] })).not.toHaveProperty('escalation');
});

test('what was never compared has no conclusion', () =>
  expect(concludeProposals([decided('held before', {}, { comparisons: [] })], PROOF).size).toBe(0));

test('a class that proves nothing never makes another one pass', () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.05, noNaN: true }), { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0.051, max: 1, noNaN: true }),
      (values, p) => {
        const all = values.map((pClass, index) => decided(`class ${index}`, { pClass }));
        const before = concludeProposals(all, PROOF);
        const after = concludeProposals([...all, decided('more', { verdict: 'INCONCLUSIVE', pClass: p })], PROOF);
        for (const { id } of all) if (before.get(id)!.kind === 'hold') expect(after.get(id)!.kind).toBe('hold');
      },
    ),
  ));
