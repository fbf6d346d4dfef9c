import * as fc from 'fast-check';
import { readPreference } from '../../../routing/judging/read-preference';

test.each([
  ['{"verdict": "A"}', 'first'],
  ['{"verdict":"b"}', 'second'],
  ['```json\n{"verdict": "tie"}\n```', 'tie'],
  ['Both are fine, the second is shorter.\n{"verdict": "B"}', 'second'],
  ['{"reason": "it is right", "verdict": " A "}', 'first'],
  ['{"verdict": "A"} and again {"verdict": "A"}', 'first'],
  ['{"not": "this"} {"verdict": "tie"}', 'tie'],
])('%j is a verdict', (answer, preference) => {
  expect(readPreference(answer)).toBe(preference);
});

test.each([
  [''],
  ['A'],
  ['I prefer answer A.'],
  ['{"verdict": "C"}'],
  ['{"verdict": "constructor"}'],
  ['{"verdict": 1}'],
  ['{"verdict": null}'],
  ['{"verdict": "A" }, no, {"verdict": "B"}'],
  ['{"verdict": "A"} {"verdict": "neither of them"}'],
  ['{"verdict": "A"'],
  ['{verdict: A}'],
  ['I cannot compare these.'],
  [`{"verdict": "A"}${' '.repeat(100_000)}`],
])('%j is none, and nothing is guessed', (answer) => {
  expect(readPreference(answer)).toBeUndefined();
});

test('never throws, and takes no time, whatever a model writes', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '"', 'verdict', ':', 'A', ' ', '\\'), maxLength: 300 }),
      (text) => void readPreference(text),
    ),
  );
  const startedAt = performance.now();
  readPreference('{'.repeat(60_000));
  readPreference('{"verdict": '.repeat(5_000));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
