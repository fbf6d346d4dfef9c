import { DEFAULT_FORMULA, expectedValueOf, type ValuedTask, type ValueFormula } from '../../../routing/slots/expected-value';

const FORMULA: ValueFormula = {
  base: 5,
  perPriorityPoint: 0.1,
  perUrgencyPoint: 2,
  byType: { debugging: 3 },
  byClass: { 'debugging/simple': 4 },
  byTier: { SIMPLE: -1 },
  byLayer: { ui: 6 },
  byTeam: { search: 10 },
  byProject: { apollo: 20 },
};

function valued(facts: Partial<ValuedTask['facts']> = {}): ValuedTask {
  return {
    facts: { priority: 50, scope: {}, ...facts },
    descriptor: { type: 'debugging', urgency: 3 },
    taskClass: 'debugging/simple',
    tier: 'SIMPLE',
  };
}

test('what the submitter states wins over the formula', () => {
  expect(expectedValueOf(valued({ expectedValue: 0 }), FORMULA)).toEqual({ value: 0, source: 'stated' });
});

test('the formula adds what is declared of the task, and nothing for what is not', () => {
  expect(expectedValueOf(valued(), FORMULA)).toEqual({ value: 5 + 5 + 6 + 3 + 4 - 1, source: 'formula' });
  expect(expectedValueOf(valued({ scope: { team: 'search', project: 'apollo' }, layer: 'ui' }), FORMULA).value).toBe(22 + 36);
  expect(expectedValueOf(valued({ scope: { team: 'constructor' } }), FORMULA).value).toBe(22);
});

test('without a formula a task is worth its priority', () => {
  expect(expectedValueOf(valued({ priority: 73 }), DEFAULT_FORMULA).value).toBe(73);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, '12' as unknown as number])(
  'a stated value of %s is said and replaced by the formula',
  (expectedValue) => {
    const { value, source, remark } = expectedValueOf(valued({ expectedValue }), FORMULA);
    expect({ value, source }).toEqual({ value: 22, source: 'formula' });
    expect(remark).toBe(`The stated expected value ${expectedValue} is no number of at least 0; the formula's is used.`);
  },
);

test('a sum below 0 counts as 0, and is said', () => {
  expect(expectedValueOf(valued(), { ...FORMULA, base: -1_000 })).toEqual({
    value: 0,
    source: 'formula',
    remark: 'The formula gives -983; 0 is used.',
  });
});
