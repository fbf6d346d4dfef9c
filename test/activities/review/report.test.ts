/** The report of a review as a step: what it fixes before anybody is asked, and what it stores. */

import { reportReview } from '../../../activities/review/report';
import { loadProposal, loadProposals, moveProposal } from '../../../db/queries/proposals';
import { loadReport } from '../../../db/queries/reports';
import type { ClassFigures } from '../../../routing/review/figures/figures';
import type { Finding } from '../../../routing/review/findings';
import { DAY_MS } from '../../../routing/review/settings';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { GOOD, type ReplayScenario, replaying, replayOf, replayToEnd } from '../../support/replay-scenario';
import { classFigures, comparison, finding, samplePlan } from '../../support/review-data';
import { insertProposal } from '../../support/review-rows';
import { endSoundly, MODELS, NORTH, WEST, workPolicy } from '../../support/scenario';

let box: Installation;
const never = new AbortController().signal;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  box.script({ models: { '*': [GOOD] } });
});

afterEach(() => endSoundly(box));

/** A review whose proposal passed, after two tasks were really replayed on both models. */
async function passed(figures: Partial<ClassFigures> = {}): Promise<ReplayScenario> {
  const scenario = await replaying(box, { count: 2 });
  for (const [position, role] of [
    [0, 'baseline'],
    [0, 'candidate'],
    [1, 'candidate'],
    [1, 'baseline'],
  ] as const) {
    await replayToEnd(depsOf(box), replayOf(scenario, { position, role }));
  }
  await say(scenario.reviewId, [classFigures('work', figures)], [finding('work')]);
  await box.db
    .sql`UPDATE proposals SET finding = ${JSON.stringify(finding('work'))}::text::jsonb, samples = ${JSON.stringify([samplePlan()])}::text::jsonb
    WHERE id = ${scenario.proposalId}`;
  await moveProposal(box.reviewDb, {
    ...{ id: scenario.proposalId, to: 'DECIDED', key: 'pass-1', actor: 'review' },
    set: { comparison: comparison({ worst: [{ taskId: scenario.taskIds[0]!, baseline: 1, candidate: 0 }] }), verdict: 'PASS' },
  });
  return scenario;
}

/** What analysis and search found. */
async function say(reviewId: string, classes: readonly ClassFigures[], findings: readonly Finding[]): Promise<void> {
  const analysis = { from: Date.now() - 28 * DAY_MS, to: Date.now(), tasks: 2_800, classes };
  await box.db.sql`
    UPDATE reviews SET phase = 'reporting', analysis = ${JSON.stringify(analysis)}::text::jsonb, findings = ${JSON.stringify(findings)}::text::jsonb
    WHERE id = ${reviewId}`;
}

function report(reviewId: string) {
  return reportReview({ reviewDb: box.reviewDb }, { reviewId }, never);
}

async function rowOf(reviewId: string) {
  const [row] = await box.db.sql<[{ phase: string; waitsMs: number | null }]>`
    SELECT phase, (extract(epoch FROM expires_at - reported_at) * 1000)::double precision AS "waitsMs" FROM reviews WHERE id = ${reviewId}`;
  return row;
}

test('what passed waits for a verdict, with the plan of its rollout and the hash that an approval is bound to', async () => {
  const { reviewId, proposalId } = await passed();
  const reported = await report(reviewId);
  const proposal = await loadProposal(box.db, proposalId);
  expect(proposal).toMatchObject({
    state: 'AWAITING_APPROVAL',
    evidenceSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    rolloutPlan: { baseline: WEST.id, candidate: NORTH.id, approvedLevel: 0.89, approvedDelta: -0.0075, tolerance: 0.05, tasksPerDay: 100 },
  });
  expect(reported).toEqual({ kind: 'awaiting', awaited: [{ proposalId, evidenceSha256: proposal.evidenceSha256, baseVersion: 1 }] });
  expect(await rowOf(reviewId)).toEqual({ phase: 'awaiting-verdict', waitsMs: 7 * DAY_MS });
});

