import * as fc from 'fast-check';
import { type ClassificationHints, type Classifier, classify, createClassifier } from '../../../routing/task/classify';
import { COMPLEXITIES, TASK_TYPES } from '../../../routing/task/task';
import { pointsAsWeights } from '../../../routing/task/type-model';

const anyString = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        'fix',
        'the',
        'bug',
        '1.2.3',
        '\n',
        '```',
        '{',
        '$',
        'A. ',
        '- ',
        '?',
        '\0',
        '\ud800',
        '漢',
        '😀',
        'myName',
        'a_b',
        '500 words',
      ),
      { maxLength: 80 },
    )
    .map((parts) => parts.join(' ')),
);
const anyHints: fc.Arbitrary<ClassificationHints> = fc.record(
  {
    type: fc.constantFrom(...TASK_TYPES),
    complexity: fc.constantFrom(...COMPLEXITIES),
    hasTools: fc.boolean(),
    hasFiles: fc.boolean(),
    maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
  },
  { requiredKeys: [] },
);

describe('worked examples', () => {
  test('a defect in the login is pressing work of several steps on code', () => {
    expect(classify('Fix authentication bug in login endpoint')).toMatchObject({
      type: 'debugging',
      complexity: 'medium',
      pattern: 'multi-step',
      involvesCode: true,
      urgency: 4,
    });
  });

  test('comments for small functions are simple', () => {
    expect(classify('Add JSDoc comments to utility functions')).toMatchObject({
      type: 'documentation',
      complexity: 'simple',
      involvesCode: true,
    });
  });

  test('the architecture of a large system asks for a capable model that thinks', () => {
    expect(classify('Design scalable microservices architecture')).toMatchObject({
      type: 'architecture',
      complexity: 'complex',
      pattern: 'multi-step',
      extendedThinking: true,
    });
  });

  test('an endpoint is code of medium complexity', () => {
    expect(classify('Implement REST API endpoint for user profile')).toMatchObject({
      type: 'code-generation',
      complexity: 'medium',
      involvesCode: true,
    });
  });

  test.each([
    ['Write unit tests for the invoice parser', 'testing'],
    ['Refactor the session store to use async functions', 'refactoring'],
    ['Review this pull request for security problems', 'code-review'],
    ['who painted the mona lisa', 'factual'],
    ['Write a short poem about the sea', 'creative'],
    ['Bump lodash from 4.17.20 to 4.17.21', 'simple-task'],
    ['Create a project plan with milestones for the office move', 'planning'],
    ['A shop sells 12 pens for $3 each and 5 books for $8 each. How much does it take in altogether?', 'analysis'],
    ['Assign the open tickets to the team and send a status update', 'coordination'],
  ] as const)('%j is %s', (text, type) => {
    expect(classify(text).type).toBe(type);
  });
});

describe('urgency', () => {
  test.each([
    ['Production is down, fix it immediately', 5],
    ['Fix crash in the payment page', 4],
    ['The deadline for this report is today', 4],
    ['Write a README for this repository', 2],
    ['Fix the typo in the footer whenever you have time, no rush', 1],
  ] as const)('%j is %i', (text, urgency) => {
    expect(classify(text).urgency).toBe(urgency);
  });
});

describe('the length of an answer', () => {
  const answerTokens = (text: string): number => classify(text).estimatedOutputTokens;

  test('follows what the prompt asks for', () => {
    expect(answerTokens('Write an essay of 800 words about rivers')).toBe(1080);
    expect(answerTokens('Summarize the report in three sentences')).toBe(75);
    expect(answerTokens('Is the sky blue? Answer with yes or no.')).toBeLessThan(20);
    expect(answerTokens('Describe the plan briefly')).toBeLessThan(answerTokens('Describe the plan in detail'));
  });

  test('is longer for a design than for a fact', () => {
    expect(answerTokens('Design scalable microservices architecture')).toBeGreaterThan(20 * answerTokens('Who wrote Hamlet?'));
  });

  test('stays within the most that the submitter allows', () => {
    expect(classify('Write an essay of 5000 words', { maxOutputTokens: 100 }).estimatedOutputTokens).toBe(100);
  });

  test('is not believed without limit', () => {
    expect(answerTokens('Write an essay of 999999 words')).toBeLessThanOrEqual(32_000);
  });
});

