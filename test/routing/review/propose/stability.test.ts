/** When a class is left alone, and for how long. */

import fc from 'fast-check';
import { cooldownUntil, dwellUntil, frozenUntil } from '../../../../routing/review/propose/stability';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../../../routing/review/settings';
import { STABLE } from '../../../support/class-figures';

const { stability: SETTINGS } = DEFAULT_REVIEW_SETTINGS;
const onDays = (...days: readonly number[]) => ({ ...STABLE, changedAt: days.map((day) => day * DAY_MS) });
const frozenUntilDay = (changes: readonly number[], day: number) => {
  const until = frozenUntil(onDays(...changes), day * DAY_MS);
  return until === undefined ? undefined : until / DAY_MS;
};

test('the third change within 20 days freezes a class until day 71', () => {
  expect(frozenUntilDay([0, 10], 10)).toBeUndefined();
  expect(frozenUntilDay([0, 10, 20], 20)).toBe(71);
  expect(frozenUntilDay([0, 10, 20], 70.9)).toBe(71);
  expect(frozenUntilDay([0, 10, 20], 71)).toBeUndefined();
});

test('a change of a frozen class keeps it frozen for longer', () => {
  expect(frozenUntilDay([0, 10, 20, 60], 60)).toBeGreaterThan(71);
  // Alone, the change on day 60 would not have been enough.
  expect(frozenUntilDay([20, 60], 60)).toBeUndefined();
});

test('changes that are to come do not count', () => {
  expect(frozenUntilDay([0, 10, 20], 15)).toBeUndefined();
});

test('a class rests for 14 days after its last change', () => {
  expect(dwellUntil(STABLE, SETTINGS)).toBeUndefined();
  expect(dwellUntil(onDays(3, 40), SETTINGS)).toBe(54 * DAY_MS);
});

test.each([
  [1, 28],
  [2, 56],
  [3, 112],
  [4, 112],
  [40, 112],
])('after %d setbacks a candidate rests for %d days', (count, days) => {
  expect(cooldownUntil({ lastAt: 0, count }, SETTINGS)).toBe(days * DAY_MS);
  expect(cooldownUntil(undefined, SETTINGS)).toBeUndefined();
});

test('a freeze always ends, and one more change never ends it sooner', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 8 }), (days) => {
      const changes = [...days].sort((a, b) => a - b);
      const last = changes.at(-1)!;
      const until = frozenUntilDay(changes, last) ?? last;
      expect(until).toBeGreaterThanOrEqual(last);
      expect(frozenUntilDay(changes, until)).toBeUndefined();
      expect(frozenUntilDay([...changes, last], last) ?? last).toBeGreaterThanOrEqual(until);
    }),
  );
});
