/** Who is asked for approval by a change: every model that its routes would send the class to. */

import type { Check } from '../../../../routing/cascade/check';
import type { Route } from '../../../../routing/decision/policy';
import { provedModels } from '../../../../routing/review/change';
import { constraintChecks, obstacleTo } from '../../../../routing/review/report/checks';
import { catalogueOf, testModel } from '../../../support/catalogue';

const JUDGED: Check = { kind: 'judge', model: 'c/judge', rubric: 'It is right.', maxOutputTokens: 100 };
const CASCADE: Route = { kind: 'cascade', steps: [{ model: 'a/cheap', check: JUDGED }, { model: 'b/strong' }], stream: 'checked' };
const CATALOGUE = catalogueOf([
  testModel('a/cheap'),
  testModel('b/strong', { privacyTiers: ['public'] }),
  testModel('c/judge', { privacyTiers: ['public'] }),
]);
const DEMANDS = { privacyTiers: { internal: 5 }, residencies: {} };

test('a cascade is checked for its first model, whom its checks ask, and its later steps', () => {
  const checks = constraintChecks(DEMANDS, { after: { work: CASCADE } }, CATALOGUE);
  expect(checks.map(({ model, role, isApproved }) => [model, role, isApproved])).toEqual([
    ['a/cheap', 'first', true],
    ['c/judge', 'first', false],
    ['b/strong', 'fallback', false],
  ]);
  expect(obstacleTo(DEMANDS, { after: { work: CASCADE } }, CATALOGUE)).toContain('c/judge is not approved');
});

test('a change is proved with the first model of a route, and with every step of a cascade', () => {
  const swap: Route = { kind: 'model', model: 'a/cheap', fallbacks: ['b/strong'] };
  expect(provedModels({ after: { work: swap } })).toEqual(['a/cheap']);
  expect(provedModels({ after: { work: CASCADE, other: CASCADE } })).toEqual(['a/cheap', 'b/strong']);
});
