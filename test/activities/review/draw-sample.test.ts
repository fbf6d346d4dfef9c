/** The sample of a pass: what could be replayed, what is drawn of it, and that it is drawn once. */

import { v7 as newId } from 'uuid';
import { drawSample } from '../../../activities/review/draw-sample';
import { type ImportedTask, importBatch } from '../../../db/queries/imports';
import { addProposal, loadProposal, moveProposal } from '../../../db/queries/proposals';
import { screenClass } from '../../../routing/review/propose/propose';
import type { Comparison } from '../../../routing/review/prove/evidence';
import { DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../../../routing/review/settings';
import { amounts, atHand, classOf, served } from '../../support/class-figures';
import { depsOf } from '../../support/deps';
import { JUDGE, JUDGE_SETTINGS } from '../../support/judging-scenario';
import { insertReplayableTasks } from '../../support/replayable-tasks';
import { createReviewDatabase, type ReviewDatabase } from '../../support/review-database';
import { insertReview } from '../../support/review-rows';
import { MODELS, NORTH, routeOver, SOUTH, WEST } from '../../support/scenario';

let box: ReviewDatabase;
beforeEach(async () => {
  box = await createReviewDatabase({ models: MODELS, policy: { classes: { work: routeOver([WEST]) } } });
});
afterEach(() => box.end());

const SETTINGS: ReviewSettings = {
  ...DEFAULT_REVIEW_SETTINGS,
  replay: { ...DEFAULT_REVIEW_SETTINGS.replay, minPairs: 100, maxPairs: 120, blocks: 8 },
};

/** A proposal of the class `work`, screened: north instead of west, or else south. */
async function screened({ settings = SETTINGS, capNano = 1e12, scope = 'all' } = {}): Promise<string> {
  const { demands } = classOf('work', []);
  const figures = classOf('work', [served(WEST.id, 20_000, 19_000, { cost: amounts(20_000, 60_000_000) })], {
    demands: { ...demands, maxOutputTokens: 100 },
  });
  const finding = screenClass(atHand({ figures, models: MODELS, settings, policy: { classes: { work: routeOver([WEST]) } } }));
  const reviewId = await insertReview(box.db, { settings, capNano, scope });
  const [first] = finding.candidates;
  const { name, classes } = finding;
  const proposal = { id: newId(), reviewId, name, classes, baseline: WEST.id, finding, baseVersion: 1, actor: 'test' };
  const id = await addProposal(box.reviewDb, proposal);
  const set = { candidate: first!.model, change: first!.change };
  await moveProposal(box.reviewDb, { id, to: 'SCREENED', key: 'screened', actor: 'test', set });
  return id;
}

function draw(proposalId: string, pass: 1 | 2 = 1) {
  return drawSample(depsOf(box), { proposalId, pass }, new AbortController().signal);
}

interface SampleRow {
  readonly taskId: string;
  readonly pass: number;
  readonly position: number;
  readonly stratum: string;
  readonly cluster: string;
  readonly block: number;
  readonly isSentinel: boolean;
}

function sampleOf(proposalId: string): Promise<SampleRow[]> {
  return box.db.sql<SampleRow[]>`SELECT task_id AS "taskId", pass, position, stratum, cluster, block, is_sentinel AS "isSentinel"
    FROM replay_samples WHERE proposal_id = ${proposalId} ORDER BY pass, position`;
}

/** The judgement of the first pass. */
async function decide(id: string, judged: Partial<Comparison>): Promise<void> {
  const comparison = { pass: 1, candidate: NORTH.id, excluded: {}, p: 0.05, pairsNeeded: 110, ...judged } as Comparison;
  await moveProposal(box.reviewDb, { id, to: 'DECIDED', key: 'pass-1', actor: 'test', set: { comparison, verdict: comparison.verdict } });
}

test('draws pairs and sentinels, stores the plan, and begins the pass', async () => {
  await insertReplayableTasks(box.db, { count: 300, model: WEST.id });
  const id = await screened();
  expect(await draw(id)).toEqual({ kind: 'drawn', pairs: 126 });
  const rows = await sampleOf(id);
  expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index));
  expect(rows.filter(({ isSentinel }) => isSentinel)).toHaveLength(6);
  expect(new Set(rows.map(({ block }) => block))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
  const { state, pass, samples } = await loadProposal(box.reviewDb, id);
  expect({ state, pass }).toEqual({ state: 'REPLAYING', pass: 1 });
  expect(samples).toMatchObject([
    { pass: 1, frame: 300, coverage: 1, duplicates: 0, excluded: {}, pairs: 120, pairsWanted: 120, pairsNeeded: 96 },
  ]);
  expect(samples[0]!.strata.map(({ name, size }) => [name, size])).toEqual([['ok', 300]]);
});

