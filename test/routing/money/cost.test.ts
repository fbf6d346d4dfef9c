import * as fc from 'fast-check';
import { costOf, estimateCost, maxInputTokens, worstCaseCost } from '../../../routing/money/cost';
import type { PriceStep, Prices, Usage } from '../../../routing/money/price';
import { usageOf } from '../../../routing/money/usage';
import { usdPerMillionToPico, usdToNano } from '../../../routing/units';
import { testModel } from '../../support/catalogue';

const NOTHING: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** A price step in dollars per million tokens. */
function step(prices: Readonly<Record<string, number>>, aboveInputTokens = 0): PriceStep {
  const pico = Object.fromEntries(Object.entries(prices).map(([name, price]) => [name, usdPerMillionToPico(price)]));
  return { aboveInputTokens, input: 0, output: 0, ...pico };
}

const SONNET: Prices = { steps: [step({ input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWrite1h: 6 })] };

describe('published bills', () => {
  test('3 input, 12,304 cache-write and 550 output tokens at $3, $3.75 and $15 per million are $0.054399', () => {
    expect(costOf(SONNET, { ...NOTHING, inputTokens: 3, cacheWriteTokens: 12_304, outputTokens: 550 })).toBe(usdToNano(0.054399));
  });

  test('2,006 prompt tokens, 1,920 of them cached, and 300 output on gpt-4o ($2.50, $1.25, $10) are $0.005615', () => {
    const usage = usageOf('inside', { inputTokens: 2006, cacheReadTokens: 1920, outputTokens: 300 }) ?? NOTHING;
    expect(costOf({ steps: [step({ input: 2.5, cacheRead: 1.25, output: 10 })] }, usage)).toBe(usdToNano(0.005615));
  });
});

test('a long-context step is chosen by the whole input, cached tokens included, and applies to the whole request', () => {
  const prices = { steps: [step({ input: 1, output: 10 }), step({ input: 2, output: 15 }, 200_000)] };
  expect(costOf(prices, { ...NOTHING, inputTokens: 50_000, cacheReadTokens: 150_000, outputTokens: 100 })).toBe(usdToNano(0.2 + 0.001));
  expect(costOf(prices, { ...NOTHING, inputTokens: 50_001, cacheReadTokens: 150_000, outputTokens: 100 })).toBe(
    usdToNano(0.400002 + 0.0015),
  );
});

test('parts without a price of their own are billed as the part they belong to', () => {
  const plain = { steps: [step({ input: 1, output: 2 })] };
  const usage = { inputTokens: 1, cacheReadTokens: 1, cacheWriteTokens: 1, cacheWrite1hTokens: 1, outputTokens: 1, reasoningTokens: 1 };
  expect(costOf(plain, usage)).toBe(4 * 1_000 + 2 * 2_000);
  const { cacheWrite1h: _, ...withoutHour } = step({ input: 3, output: 15, cacheWrite: 4, cacheWrite1h: 0 });
  expect(costOf({ steps: [withoutHour] }, { ...NOTHING, cacheWrite1hTokens: 1_000 })).toBe(4_000_000);
  expect(costOf(SONNET, { ...NOTHING, cacheWrite1hTokens: 1_000 })).toBe(6_000_000);
  expect(costOf({ steps: [step({ output: 1, reasoning: 5 })] }, { ...NOTHING, reasoningTokens: 10 })).toBe(50_000);
});

test('batch prices are used when asked for and known, ordinary ones otherwise', () => {
  const prices = { steps: [step({ input: 2 })], batchSteps: [step({ input: 1 })] };
  const usage = { ...NOTHING, inputTokens: 10 };
  expect(costOf(prices, usage)).toBe(20_000);
  expect(costOf(prices, usage, { batch: true })).toBe(10_000);
  expect(costOf({ steps: prices.steps }, usage, { batch: true })).toBe(20_000);
});

test('a price per call is added once', () => {
  expect(costOf({ ...SONNET, perCallNanoUsd: 500 }, NOTHING)).toBe(500);
});

test('parts of a nano-USD are rounded up once, at the end', () => {
  const prices = { steps: [{ aboveInputTokens: 0, input: 1, output: 1 }] };
  expect(costOf(prices, { ...NOTHING, inputTokens: 1 })).toBe(1);
  expect(costOf(prices, { ...NOTHING, inputTokens: 500, outputTokens: 500 })).toBe(1);
  expect(costOf(prices, { ...NOTHING, inputTokens: 500, outputTokens: 501 })).toBe(2);
});

test('a price list without steps is a mistake, not free', () => {
  expect(() => costOf({ steps: [] }, NOTHING)).toThrow(expect.objectContaining({ code: 'bad_argument' }));
});

test('an unknown price is unknown, not free', () => {
  const { prices: _, ...unpriced } = testModel('a/m');
  expect(worstCaseCost(unpriced, 1, 1, 1)).toBeUndefined();
  expect(estimateCost(unpriced, 1, 1)).toBeUndefined();
});

test('an estimate is what the tokens cost uncached, at the step their number reaches', () => {
  const model = testModel('a/m', { prices: { steps: [step({ input: 1, output: 10 }), step({ input: 2, output: 20 }, 1_000)] } });
  expect(estimateCost(model, 1_000, 10)).toBe(1_000_000 + 100_000);
  expect(estimateCost(model, 1_001, 10)).toBe(2_002_000 + 200_000);
});

