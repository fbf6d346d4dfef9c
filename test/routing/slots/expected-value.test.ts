/** Who says what a task is worth, in which order, and what becomes of figures that are none. */

import { DEFAULT_FORMULA, expectedValueOf, type Learned, type ValuedTask, type ValueFormula } from '../../../routing/slots/expected-value';
import { learnValues } from '../../../routing/slots/learned-value';

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

describe('when values are learned', () => {
  const row = (taskClass: string, mean: number) => ({
    cell: { taskClass, layer: null, team: null, key: null },
    tasks: 20,
    mean,
    squaredDeviations: 0,
  });
  const values = learnValues([row('debugging/simple', 40), row('other', 4)], 10);
  const after = (isAfterFormula: boolean): Learned => ({ values, isAfterFormula });
  const LEARNED = {
    value: 40,
    source: 'learned',
    basis: { tasks: 20, cell: { taskClass: 'debugging/simple', layer: null, team: null, key: null } },
  };

  test('what the submitter states wins', () => {
    expect(expectedValueOf(valued({ expectedValue: 3 }), DEFAULT_FORMULA, after(false))).toEqual({ value: 3, source: 'stated' });
  });

  test('a formula that was declared and says something of the task is next', () => {
    expect(expectedValueOf(valued(), FORMULA, after(true))).toEqual({ value: 22, source: 'formula' });
    expect(expectedValueOf(valued(), { ...DEFAULT_FORMULA, perPriorityPoint: 0, byTeam: { search: 3 } }, after(true))).toEqual(LEARNED);
    const named = valued({ scope: { team: 'search' } });
    expect(expectedValueOf(named, { ...DEFAULT_FORMULA, perPriorityPoint: 0, byTeam: { search: 3 } }, after(true)).source).toBe('formula');
  });

  test('a formula that gives no number gives way', () => {
    expect(expectedValueOf(valued({ priority: Number.NaN }), FORMULA, after(true))).toEqual(LEARNED);
    expect(expectedValueOf(valued(), { ...FORMULA, base: Number.POSITIVE_INFINITY }, after(true))).toEqual(LEARNED);
  });

  test('without a formula, the learned value is used and not the priority', () => {
    expect(expectedValueOf(valued(), DEFAULT_FORMULA, after(false))).toEqual(LEARNED);
  });

  test('where too little was stated, a task is worth what the formula says', () => {
    const nothing: Learned = { values: learnValues([row('debugging/simple', 40)], 21), isAfterFormula: false };
    expect(expectedValueOf(valued(), DEFAULT_FORMULA, nothing)).toEqual({ value: 50, source: 'formula' });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('a stated value of %s is said and replaced by the learned one', (expectedValue) => {
    expect(expectedValueOf(valued({ expectedValue }), DEFAULT_FORMULA, after(false))).toEqual({
      ...LEARNED,
      remark: `The stated expected value ${expectedValue} is no number of at least 0; the learned one is used.`,
    });
  });
});
