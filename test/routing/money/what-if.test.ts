import fc from 'fast-check';
import { costOf } from '../../../routing/money/cost';
import type { Usage } from '../../../routing/money/price';
import { costElsewhere, priceBorders, sampledRatio } from '../../../routing/money/what-if';
import { seededRandom } from '../../../routing/statistics/random';
import { pricesOf, testModel } from '../../support/catalogue';

const STEPPED = testModel('a/stepped', {
  prices: {
    steps: [...pricesOf(1, 5).steps, { aboveInputTokens: 1_000, input: 2_000_000, output: 10_000_000, cacheRead: 300_000 }],
    perCallNanoUsd: 7,
  },
});
const PLAIN = testModel('b/plain');
const UNPRICED = testModel('c/unpriced', {});
const { prices: _, ...UNKNOWN } = UNPRICED;

const usage = fc.record({
  inputTokens: fc.nat(3_000),
  cacheReadTokens: fc.nat(500),
  cacheWriteTokens: fc.nat(500),
  cacheWrite1hTokens: fc.constant(0),
  outputTokens: fc.nat(3_000),
  reasoningTokens: fc.nat(500),
});
const inputOf = ({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage) => inputTokens + cacheReadTokens + cacheWriteTokens;

test('borders are where any price list changes, each once and ascending', () => {
  expect(priceBorders([PLAIN, STEPPED, PLAIN, UNKNOWN])).toEqual([0, 1_000]);
  expect(priceBorders([])).toEqual([0]);
});

test('a cell of many calls costs what its calls cost one by one, but for the rounding of each', () => {
  fc.assert(
    fc.property(fc.array(usage, { minLength: 1, maxLength: 20 }), fc.boolean(), (calls, isLong) => {
      const cell = calls.filter((each) => inputOf(each) > 1_000 === isLong);
      const sum = (of: keyof Usage) => cell.reduce((total, each) => total + each[of], 0);
      const summed: Usage = {
        inputTokens: sum('inputTokens'),
        cacheReadTokens: sum('cacheReadTokens'),
        cacheWriteTokens: sum('cacheWriteTokens'),
        cacheWrite1hTokens: 0,
        outputTokens: sum('outputTokens'),
        reasoningTokens: sum('reasoningTokens'),
      };
      const together = costElsewhere({ calls: cell.length, aboveInputTokens: isLong ? 1_000 : 0, usage: summed }, STEPPED, 1)!;
      const single = cell.reduce((total, each) => total + costOf(STEPPED.prices!, each), 0);
      expect(Math.abs(together - single)).toBeLessThanOrEqual(cell.length);
    }),
  );
});

test('a model that says twice as much is paid for twice the answer', () => {
  const cell = {
    calls: 1,
    aboveInputTokens: 0,
    usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 100, reasoningTokens: 20 },
  };
  expect(costElsewhere(cell, { ...PLAIN, verbosity: 2 }, 1)).toBe(2 * costElsewhere(cell, PLAIN, 1)!);
  expect(costElsewhere(cell, PLAIN, 0.5)).toBe(2 * costElsewhere(cell, PLAIN, 1)!);
});

test('what it would cost on a model without a price is not known, and not nothing', () => {
  expect(
    costElsewhere(
      {
        calls: 1,
        aboveInputTokens: 0,
        usage: { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 1, reasoningTokens: 0 },
      },
      UNKNOWN,
      1,
    ),
  ).toBeUndefined();
});

describe('a ratio from a sample', () => {
  test('of everything is exact', () => {
    expect(
      sampledRatio(
        [
          { part: 1, of: 4 },
          { part: 3, of: 4 },
        ],
        2,
      ),
    ).toEqual({ ratio: 0.5, error: 0 });
  });

  test('without a sum to compare with is not known', () => {
    expect(sampledRatio([], 10)).toBeUndefined();
    expect(sampledRatio([{ part: 1, of: 0 }], 10)).toBeUndefined();
    expect(sampledRatio([{ part: 1, of: 1 }], 10)).toEqual({ ratio: 1, error: Number.POSITIVE_INFINITY });
  });

  test('is within two of its standard errors in some 95 of 100 samples', () => {
    const random = seededRandom('ratio');
    const everything = Array.from({ length: 5_000 }, () => {
      const of = Math.exp(2 * random());
      return { of, part: of * (random() < 0.7 ? 0.3 : 1) };
    });
    const truth = everything.reduce((sum, { part }) => sum + part, 0) / everything.reduce((sum, { of }) => sum + of, 0);
    const samples = 400;
    let within = 0;
    for (let sample = 0; sample < samples; sample++) {
      const { ratio, error } = sampledRatio(
        Array.from({ length: 200 }, () => everything[Math.floor(random() * everything.length)]!),
        everything.length,
      )!;
      if (Math.abs(ratio - truth) <= 1.96 * error) within++;
    }
    expect(within / samples).toBeGreaterThan(0.92);
    expect(within / samples).toBeLessThan(0.98);
  });
});