describe('tasks without a grader, where the policy names a judge', () => {
  const judged = (judge: object = {}) => ({ ...SETTINGS, judge: { ...JUDGE_SETTINGS, ...judge } });
  const withJudge = (changes: object = {}) => box.apply({ models: [...MODELS, { ...JUDGE, ...changes }] });
  const ungraded = { model: WEST.id, hasGrader: false, score: null } as const;

  test('are drawn, and counted with what their judging will cost', async () => {
    await withJudge();
    await insertReplayableTasks(box.db, { ...ungraded, count: 300 });
    const id = await screened({ settings: judged() });
    expect(await draw(id)).toEqual({ kind: 'drawn', pairs: 120 });
    const { samples, finding } = await loadProposal(box.reviewDb, id);
    const costOn = (model: string) => finding.options.find((option) => option.model === model)!.costPerTaskNanoUsd;
    expect(samples[0]!.expectedCostNanoUsd).toBeGreaterThan(120 * (costOn(WEST.id) + costOn(NORTH.id)));
    expect(samples[0]!.excluded).toEqual({});
  });

  test.each([
    [
      'restricted, and the judge is not approved for that',
      {},
      { privacyTier: 'restricted' },
      /not approved for their privacy tier or residency/,
    ],
    ['of a submitter who excluded the judge', {}, { constraints: { excludeModels: [JUDGE.id] } }, /or their submitter excluded it/],
    ['to be judged by one of the family', { family: NORTH.provider }, {}, /the family of one: it was not called/],
    ['to be judged by a retired model', { status: { kind: 'retired' } }, {}, /may not be called/],
  ] as const)('are left out where they are %s: the class is held, and says why', async (_, judge, task, words) => {
    await withJudge({ privacyTiers: ['public', 'internal'], ...judge });
    await insertReplayableTasks(box.db, { ...ungraded, count: 300, ...task });
    const id = await screened({ settings: judged() });
    expect(await draw(id)).toEqual({ kind: 'held', why: expect.stringMatching(words) });
    expect(await loadProposal(box.reviewDb, id)).toMatchObject({
      state: 'HELD',
      heldBy: 'evidence',
      heldDetail: expect.stringMatching(/^0 tasks could be replayed; .* 300 tasks have no grader/),
    });
  });

  test('are left out where their residency is not the judge’s', async () => {
    await withJudge({ regions: ['us'] });
    await insertReplayableTasks(box.db, { ...ungraded, count: 150, residency: 'eu' });
    await insertReplayableTasks(box.db, { ...ungraded, count: 150, residency: 'us', attempts: 2 });
    const id = await screened({ settings: judged() });
    expect(await draw(id)).toMatchObject({ kind: 'drawn' });
    expect((await loadProposal(box.reviewDb, id)).samples[0]).toMatchObject({ frame: 150, excluded: { 'judge-not-admissible': 150 } });
  });

  test('are not judged where a floor is agreed, or the class has no rubric', async () => {
    await withJudge();
    await insertReplayableTasks(box.db, { ...ungraded, count: 300 });
    const floored = await screened({ settings: judged() });
    await box.db.sql`UPDATE proposals SET finding = jsonb_set(finding, '{limits,floor}', '0.5') WHERE id = ${floored}`;
    expect(await draw(floored)).toEqual({ kind: 'held', why: expect.stringContaining('does not show whether the agreed floor is kept') });
    const without = await screened({ settings: judged({ rubrics: { other: 'x' } }), scope: 'work' });
    expect(await draw(without)).toEqual({ kind: 'held', why: expect.stringMatching(/^0 tasks could be replayed/) });
  });
});

