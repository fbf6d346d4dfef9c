import fc from 'fast-check';
import { grade, isQuick } from '../../activities/graders';
import { type Grader, graderDocument } from '../../db/documents/grader';

const score = async (grader: Record<string, unknown>, answer: string) =>
  (await grade(graderDocument.parse(grader) as Grader, answer)).score;

describe('exact', () => {
  test('is the whole answer, but for white space around it', async () => {
    expect(await score({ kind: 'exact', expected: 'Paris' }, ' Paris\n')).toBe(1);
    expect(await score({ kind: 'exact', expected: 'Paris' }, 'Paris.')).toBe(0);
    expect(await score({ kind: 'exact', expected: 'Paris' }, 'paris')).toBe(0);
    expect(await score({ kind: 'exact', expected: 'Paris', ignoreCase: true }, 'PARIS')).toBe(1);
  });
});

describe('contains', () => {
  test('wants every text', async () => {
    expect(await score({ kind: 'contains', expected: ['a.c', 'b'] }, 'b a.c')).toBe(1);
    expect(await score({ kind: 'contains', expected: ['a.c', 'b'] }, 'b abc')).toBe(0);
  });
});

describe('regex', () => {
  test('finds its pattern anywhere', async () => {
    expect(await score({ kind: 'regex', pattern: '\\b4[0-9]\\b' }, 'It is 42.')).toBe(1);
    expect(await score({ kind: 'regex', pattern: '^42$' }, 'It is 42.')).toBe(0);
  });

  test('takes linear time on what makes other engines explode', async () => {
    const startedAt = performance.now();
    expect(await score({ kind: 'regex', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`)).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('numeric', () => {
  test.each([
    ['The answer is 42.', 1],
    ['First 7, then 42', 1],
    ['42.4', 1],
    ['42.6', 0],
    ['$42', 1],
    ['no number', 0],
    ['4,200', 0],
  ])('takes the last number of "%s"', async (answer, expected) => {
    expect(await score({ kind: 'numeric', expected: 42, tolerance: 0.5 }, answer)).toBe(expected);
  });

  test('reads thousands, signs and powers of ten', async () => {
    expect(await score({ kind: 'numeric', expected: 1_234.5 }, '1,234.5')).toBe(1);
    expect(await score({ kind: 'numeric', expected: -3 }, 'x = −3')).toBe(1);
    expect(await score({ kind: 'numeric', expected: 2e-3, tolerance: 1e-9 }, '2e-3')).toBe(1);
  });
});

describe('json-schema', () => {
  const schema = { type: 'object', properties: { city: { type: 'string', pattern: '^P' } }, required: ['city'] };

  test.each([
    ['{"city":"Paris"}', 1],
    ['Here it is:\n```json\n{"city":"Paris"}\n```\nDone.', 1],
    ['```\n{"city":"Paris"}', 0],
    ['{"city":"Lyon"}', 0],
    ['{"town":"Paris"}', 0],
    ['Paris', 0],
  ])('checks %j', async (answer, expected) => {
    expect(await score({ kind: 'json-schema', schema }, answer)).toBe(expected);
  });

  test('takes linear time on a hostile pattern within the schema', async () => {
    const hostile = { type: 'string', pattern: '^(a+)+$' };
    const startedAt = performance.now();
    expect(await score({ kind: 'json-schema', schema: hostile }, JSON.stringify(`${'a'.repeat(50_000)}!`))).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('tells several patterns apart, and follows a schema that refers to itself', async () => {
    const two = { type: 'object', properties: { a: { pattern: '^a' }, b: { pattern: '^b' }, inner: { $ref: '#' } } };
    expect(await score({ kind: 'json-schema', schema: two }, '{"a":"a","b":"b","inner":{"b":"b"}}')).toBe(1);
    expect(await score({ kind: 'json-schema', schema: two }, '{"a":"a","b":"a"}')).toBe(0);
    expect(await score({ kind: 'json-schema', schema: two }, '{"inner":{"b":"a"}}')).toBe(0);
  });

  test('a schema that refers to itself without end gives no score, and no crash', async () => {
    expect(await score({ kind: 'json-schema', schema: { $ref: '#' } }, '1')).toBeUndefined();
  });
});

describe('command', () => {
  const node = (source: string, more: object = {}) => ({ kind: 'command', program: process.execPath, args: ['-e', source], ...more });

  test('reads the answer, and scores by its exit code or by the number it prints', async () => {
    expect(await score(node('process.stdin.on("data", (d) => process.exit(String(d) === "Paris" ? 0 : 1))'), 'Paris')).toBe(1);
    expect(await score(node('process.stdin.on("data", (d) => process.exit(String(d) === "Paris" ? 0 : 1))'), 'Lyon')).toBe(0);
    expect(await score(node('console.log("thinking\\n0.25")'), 'Paris')).toBe(0.25);
  });

  test('that fails by itself says nothing of the answer', async () => {
    expect(await score(node('console.log(7)'), 'x')).toBeUndefined();
    expect(await score(node('setInterval(() => {}, 1000)', { timeoutMs: 50 }), 'x')).toBeUndefined();
    expect(await score({ kind: 'command', program: '/no/such/program' }, 'x')).toBeUndefined();
  });

  test('sees nothing of this process’s environment', async () => {
    process.env.GRADER_CANARY = 'canary';
    expect(await score(node('process.exit(process.env.GRADER_CANARY ? 1 : 0)'), 'x')).toBe(1);
    delete process.env.GRADER_CANARY;
  });

  test('is ended by cancelling', async () => {
    const controller = new AbortController();
    const graded = grade(graderDocument.parse(node('setInterval(() => {}, 1000)')), 'x', controller.signal);
    controller.abort();
    expect(await graded).toMatchObject({ detail: expect.stringContaining('cancelled') });
  });

  test('is the one kind that wants a step of its own', () => {
    expect(isQuick(graderDocument.parse(node('')))).toBe(false);
    expect(isQuick(graderDocument.parse({ kind: 'exact', expected: 'x' }))).toBe(true);
    expect(isQuick(undefined)).toBe(true);
  });
});

describe('a grader that cannot work is refused with the task', () => {
  test.each([
    ['a pattern with look-ahead', { kind: 'regex', pattern: '(?=a)' }],
    ['a broken pattern', { kind: 'regex', pattern: '(' }],
    ['a pattern that is too long', { kind: 'regex', pattern: 'a'.repeat(2_000) }],
    ['a schema that is none', { kind: 'json-schema', schema: { type: 'nonsense' } }],
    ['a schema that refers elsewhere', { kind: 'json-schema', schema: { $ref: 'https://example.com/schema' } }],
    ['a schema with a pattern that is none', { kind: 'json-schema', schema: { pattern: '(?=a)' } }],
    ['a schema that compares all items', { kind: 'json-schema', schema: { properties: { list: { uniqueItems: true } } } }],
    ['a schema that is too large', { kind: 'json-schema', schema: { description: 'x'.repeat(70_000) } }],
    ['an unknown kind', { kind: 'vibes' }],
    ['an unknown field', { kind: 'exact', expected: 'x', extra: 1 }],
    ['a number that is none', { kind: 'numeric', expected: Number.POSITIVE_INFINITY }],
  ])('%s', (_name, grader) => {
    expect(graderDocument.safeParse(grader).success).toBe(false);
  });

  test('but a property may have any name', () => {
    expect(graderDocument.safeParse({ kind: 'json-schema', schema: { properties: { uniqueItems: { type: 'string' } } } }).success).toBe(
      true,
    );
  });
});

test('every score is a fraction, and every grader survives every answer', async () => {
  const graders = [
    { kind: 'exact', expected: 'x' },
    { kind: 'contains', expected: 'x' },
    { kind: 'regex', pattern: 'x' },
    { kind: 'numeric', expected: 1 },
    { kind: 'json-schema', schema: { type: 'object' } },
  ].map((grader) => graderDocument.parse(grader));
  const answers = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constant('\ud800'),
    fc.constant('\0'),
    fc.constant('['.repeat(100_000)),
  );
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      for (const grader of graders) expect([0, 1]).toContain((await grade(grader, answer)).score);
    }),
    { numRuns: 50 },
  );
});