test.each(['input', 'cacheRead', 'cacheWrite', 'cacheWrite1h', 'output', 'reasoning'])(
  'the worst case takes the price of %s where it is the dearest',
  (dearest) => {
    const prices = { steps: [step({ input: 1, cacheRead: 1, cacheWrite: 1, cacheWrite1h: 1, output: 1, reasoning: 1, [dearest]: 9 })] };
    const model = testModel('a/m', { prices });
    const inputTokens = maxInputTokens(model, 100, 1);
    const [inputPrice, outputPrice] = ['output', 'reasoning'].includes(dearest) ? [1_000, 9_000] : [9_000, 1_000];
    expect(worstCaseCost(model, 100, 1, 50)).toBe(inputTokens * inputPrice + 50 * outputPrice);
  },
);

test('the worst case takes the dearest step that the input can reach, and no other', () => {
  const model = testModel('a/m', { prices: { steps: [step({ input: 5 }), step({ input: 2 }, 10), step({ input: 90 }, 1_000_000)] } });
  expect(worstCaseCost(model, 100, 0, 0)).toBe(maxInputTokens(model, 100, 0) * 5_000);
});

const price = fc.integer({ min: 0, max: 100_000_000 });
const optionalPrice = fc.option(price, { nil: undefined });
const priceStep = fc
  .record({
    input: price,
    output: price,
    reasoning: optionalPrice,
    cacheRead: optionalPrice,
    cacheWrite: optionalPrice,
    cacheWrite1h: optionalPrice,
  })
  .map(
    (given) =>
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as Omit<
        PriceStep,
        'aboveInputTokens'
      >,
  );
const anyPrices = fc
  .record({
    steps: fc.array(priceStep, { minLength: 1, maxLength: 3 }),
    width: fc.integer({ min: 1, max: 5_000 }),
    perCallNanoUsd: fc.nat(1_000_000),
  })
  .map(
    ({ steps, width, perCallNanoUsd }): Prices => ({
      steps: steps.map((given, index) => ({ ...given, aboveInputTokens: index * width })),
      perCallNanoUsd,
    }),
  );

test('no usage that a request allows costs more than its worst case', () => {
  const request = fc.record({ promptBytes: fc.nat(10_000), messageCount: fc.nat(20), maxOutputTokens: fc.nat(5_000), prefix: fc.string() });
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(
      anyPrices,
      request,
      shares,
      (prices, { promptBytes, messageCount, maxOutputTokens, prefix }, [a = 0, b = 0, c = 0, d = 0, e = 0]) => {
        const model = testModel('a/m', { prices, promptTemplate: { prefix } });
        let left = maxInputTokens(model, promptBytes, messageCount);
        const take = (share: number) => {
          const tokens = Math.floor(left * share);
          left -= tokens;
          return tokens;
        };
        const reasoningTokens = Math.floor(maxOutputTokens * e);
        const usage: Usage = {
          inputTokens: take(a),
          cacheReadTokens: take(b),
          cacheWriteTokens: take(c),
          cacheWrite1hTokens: take(d),
          reasoningTokens,
          outputTokens: maxOutputTokens - reasoningTokens,
        };
        const worst = worstCaseCost(model, promptBytes, messageCount, maxOutputTokens);
        expect(worst).toBeGreaterThanOrEqual(costOf(prices, usage));
      },
    ),
  );
});

test('costs are exact integers, as whole-number arithmetic without limits gives them', () => {
  const tokens = fc.oneof(fc.nat(1_000_000), fc.nat(1_000_000_000));
  const anyUsage = fc.record({
    inputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWriteTokens: tokens,
    cacheWrite1hTokens: tokens,
    outputTokens: tokens,
    reasoningTokens: tokens,
  });
  fc.assert(
    fc.property(priceStep, anyUsage, (given, usage) => {
      const of = { ...given, aboveInputTokens: 0 };
      const cacheWrite = of.cacheWrite ?? of.input;
      const pico =
        BigInt(usage.inputTokens) * BigInt(of.input) +
        BigInt(usage.cacheReadTokens) * BigInt(of.cacheRead ?? of.input) +
        BigInt(usage.cacheWriteTokens) * BigInt(cacheWrite) +
        BigInt(usage.cacheWrite1hTokens) * BigInt(of.cacheWrite1h ?? cacheWrite) +
        BigInt(usage.outputTokens) * BigInt(of.output) +
        BigInt(usage.reasoningTokens) * BigInt(of.reasoning ?? of.output);
      expect(costOf({ steps: [of] }, usage)).toBe(Number((pico + 999n) / 1_000n));
    }),
  );
});

test('an amount beyond exact integers is the largest exact one, never a smaller or a broken one', () => {
  const prices = { steps: [{ aboveInputTokens: 0, input: Number.MAX_SAFE_INTEGER, output: 0 }] };
  expect(costOf(prices, { ...NOTHING, inputTokens: 1_000_000_000 })).toBe(Number.MAX_SAFE_INTEGER);
});
