import { type Evidence, evidenceSha256, manifestSha256 } from '../../db/documents/evidence-hash';
import type { DrawnTask } from '../../db/queries/reports';
import { rolloutPlanOf } from '../../routing/review/report/plan';
import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { comparison, passingProposal } from '../support/review-data';

const EVIDENCE: Evidence = {
  proposalId: 'one',
  change: passingProposal('a').change!,
  comparisons: [comparison()],
  sampleManifests: ['first'],
  fingerprints: { 'north/small': ['small-2026-10'] },
  catalogueVersion: 'catalogue',
  policy: { version: 7, sha256: 'policy' },
  settings: DEFAULT_REVIEW_SETTINGS,
  rolloutPlan: rolloutPlanOf({ tasksPerMonth: 3_000 }, comparison(), DEFAULT_REVIEW_SETTINGS),
  codeVersion: '0.1.0',
};

test('the same evidence has the same hash, in whatever order its keys come back from the database', () => {
  const stored = JSON.parse(JSON.stringify(EVIDENCE, Object.keys(EVIDENCE).reverse().concat(allKeys(EVIDENCE))));
  expect(evidenceSha256(stored)).toBe(evidenceSha256(EVIDENCE));
  expect(evidenceSha256(EVIDENCE)).toMatch(/^[0-9a-f]{64}$/);
});

function allKeys(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) => [key, ...allKeys(inside)]);
}

test.each([
  ['the proposal', { proposalId: 'other' }],
  ['the change', { change: passingProposal('b').change! }],
  ['one number of a comparison', { comparisons: [comparison({ low: -0.0313 })] }],
  ['a further pass', { comparisons: [comparison(), comparison({ pass: 2 })] }],
  ['the sampled tasks', { sampleManifests: ['second'] }],
  ['what a provider served', { fingerprints: { 'north/small': ['small-2026-11'] } }],
  ['a price or a model', { catalogueVersion: 'another' }],
  ['the policy below it', { policy: { version: 8, sha256: 'policy' } }],
  ['a setting', { settings: { ...DEFAULT_REVIEW_SETTINGS, stability: { ...DEFAULT_REVIEW_SETTINGS.stability, dwellMs: 1 } } }],
  ['the plan of the rollout', { rolloutPlan: { ...EVIDENCE.rolloutPlan, tolerance: 0.1 } }],
  ['the program', { codeVersion: '0.1.1' }],
] as const)('%s changes the hash', (_, change) => {
  expect(evidenceSha256({ ...EVIDENCE, ...change })).not.toBe(evidenceSha256(EVIDENCE));
});

test('a manifest names the tasks, their order and where each stands', () => {
  const task: DrawnTask = { pass: 1, position: 0, taskId: 'a', stratum: 's', cluster: 'c', block: 0, isSentinel: false };
  const other = { ...task, position: 1, taskId: 'b' };
  const manifests = [
    [task, other],
    [other, task],
    [task],
    [{ ...task, isSentinel: true }, other],
    [{ ...task, block: 1 }, other],
    [{ ...task, stratum: 't' }, other],
  ].map(manifestSha256);
  expect(new Set(manifests).size).toBe(manifests.length);
});
