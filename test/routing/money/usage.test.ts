import * as fc from 'fast-check';
import type { Usage } from '../../../routing/money/price';
import { MAX_TOKENS_PER_FIGURE, usageOf } from '../../../routing/money/usage';

const NONE = { cacheReadTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 };

function totals(usage: Usage) {
  return {
    input: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    output: usage.outputTokens + usage.reasoningTokens,
  };
}

test('inside: cached tokens are taken out of the input', () => {
  expect(usageOf('inside', { inputTokens: 2006, cacheReadTokens: 1920, outputTokens: 300 })).toEqual({
    ...NONE,
    inputTokens: 86,
    cacheReadTokens: 1920,
    outputTokens: 300,
  });
});

test('beside: cached tokens leave the input as it is', () => {
  expect(usageOf('beside', { inputTokens: 3, cacheWriteTokens: 12_304, cacheWrite1hTokens: 7, outputTokens: 550 })).toEqual({
    ...NONE,
    inputTokens: 3,
    cacheWriteTokens: 12_304,
    cacheWrite1hTokens: 7,
    outputTokens: 550,
  });
});

test('reasoning is taken out of the output', () => {
  expect(usageOf('inside', { inputTokens: 1, outputTokens: 100, reasoningTokens: 60 })).toMatchObject({
    outputTokens: 40,
    reasoningTokens: 60,
  });
});

test('an explicit 0 is a value', () => {
  expect(usageOf('inside', { inputTokens: 0, outputTokens: 0 })).toEqual({ ...NONE, inputTokens: 0, outputTokens: 0 });
});

test('a part larger than its whole is counted beside it, which is never less than the bill', () => {
  expect(usageOf('inside', { inputTokens: 100, cacheReadTokens: 150, outputTokens: 10, reasoningTokens: 25 })).toEqual({
    ...NONE,
    inputTokens: 100,
    cacheReadTokens: 150,
    outputTokens: 10,
    reasoningTokens: 25,
  });
});

test.each([-1, Number.NaN, Infinity, -Infinity, MAX_TOKENS_PER_FIGURE + 1])('%s is no count: the usage is unknown', (figure) => {
  expect(usageOf('inside', { inputTokens: figure, outputTokens: 1 })).toBeUndefined();
  expect(usageOf('inside', { inputTokens: 1, outputTokens: figure })).toBeUndefined();
  expect(usageOf('beside', { inputTokens: 1, outputTokens: 1, cacheReadTokens: figure })).toBeUndefined();
  expect(usageOf('beside', { inputTokens: 1, outputTokens: 1, reasoningTokens: figure })).toBeUndefined();
});

test('a missing total is unknown usage, a missing part is none', () => {
  expect(usageOf('inside', { inputTokens: undefined, outputTokens: 1 })).toBeUndefined();
  expect(usageOf('inside', { inputTokens: 1, outputTokens: undefined })).toBeUndefined();
  expect(usageOf('inside', { inputTokens: 1, outputTokens: 1, cacheReadTokens: undefined })).toBeDefined();
});

test('no part is negative or fractional, and together they are never below what was stated', () => {
  const figure = fc.double({ min: 0, max: 1e6, noNaN: true });
  const figures = fc.record({
    inputTokens: figure,
    outputTokens: figure,
    cacheReadTokens: figure,
    cacheWriteTokens: figure,
    cacheWrite1hTokens: figure,
    reasoningTokens: figure,
  });
  fc.assert(
    fc.property(figures, fc.constantFrom('inside', 'beside'), (stated, convention) => {
      const usage = usageOf(convention, stated);
      if (usage === undefined) throw new Error('These figures are counts.');
      for (const part of Object.values(usage)) expect(Number.isSafeInteger(part) && part >= 0).toBe(true);
      const cached = stated.cacheReadTokens + stated.cacheWriteTokens + stated.cacheWrite1hTokens;
      const statedInput = convention === 'beside' ? stated.inputTokens + cached : Math.max(stated.inputTokens, cached);
      expect(totals(usage).input).toBeGreaterThanOrEqual(statedInput);
      expect(totals(usage).output).toBeGreaterThanOrEqual(Math.max(stated.outputTokens, stated.reasoningTokens));
    }),
  );
});
