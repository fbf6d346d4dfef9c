/** Checks that policy.yaml offers for cascades of reviews: what is read, what is refused, and that what is shown can be read again. */

import { stringify } from 'yaml';
import { policyToYaml } from '../../client/config/policy-to-yaml';
import { policyFromJson, policyToJson } from '../../db/documents/policy-document';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { trialCheckFor } from '../../routing/cascade/trial-check';
import type { Policy } from '../../routing/decision/policy';
import { catalogueOf, testModel } from '../support/catalogue';

const retired = testModel('c/gone', { status: { kind: 'retired' } });
const CATALOGUE = catalogueOf([testModel('a/cheap'), testModel('b/judge'), retired]);
const inReview = (cascades: string) => `review:\n  cascades: ${cascades}\n`;
const parse = (cascades: string) => parsePolicyFile(inReview(cascades), 'policy.yaml', CATALOGUE);

function policyOf(cascades: string): Policy {
  const parsed = parse(cascades);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ok;
}

test('a check without figures is taken to be right nine times in ten, on good and bad answers', () => {
  const { cascades } = policyOf('{ "*": { check: { kind: number } } }').review;
  expect(cascades).toEqual({ '*': { check: { kind: 'number' }, assumed: { sensitivity: 0.9, specificity: 0.9 } } });
});

test('a class has its own check before that of every class, and none where nothing is offered', () => {
  const { cascades } = policyOf('{ work: { check: { kind: grader } }, "*": { check: { kind: number } } }').review;
  expect(trialCheckFor(cascades, 'work')?.check.kind).toBe('grader');
  expect(trialCheckFor(cascades, 'constructor')?.check.kind).toBe('number');
  expect(trialCheckFor(policyOf('{ work: { check: { kind: grader } } }').review.cascades, 'other')).toBeUndefined();
  expect(trialCheckFor(undefined, 'work')).toBeUndefined();
});

test('what is stored and what is shown reads as it was written', () => {
  const policy = policyOf('{ work: { check: { kind: judge, model: b/judge, rubric: It is right. }, sensitivity: 0.7 } }');
  expect(policyFromJson(policyToJson(policy))).toEqual(policy);
  const shown = parsePolicyFile(stringify(policyToYaml(policy)), 'policy.yaml', CATALOGUE);
  expect(shown).toEqual({ ok: policy });
});

test.each([
  ['a model that is not there', '{ work: { check: { kind: judge, model: b/juge, rubric: R } } }', '"b/juge" is not in the catalogue.'],
  ['a retired model', '{ work: { check: { kind: agreement, model: c/gone } } }', '"c/gone" is retired and is never called.'],
  ['a pattern that cannot be read', '{ work: { check: { kind: regex, pattern: "(" } } }', "check's pattern"],
  ['bounds that no number keeps', '{ work: { check: { kind: number, min: 2, max: 1 } } }', 'No number is both'],
  ['a name that no class has', '{ " work": { check: { kind: number } } }', 'space'],
  ['a share above 1', '{ work: { check: { kind: number }, sensitivity: 1.2 } }', 'sensitivity'],
])('%s is refused', (_, cascades, message) => {
  const parsed = parse(cascades);
  expect('problems' in parsed && parsed.problems.map((problem) => `${problem.path} ${problem.message}`).join('\n')).toContain(message);
});