test('leaves out what cannot be replayed, and says how much by which reason', async () => {
  await insertReplayableTasks(box.db, { count: 200, model: WEST.id, hasGrader: false, score: 0.5 });
  await insertReplayableTasks(box.db, { count: 5, model: WEST.id, constraints: { model: WEST.id } });
  await insertReplayableTasks(box.db, { count: 4, model: WEST.id, constraints: { provider: 'west' } });
  await insertReplayableTasks(box.db, { count: 3, model: WEST.id, constraints: { excludeModels: [NORTH.id] } });
  await insertReplayableTasks(box.db, { count: 2, model: WEST.id, isErased: true });
  await insertReplayableTasks(box.db, { count: 6, model: WEST.id, hasGrader: false, score: null, prompts: 6 });
  await insertReplayableTasks(box.db, { count: 40, prompts: 10, model: WEST.id, kind: 'failed' });
  for (const other of [
    { kind: 'refused', model: null },
    { kind: 'cancelled' },
    { dryRun: true },
    { purpose: 'replay' },
    { taskClass: 'other' },
  ] as const) {
    await insertReplayableTasks(box.db, { count: 7, model: WEST.id, ...other });
  }
  const id = await screened();
  await draw(id);
  const [plan] = (await loadProposal(box.reviewDb, id)).samples;
  expect(plan).toMatchObject({
    frame: 210,
    duplicates: 30,
    excluded: { pinned: 9, 'excludes-model': 3, erased: 2, 'not-scorable': 6 },
    coverage: 240 / 260,
  });
  expect(plan!.strata.at(-1)).toEqual({ name: 'failed', size: 10, drawn: 10 });
});

test('draws imported tasks whose prompts are here, and leaves out the others by a reason of their own', async () => {
  await insertReplayableTasks(box.db, { count: 150, model: WEST.id });
  const json = (index: number) => JSON.stringify({ messages: [{ role: 'user', content: `imported ${index}` }] });
  const imported = Array.from({ length: 200 }, (_, index): ImportedTask => {
    const content = index < 150 && { content: { json: json(index), bytes: 90, sha256: `imported-${index}` } };
    const facts = { id: `task-${index}`, endedAt: Date.now() - 2 * 86_400_000, model: WEST.id, taskClass: 'work' };
    return { ...facts, outcome: 'completed', score: 1, calls: 1, privacyTier: 'internal', ...content };
  });
  expect(await importBatch(box.db, 'elsewhere', imported, () => undefined)).toMatchObject({ added: 200, prompts: 150 });
  const id = await screened();
  expect(await draw(id)).toMatchObject({ kind: 'drawn' });
  const { samples } = await loadProposal(box.db, id);
  expect(samples[0]).toMatchObject({ excluded: { 'imported-without-content': 50 }, frame: 300 });
  const [{ drawn }] = await box.db.sql<[{ drawn: number }]>`
    SELECT count(*)::integer AS drawn FROM replay_samples s JOIN tasks t ON t.id = s.task_id WHERE t.purpose = 'imported' AND NOT s.is_sentinel`;
  expect(drawn).toBeGreaterThan(30);
});

test('the same seed draws the same tasks, and a second run finds them drawn', async () => {
  await insertReplayableTasks(box.db, { count: 300, model: WEST.id });
  const [one, other] = [await screened(), await screened({ scope: 'work' })];
  await box.db.sql`UPDATE reviews SET seed = 'same'`;
  await Promise.all([draw(one), draw(one), draw(other)]);
  expect(await sampleOf(one)).toEqual(await sampleOf(other));
  const before = await loadProposal(box.reviewDb, one);
  expect(await draw(one)).toEqual({ kind: 'drawn', pairs: 126 });
  expect(await loadProposal(box.reviewDb, one)).toEqual(before);
});

test('a conversation is a cluster, then a team, then the task alone', async () => {
  await insertReplayableTasks(box.db, { count: 60, model: WEST.id, affinityKey: 'talk' });
  await insertReplayableTasks(box.db, { count: 60, model: WEST.id, attempts: 2, team: () => 'blue' });
  await insertReplayableTasks(box.db, { count: 60, model: WEST.id, kind: 'failed' });
  const id = await screened();
  await draw(id);
  const rows = await sampleOf(id);
  const clusters = (outcome: string) => new Set(rows.filter(({ stratum }) => stratum.startsWith(outcome)).map(({ cluster }) => cluster));
  expect(clusters('ok')).toEqual(new Set(['talk']));
  expect(clusters('retried')).toEqual(new Set(['blue']));
  expect(clusters('failed').size).toBeGreaterThan(1);
});

