/** Cascades in policy.yaml: what is read, what is refused, and that what is shown can be read again. */

import { stringify } from 'yaml';
import { policyToYaml } from '../../client/config/policy-to-yaml';
import { policyFromJson, policyToJson } from '../../db/documents/policy-document';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { catalogueOf, testModel } from '../support/catalogue';

const MODELS = ['a/cheap', 'b/middle', 'c/strong'].map((id) => testModel(id));
const CATALOGUE = catalogueOf(MODELS);

const read = (text: string) => parsePolicyFile(text, 'policy.yaml', CATALOGUE);

function problemsOf(text: string): string[] {
  const parsed = read(text);
  return 'problems' in parsed ? parsed.problems.map(({ line, message }) => `${line}: ${message}`) : [];
}

const ALL_CHECKS = `
classes:
  one:
    route:
      cascade:
        - model: a/cheap
          check: { kind: judge, model: c/strong, rubric: It is right. }
        - model: b/middle
          check: { kind: agreement, compare: last-number, tolerance: 0.01 }
        - model: c/strong
      stream: unchecked
  two:
    route:
      cascade:
        - { model: a/cheap, check: { kind: confidence, threshold: 0.8 } }
        - { model: b/middle, check: { kind: command, program: /bin/true, timeout_seconds: 5 } }
        - { model: c/strong, check: { kind: grader } }
  three:
    route:
      cascade:
        - { model: a/cheap, check: { kind: json-schema, schema: { type: object } } }
        - { model: b/middle, check: { kind: regex, pattern: "^x", ignore_case: true } }
        - { model: c/strong, check: { kind: number, min: 1, max: 5 } }
  four:
    route:
      cascade:
        - { model: a/cheap, check: { kind: contains, texts: [x, y] } }
        - model: c/strong
`;

test('every kind of check is read, stored, and written again as it was', () => {
  const parsed = read(ALL_CHECKS);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.ok.classes.one?.route).toEqual({
    kind: 'cascade',
    steps: [
      { model: 'a/cheap', check: { kind: 'judge', model: 'c/strong', rubric: 'It is right.', maxOutputTokens: 1024 } },
      { model: 'b/middle', check: { kind: 'agreement', compare: 'last-number', tolerance: 0.01 } },
      { model: 'c/strong' },
    ],
    stream: 'unchecked',
  });
  expect(policyFromJson(policyToJson(parsed.ok))).toEqual(parsed.ok);
  const again = read(stringify({ classes: policyToYaml(parsed.ok).classes }));
  expect('ok' in again ? again.ok.classes : again.problems).toEqual(parsed.ok.classes);
});

const route = (lines: string) => `classes:\n  work:\n    route:\n${lines.replace(/^/gm, '      ')}\n`;

test.each([
  [
    'model: a/cheap\ncascade:\n  - { model: a/cheap, check: { kind: number } }\n  - { model: b/middle }',
    /either a "model" with "fallbacks" or a "cascade"/,
  ],
  ['fallbacks: [a/cheap]', /needs a "model", or the steps/],
  ['model: a/cheap\nstream: checked', /"stream" belongs to a "cascade"/],
  ['cascade:\n  - { model: a/cheap }\n  - { model: b/middle }', /has no check, so no step after it/],
  ['cascade:\n  - { model: a/cheap, check: { kind: number } }\n  - { model: a/cheap }', /is here twice/],
  ['cascade:\n  - { model: a/cheap, check: { kind: number } }\n  - { model: a/none }', /not in the catalogue/],
  [
    'cascade:\n  - { model: a/cheap, check: { kind: judge, model: a/cheap, rubric: x } }\n  - { model: b/middle }',
    /would judge its own answers/,
  ],
  [
    'cascade:\n  - { model: a/cheap, check: { kind: judge, model: a/nobody, rubric: x } }\n  - { model: b/middle }',
    /"a\/nobody" is not in the catalogue/,
  ],
  ['cascade:\n  - { model: a/cheap, check: { kind: regex, pattern: "(?=x)" } }\n  - { model: b/middle }', /pattern does not work/],
  ['cascade:\n  - { model: a/cheap, check: { kind: number, min: 2, max: 1 } }\n  - { model: b/middle }', /No number is both/],
  ['cascade:\n  - { model: a/cheap, check: { kind: nothing } }\n  - { model: b/middle }', /4:|5:/],
])('%j is refused at its line', (lines, message) => {
  expect(problemsOf(route(lines)).join('\n')).toMatch(message);
});

test('a cascade that takes more calls than a task may make is refused', () => {
  const text = `attempts: { max_attempts: 2, max_models: 2 }\n${route('cascade:\n  - { model: a/cheap, check: { kind: agreement } }\n  - { model: b/middle }')}`;
  expect(problemsOf(text).join()).toMatch(/takes 3 calls .* may make 2/);
});