test('the report shows what the replays did: calls, graders, what was served, the worst side by side', async () => {
  const { reviewId, taskIds } = await passed();
  await report(reviewId);
  const stored = await loadReport(box.db, reviewId);
  expect(stored?.headline).toMatch(/^Serving "work" with north\/small instead of west\/large saves at least \$218\.70 a month/);
  expect(stored?.identity).toMatchObject({
    reviewId,
    policy: { version: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    codeVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
    fingerprints: { [NORTH.id]: ['scripted'], [WEST.id]: ['scripted'] },
  });
  const [work] = stored?.classes ?? [];
  expect(work?.proposal).toMatchObject({
    samples: [{ tasks: 2, sentinels: 0, blocks: 2, clusters: 2, manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    proof: { graders: { contains: 2 }, baseline: { callsPerAnswer: 1 }, candidate: { callsPerAnswer: 1 } },
  });
  const [worst] = work?.proposal?.proof?.worst ?? [];
  expect(worst?.taskId).toBe(taskIds[0]);
  const replays = await box.db.sql<{ role: string; id: string }[]>`
    SELECT role, replay_task_id AS id FROM replay_results WHERE task_id = ${taskIds[0]!} ORDER BY role`;
  expect([worst?.baselineReplayId, worst?.candidateReplayId]).toEqual(replays.map(({ id }) => id));
});

test('made twice, it is the same report, the same hash and the same moves', async () => {
  const { reviewId } = await passed();
  const first = await report(reviewId);
  const stored = await loadReport(box.db, reviewId);
  expect(await report(reviewId)).toEqual(first);
  expect(await loadReport(box.db, reviewId)).toEqual(stored);
});

test('ended between the move and the report, the next one finds the move and says the same hash', async () => {
  const { reviewId } = await passed();
  const first = await report(reviewId);
  await box.db.sql`UPDATE reviews SET report = NULL, reported_at = NULL, expires_at = NULL, phase = 'reporting' WHERE id = ${reviewId}`;
  expect(await report(reviewId)).toEqual(first);
  const [work] = (await loadReport(box.db, reviewId))?.classes ?? [];
  expect(work?.proposal?.evidenceSha256).toBe(first.kind === 'awaiting' ? first.awaited[0]?.evidenceSha256 : 'none');
});

test('what the first model is not approved for is held, however good the replay was', async () => {
  const demands = { ...classFigures('work').demands, residencies: { mars: 3 } };
  const { reviewId, proposalId } = await passed({ demands });
  const reported = await report(reviewId);
  expect(reported).toMatchObject({ kind: 'held', reason: 'Nothing would change: 1 class (work) is held.' });
  expect(await loadProposal(box.db, proposalId)).toMatchObject({
    state: 'HELD',
    heldBy: 'ineligible',
    heldDetail: 'north/small is not approved for residency "mars", which 3 of its tasks had.',
  });
});

test('what nobody counted the privacy of is held', async () => {
  const { reviewId, proposalId } = await passed();
  await say(reviewId, [], [finding('work')]);
  expect(await report(reviewId)).toMatchObject({ kind: 'held' });
  expect(await loadProposal(box.db, proposalId)).toMatchObject({ state: 'HELD', heldBy: 'ineligible' });
});

test('a verdict that is not a pass is never put before anybody', async () => {
  const scenario = await replaying(box);
  await say(scenario.reviewId, [classFigures('work')], []);
  await box.db.sql`UPDATE proposals SET finding = ${JSON.stringify(finding('work'))}::text::jsonb WHERE id = ${scenario.proposalId}`;
  await moveProposal(box.reviewDb, {
    ...{ id: scenario.proposalId, to: 'DECIDED', key: 'pass-1', actor: 'review' },
    set: { comparison: comparison({ verdict: 'INCONCLUSIVE' }), verdict: 'INCONCLUSIVE' },
  });
  expect(await report(scenario.reviewId)).toMatchObject({ kind: 'held' });
  expect(await loadProposals(box.db, scenario.reviewId)).toMatchObject([{ state: 'DECIDED', evidenceSha256: null }]);
});

test('an escalation asks an owner, and a review without proposals changes nothing', async () => {
  const scenario = await replaying(box);
  await say(scenario.reviewId, [classFigures('work')], []);
  const escalation = { rule: 'residency', detail: 'The cheaper model is not in the eu.' } as const;
  await box.db
    .sql`UPDATE proposals SET finding = ${JSON.stringify(finding('work', { escalation }))}::text::jsonb WHERE id = ${scenario.proposalId}`;
  await moveProposal(box.reviewDb, {
    ...{ id: scenario.proposalId, to: 'HELD', key: 'screened', actor: 'review' },
    set: { heldBy: 'escalation', heldDetail: escalation.detail, escalation: escalation.rule },
  });
  expect(await report(scenario.reviewId)).toMatchObject({ kind: 'needs-owner' });
  expect(await rowOf(scenario.reviewId)).toMatchObject({ phase: 'reporting', waitsMs: null });

  const [{ id }] = await box.db.sql<[{ id: string }]>`
    INSERT INTO reviews SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'scope', 'work', 'report', NULL, 'reported_at', NULL))).*
    FROM reviews r WHERE id = ${scenario.reviewId} RETURNING id`;
  await say(id, [classFigures('work')], [finding('work', { served: 'right-served' })]);
  expect(await report(id)).toEqual({ kind: 'no-change', reason: 'Nothing would change: 1 class (work) is right as it is.' });
});

test('two proposals of one review are bound to hashes of their own', async () => {
  const { reviewId } = await passed();
  const other = await insertProposal(box.db, { reviewId, name: 'other', baseline: WEST.id, candidate: NORTH.id });
  await say(reviewId, [classFigures('work'), classFigures('other')], []);
  await box.db.sql`UPDATE proposals SET finding = ${JSON.stringify(finding('other'))}::text::jsonb WHERE id = ${other}`;
  await moveProposal(box.reviewDb, {
    id: other,
    to: 'DECIDED',
    key: 'pass-1',
    actor: 'review',
    set: { comparison: comparison(), verdict: 'PASS' },
  });
  const reported = await report(reviewId);
  const hashes = reported.kind === 'awaiting' ? reported.awaited.map(({ evidenceSha256 }) => evidenceSha256) : [];
  expect(new Set(hashes).size).toBe(2);
});

test('a review that is not there is named', async () => {
  await expect(report('0193fd3a-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'unknown_review' });
});
