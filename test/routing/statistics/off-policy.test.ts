import * as fc from 'fast-check';
import { offPolicy } from '../../../routing/statistics/off-policy';

const LOG = [
  { action: 'small', p: 0.25, reward: 1 },
  { action: 'large', p: 0.75, reward: 1 },
  { action: 'small', p: 0.5, reward: 0 },
  { action: 'large', p: 0.75, reward: 0 },
];

test('weighs the choices of the target by their rarity', () => {
  // Weights 4 and 2 of 4 choices: by hand.
  expect(offPolicy(LOG, 'small', { small: 0.5, large: 0.9 }, null)).toEqual({
    ips: 1,
    snips: 4 / 6,
    dr: 0.5 + (4 * 0.5 + 2 * -0.5) / 4,
    ess: 36 / 20,
    meanWeight: 1.5,
  });
});

test('no weight exceeds the clip', () => {
  expect(offPolicy(LOG, 'small', { small: 0.5 }, 2)).toEqual({ ips: 0.5, snips: 0.5, dr: 0.5, ess: 2, meanWeight: 1 });
});

const choice = fc.record({
  action: fc.constantFrom('small', 'large'),
  p: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
  reward: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('a prediction that is right on every choice needs no log: the doubly robust value is the prediction', () => {
  fc.assert(
    fc.property(fc.array(choice), fc.double({ min: 0, max: 1, noNaN: true }), (log, reward) => {
      const always = [{ action: 'small', p: 0.5, reward }, ...log.map((entry) => ({ ...entry, reward }))];
      expect(offPolicy(always, 'small', { small: reward }, 10).dr).toBeCloseTo(reward, 10);
    }),
  );
});

test('the expected value over the logging probabilities is the true one', () => {
  // Every way the router can choose for one task, with its probability.
  const [p, reward] = [0.2, 0.7];
  const chosen = offPolicy([{ action: 'small', p, reward }], 'small', { small: 0.4 }, null);
  const notChosen = { ips: 0, dr: 0.4 };
  expect(p * chosen.ips + (1 - p) * notChosen.ips).toBeCloseTo(reward, 12);
  expect(p * chosen.dr + (1 - p) * notChosen.dr).toBeCloseTo(reward, 12);
});

test.each([
  ['a deterministic choice', () => offPolicy([{ action: 'small', p: 1, reward: 1 }], 'small', { small: 1 }, 10)],
  ['a choice that could not be', () => offPolicy([{ action: 'small', p: 0, reward: 1 }], 'small', { small: 1 }, 10)],
  ['a target never chosen', () => offPolicy(LOG, 'other', { other: 1 }, 10)],
  ['a target without a prediction', () => offPolicy(LOG, 'small', {}, 10)],
  ['a clip of nothing', () => offPolicy(LOG, 'small', { small: 1 }, 0)],
])('refuses %s', (_, call) => {
  expect(call).toThrow(RangeError);
});