describe('for any text and hints', () => {
  test('gives a descriptor within its ranges and the same one each time', () => {
    fc.assert(
      fc.property(anyString, anyHints, (text, hints) => {
        const descriptor = classify(text, hints);
        expect(TASK_TYPES).toContain(descriptor.type);
        expect(COMPLEXITIES).toContain(descriptor.complexity);
        expect(['single-shot', 'multi-step', 'iterative']).toContain(descriptor.pattern);
        expect([1, 2, 3, 4, 5]).toContain(descriptor.urgency);
        for (const tokens of [descriptor.estimatedInputTokens, descriptor.estimatedOutputTokens]) {
          expect(Number.isSafeInteger(tokens)).toBe(true);
          expect(tokens).toBeGreaterThanOrEqual(1);
        }
        expect(classify(text, hints)).toEqual(descriptor);
      }),
    );
  });

  test('what the submitter says wins over what the text suggests', () => {
    fc.assert(
      fc.property(anyString, anyHints, (text, hints) => {
        const descriptor = classify(text, hints);
        if (hints.type !== undefined) expect(descriptor.type).toBe(hints.type);
        if (hints.complexity !== undefined) expect(descriptor.complexity).toBe(hints.complexity);
        if (hints.maxOutputTokens !== undefined) expect(descriptor.estimatedOutputTokens).toBeLessThanOrEqual(hints.maxOutputTokens);
      }),
    );
  });

  test('every part is explained by the name of a rule from a fixed list, never by the text', () => {
    const names = new Set<string>();
    const ruleNames = /^(?:[a-z]+:)?[a-z-]+(?:\/(?:opening|head))?$/;
    const told = new Set<string>();
    fc.assert(
      fc.property(anyString, fc.stringMatching(/^[a-z]{12,20}$/), (text, secret) => {
        const { signals } = classify(`${text} fix ${secret} bug ${secret}_${secret} ${secret}`);
        for (const { name } of signals) {
          expect(name).toMatch(ruleNames);
          expect(name).not.toContain(secret);
          names.add(name);
        }
        for (const part of ['type', 'complexity', 'pattern', 'urgency']) expect(signals.some((signal) => signal.of === part)).toBe(true);
        for (const { of } of signals) told.add(of);
      }),
    );
    expect(told.size).toBeGreaterThanOrEqual(5);
    expect(names.size).toBeLessThan(250);
  });
});

describe('hostile texts of 1 MiB', () => {
  const size = 1 << 20;
  const of = (pattern: string): string => pattern.repeat(Math.ceil(size / pattern.length)).slice(0, size);

  test.each([
    ['one letter', of('a')],
    ['brackets', of('([{}])')],
    ['quotes', of('"\'`')],
    ['fences', of('```\n')],
    ['long words', of(`${'x'.repeat(9999)} `)],
    ['emoji', of('😀')],
    ['unpaired surrogates', of('\udc00\ud800')],
    ['NUL characters', of('\0')],
    ['line breaks', of('\r\n')],
    ['digits and dots', of('1.')],
    ['options', of('A. B) ')],
  ])('%s are classified, with tokens counted over the whole', (_, text) => {
    const { estimatedInputTokens } = classify(text);
    expect(estimatedInputTokens).toBeGreaterThan(size / 64);
    expect(estimatedInputTokens).toBeLessThanOrEqual(size * 2);
  });

  test('the end of a long text is heard as well as its beginning', () => {
    const padding = of('lorem ipsum ');
    expect(classify(`${padding} What is this about? This is urgent.`).urgency).toBe(5);
    expect(classify(`This is urgent. ${padding}`).urgency).toBe(5);
  });
});

test('another classifier fits in the same place', () => {
  const byPointsAlone: Classifier = createClassifier(pointsAsWeights());
  expect(byPointsAlone('Fix crash in the parser').type).toBe('debugging');
});

test('a task with tools is not done in one answer', () => {
  expect(classify('Compare these two products').pattern).toBe('single-shot');
  expect(classify('Compare these two products', { hasTools: true }).pattern).toBe('multi-step');
});