test('one team of many does not fill the sample', async () => {
  await insertReplayableTasks(box.db, { count: 2_000, model: WEST.id, team: (index) => (index % 20 === 0 ? `t${index}` : 'large') });
  const id = await screened();
  await draw(id);
  const [row] = await box.db.sql<[{ share: number }]>`
    SELECT avg((t.facts #>> '{scope,team}' = 'large')::integer)::float8 AS share FROM replay_samples s JOIN tasks t ON t.id = s.task_id
    WHERE s.proposal_id = ${id} AND NOT s.is_sentinel`;
  expect(row.share).toBeLessThan(0.35); // of 95 % of the tasks; the 100 others are all taken, and the rest is filled
});

describe('is held', () => {
  test('by evidence when too few tasks could be replayed, with the number that would do', async () => {
    await insertReplayableTasks(box.db, { count: 95, model: WEST.id });
    const id = await screened();
    expect(await draw(id)).toMatchObject({ kind: 'held', why: expect.stringContaining('95 tasks could be replayed') });
    expect(await loadProposal(box.reviewDb, id)).toMatchObject({
      state: 'HELD',
      heldBy: 'evidence',
      heldDetail: expect.stringContaining('96 are the fewest'),
    });
    expect(await draw(id)).toMatchObject({ kind: 'held', why: expect.stringContaining('95 tasks could be replayed') });
    expect(await sampleOf(id)).toEqual([]);
  });

  test('by evidence when the window has no task at all', async () => {
    expect(await draw(await screened())).toMatchObject({ kind: 'held', why: expect.stringContaining('0 tasks') });
  });

  test('by spend when the cap is not enough for the least', async () => {
    await insertReplayableTasks(box.db, { count: 300, model: WEST.id });
    const id = await screened({ capNano: 1_000_000_000 });
    await draw(id);
    expect(await loadProposal(box.reviewDb, id)).toMatchObject({ state: 'HELD', heldBy: 'spend' });
  });
});

describe('a second pass', () => {
  test('goes on with the candidate on tasks that the first did not draw', async () => {
    await insertReplayableTasks(box.db, { count: 400, model: WEST.id });
    const id = await screened();
    await draw(id);
    await decide(id, { verdict: 'INCONCLUSIVE' });
    expect(await draw(id, 2)).toMatchObject({ kind: 'drawn', pairs: 126 });
    const rows = await sampleOf(id);
    expect(rows).toHaveLength(252);
    expect(new Set(rows.map(({ taskId }) => taskId)).size).toBe(252);
    const { state, pass, candidate, samples } = await loadProposal(box.reviewDb, id);
    expect({ state, pass, candidate }).toEqual({ state: 'REPLAYING', pass: 2, candidate: NORTH.id });
    expect(samples[1]).toMatchObject({ pass: 2, frame: 274, coverage: 1, excluded: { 'drawn-before': 126 } });
  });

  test('takes the next candidate where the first was proved inferior', async () => {
    await insertReplayableTasks(box.db, { count: 400, model: WEST.id });
    const id = await screened();
    await draw(id);
    await decide(id, { verdict: 'FAIL' });
    await draw(id, 2);
    const { candidate, change } = await loadProposal(box.reviewDb, id);
    expect(candidate).toBe(SOUTH.id);
    expect(change?.after.work).toMatchObject({ model: SOUTH.id });
  });

  test('is not made where the first left too few tasks: what that has shown stands', async () => {
    await insertReplayableTasks(box.db, { count: 200, model: WEST.id });
    const id = await screened();
    await draw(id);
    await decide(id, { verdict: 'INCONCLUSIVE' });
    expect(await draw(id, 2)).toMatchObject({ kind: 'held', why: expect.stringContaining('74 tasks could be replayed') });
    expect(await loadProposal(box.reviewDb, id)).toMatchObject({ state: 'DECIDED', pass: 1, heldBy: null });
  });

  test('that nothing calls for is refused', async () => {
    await insertReplayableTasks(box.db, { count: 300, model: WEST.id });
    const id = await screened();
    await draw(id);
    await decide(id, { verdict: 'PASS' });
    await expect(draw(id, 2)).rejects.toMatchObject({ code: 'internal' });
  });
});

test('a proposal that was ended meanwhile is not drawn', async () => {
  const id = await screened();
  await moveProposal(box.reviewDb, { id, to: 'ABORTED', key: 'end', actor: 'test' });
  expect(await draw(id)).toEqual({ kind: 'held', why: 'The proposal is ABORTED and is not replayed.' });
});
