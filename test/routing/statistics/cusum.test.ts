import * as fc from 'fast-check';
import { bernoulliCusum, cusum } from '../../../routing/statistics/cusum';
import { normalQuantile } from '../../../routing/statistics/normal';

// Montgomery, Introduction to Statistical Quality Control, tables 9.1 and 9.2: from the 21st value on the mean is 11 instead of 10.
const MONTGOMERY = [
  9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03, 11.47, 10.51, 9.4, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.9,
  9.33, 12.29, 11.5, 10.6, 11.08, 10.38, 11.62, 11.31, 10.52,
];

test("gives the sums of Montgomery's table 9.2, with the alarm at its period 29", () => {
  const { path, alarmIndex } = cusum(MONTGOMERY, 10, 1, 0.5, 5);
  expect(path.slice(0, 5).map(([upper]) => upper)).toEqual([0, 0, 0, 1.16, 2.82].map((sum) => expect.closeTo(sum, 10)));
  expect(path.slice(0, 3).map(([, lower]) => lower)).toEqual([0.05, 1.56, 1.77].map((sum) => expect.closeTo(sum, 10)));
  expect(path[28]![0]).toBeCloseTo(5.28, 10);
  expect(alarmIndex).toBe(28);
});

test('counts in standard deviations, so that scale and place do not matter', () => {
  const scaled = MONTGOMERY.map((value) => 3 + 0.02 * (value - 10));
  expect(cusum(scaled, 3, 0.02, 0.5, 5).alarmIndex).toBe(28);
});

test('finds a fall as it finds a rise', () => {
  const mirrored = cusum(
    MONTGOMERY.map((value) => 20 - value),
    10,
    1,
    0.5,
    5,
  );
  expect(mirrored.alarmIndex).toBe(28);
  expect(mirrored.path[28]![1]).toBeCloseTo(5.28, 10);
});

test('notices a shift by one sigma after 10.4 values on average, with k 0.5 and h 5', () => {
  // Montgomery, table 9.3. 2000 runs leave an error of about 0.1.
  let state = 20_260_101;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  let values = 0;
  for (let run = 0; run < 2000; run++) {
    const shifted = Array.from({ length: 100 }, () => 1 + normalQuantile(uniform()));
    values += cusum(shifted, 0, 1, 0.5, 5).alarmIndex + 1;
  }
  expect(Math.abs(values / 2000 - 10.4)).toBeLessThan(0.4);
});

test('says -1 when nothing alarms', () => {
  expect(cusum([], 0, 1, 0.5, 5)).toEqual({ path: [], alarmIndex: -1 });
  expect(bernoulliCusum([1, 1, 1], 0.9, 0.8, 1).alarmIndex).toBe(-1);
});

test('a failure weighs ln((1−p1)/(1−p0)), a success ln(p1/p0)', () => {
  const { weights, path } = bernoulliCusum([0, 1, 0], 0.91, 0.85, 12);
  expect(weights).toEqual({ success: expect.closeTo(-0.06820825002653369, 14), failure: expect.closeTo(0.5108256237659907, 14) });
  expect(path).toEqual([0.5108256237659907, 0.442617373739457, 0.9534429975054477].map((sum) => expect.closeTo(sum, 12)));
});

test('alarms at the failure that reaches the threshold, not after it', () => {
  const failure = Math.log(0.2 / 0.1);
  expect(bernoulliCusum([0, 0, 0, 0], 0.9, 0.8, 2 * failure).alarmIndex).toBe(1);
});

test('the sum never goes below 0, and good times before do not delay an alarm', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1)), fc.nat({ max: 500 }), (values, good) => {
      const { path, alarmIndex } = bernoulliCusum(values, 0.91, 0.85, 2);
      expect(Math.min(0, ...path)).toBe(0);
      const later = bernoulliCusum([...Array.from({ length: good }, () => 1), ...values], 0.91, 0.85, 2);
      expect(later.alarmIndex).toBe(alarmIndex === -1 ? -1 : alarmIndex + good);
    }),
  );
});

test.each([
  () => cusum([1], 0, 0, 0.5, 5),
  () => cusum([Number.NaN], 0, 1, 0.5, 5),
  () => cusum([1], 0, 1, -1, 5),
  () => bernoulliCusum([1], 0.8, 0.8, 5),
  () => bernoulliCusum([0.5], 0.9, 0.8, 5),
  () => bernoulliCusum([1], 0.9, 0.8, 0),
])('refuses arguments outside their ranges: %s', (call) => {
  expect(call).toThrow(RangeError);
});
