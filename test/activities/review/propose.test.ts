/** From the roll-ups of a window to proposals: what is screened, what is held, and what is found again the second time. */

import { analyseReview } from '../../../activities/review/analyse';
import { proposeChanges } from '../../../activities/review/propose';
import { loadProposals, loadReviewForSteps } from '../../../db/queries/proposals';
import { loadStability } from '../../../db/queries/stability';
import type { Policy } from '../../../routing/decision/policy';
import { DEFAULT_REVIEW_SETTINGS } from '../../../routing/review/settings';
import { depsOf } from '../../support/deps';
import { insertReplayableTasks } from '../../support/replayable-tasks';
import { createReviewDatabase, type ReviewDatabase } from '../../support/review-database';
import { insertReview } from '../../support/review-rows';
import { MODELS, NORTH, routeOver, SOUTH, WEST } from '../../support/scenario';

let box: ReviewDatabase;
afterEach(() => box.end());

/** The dearest model for a class. */
const onWest = { classes: { work: routeOver([WEST, SOUTH]) } };
const DEAR = 60_000_000;
const never = new AbortController().signal;

/** Replays may cost as much as they save in a month: these classes have few tasks. */
const SETTINGS = { ...DEFAULT_REVIEW_SETTINGS, replay: { ...DEFAULT_REVIEW_SETTINGS.replay, maxShareOfSaving: 1 } };

async function begin(policy: Partial<Policy> = onWest): Promise<void> {
  box = await createReviewDatabase({ models: MODELS, policy });
}

/** Analyses and proposes; the review is of everything unless it has another scope. */
async function review(row: Parameters<typeof insertReview>[1] = {}) {
  const reviewId = await insertReview(box.db, { phase: 'analysing', settings: SETTINGS, ...row });
  await analyseReview(depsOf(box), { reviewId }, never);
  const proposed = await proposeChanges(depsOf(box), { reviewId }, never);
  return { reviewId, proposed, proposals: await loadProposals(box.reviewDb, reviewId) };
}

test('a class on a needlessly dear model gets a proposal with its change, ready to be drawn', async () => {
  await begin();
  await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR });
  const { reviewId, proposed, proposals } = await review();
  expect(proposed).toEqual([{ proposalId: proposals[0]!.id, name: 'work' }]);
  expect(proposals).toMatchObject([{ state: 'SCREENED', baseline: WEST.id, candidate: NORTH.id, heldBy: null, pass: 0 }]);
  expect(proposals[0]!.change?.after.work).toEqual({ kind: 'model', model: NORTH.id, fallbacks: [WEST.id, SOUTH.id] });
  // 1,000 tokens in and 500 out, as its recent calls took.
  expect(proposals[0]!.finding.options.find(({ model }) => model === SOUTH.id)).toMatchObject({
    costFrom: 'estimated',
    costPerTaskNanoUsd: 7_000_000,
  });
  const { phase, findings } = await loadReviewForSteps(box.reviewDb, reviewId);
  expect(phase).toBe('replaying');
  expect(findings).toEqual([proposals[0]!.finding]);
});

test('a class that is held has a proposal that says by what', async () => {
  await begin();
  await insertReplayableTasks(box.db, { count: 40, model: WEST.id, costNano: 20 * DEAR });
  const { proposed, proposals } = await review();
  expect(proposed).toEqual([]);
  expect(proposals).toMatchObject([{ state: 'HELD', heldBy: 'evidence', candidate: NORTH.id }]);
  expect(proposals[0]!.heldDetail).toContain('40 tasks ended in the window');
});

test('a trade-off that is the owner’s is held by the name of its rule', async () => {
  box = await createReviewDatabase({ models: [{ ...WEST, status: { kind: 'deprecated' } }, SOUTH], policy: onWest });
  await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR });
  expect((await review()).proposals).toMatchObject([{ state: 'HELD', heldBy: 'escalation', escalation: 'forced-migration' }]);
});

test('a class that is served right is found so, and gets no proposal', async () => {
  await begin({ classes: { work: routeOver([NORTH]) } });
  await insertReplayableTasks(box.db, { count: 50, model: NORTH.id, costNano: 1_000 });
  const { reviewId, proposals } = await review();
  expect(proposals).toEqual([]);
  expect((await loadReviewForSteps(box.reviewDb, reviewId)).findings).toMatchObject([{ name: 'work', served: 'right-served' }]);
});

test('a window with no data finds nothing and goes on', async () => {
  await begin();
  const { reviewId, proposed } = await review();
  expect(proposed).toEqual([]);
  expect(await loadReviewForSteps(box.reviewDb, reviewId)).toMatchObject({ phase: 'replaying', findings: [] });
});

test('proposing twice finds what was proposed, whatever has changed since', async () => {
  await begin();
  await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR });
  const { reviewId, proposed, proposals } = await review();
  await box.apply({ policy: { classes: { work: routeOver([NORTH]) } } });
  expect(await proposeChanges(depsOf(box), { reviewId }, never)).toEqual(proposed);
  expect(await loadProposals(box.reviewDb, reviewId)).toEqual(proposals);
});

test('a review of one class leaves the others alone', async () => {
  await begin({ classes: { work: routeOver([WEST]), other: routeOver([WEST]) } });
  for (const taskClass of ['work', 'other']) await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR, taskClass });
  expect((await review({ scope: 'other' })).proposed.map(({ name }) => name)).toEqual(['other']);
});

test('classes are given in the order of what is to be hoped of them', async () => {
  await begin({ classes: { few: routeOver([WEST]), many: routeOver([WEST]) } });
  await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR, taskClass: 'few' });
  await insertReplayableTasks(box.db, { count: 900, model: WEST.id, costNano: DEAR, taskClass: 'many' });
  expect((await review()).proposed.map(({ name }) => name)).toEqual(['many', 'few']);
});

test('an agreed group is one proposal for all of its classes', async () => {
  const settings = { ...SETTINGS, groups: { both: ['a', 'b'] } };
  await begin({ classes: { a: routeOver([WEST]), b: routeOver([WEST]) }, review: settings });
  for (const taskClass of ['a', 'b']) await insertReplayableTasks(box.db, { count: 300, model: WEST.id, costNano: DEAR, taskClass });
  const { proposals } = await review({ settings });
  expect(proposals).toMatchObject([{ name: 'both', classes: ['a', 'b'], state: 'SCREENED' }]);
});

describe('the earlier changes of a class', () => {
  const stabilityOf = (...classes: readonly string[]) => loadStability(box.reviewDb, classes, Date.now() + 1_000);

  test('are none where its route never changed', async () => {
    await begin();
    await box.apply({ policy: { ...onWest, defaultTolerance: 0.03 } });
    expect(await stabilityOf('work')).toEqual({ changedAt: [], setbacks: {}, acceptedDeltas: [], leftRecently: [] });
  });

  test('hold it for as long as it is to rest', async () => {
    await begin({ classes: { work: routeOver([NORTH]) } });
    await box.apply({ policy: onWest });
    await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR });
    expect(await stabilityOf('work')).toMatchObject({ changedAt: [expect.any(Number)], leftRecently: [NORTH.id] });
    expect(await stabilityOf('other')).toMatchObject({ changedAt: [], leftRecently: [] });
    expect((await review()).proposals).toMatchObject([{ state: 'HELD', heldBy: 'dwell' }]);
  });

  test('count a rejection and a replay that proved nothing, each once per proposal', async () => {
    await begin();
    await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR });
    const [one, other] = [await review(), await review({ scope: 'work' })].map(({ proposals }) => proposals[0]!);
    await box.db.sql`INSERT INTO approvals (id, proposal_id, review_id, verdict, actor, evidence_sha256, base_version, state, counted_at)
      VALUES (gen_random_uuid(), ${one!.id}, ${one!.reviewId}, 'reject', 'olga', 'x', 1, 'counted', now())`;
    await box.db.sql`UPDATE proposals SET state = 'HELD', held_by = 'evidence',
      comparisons = ${JSON.stringify([1, 2].map((pass) => ({ pass, candidate: NORTH.id, verdict: 'INCONCLUSIVE' })))}::text::jsonb WHERE id = ${other!.id}`;
    expect((await stabilityOf('work')).setbacks).toEqual({ [NORTH.id]: { lastAt: expect.any(Number), count: 2 } });
    expect((await stabilityOf('other')).setbacks).toEqual({});
  });

  test('add up their losses from the last time that a person set the level', async () => {
    await begin();
    await insertReplayableTasks(box.db, { count: 600, model: WEST.id, costNano: DEAR });
    const promote = async (scope: string, delta: number, flags: readonly string[] = []) => {
      const { proposals } = await review({ scope });
      await box.apply({ policy: { ...onWest, defaultTolerance: 0.01 * (2 + Math.abs(delta)) } });
      const change = JSON.stringify({});
      await box.db.sql`UPDATE proposals SET comparisons = ${JSON.stringify([{ flags }])}::text::jsonb WHERE id = ${proposals[0]!.id}`;
      await box.db
        .sql`INSERT INTO rollouts (id, proposal_id, review_id, name, classes, state, move_key, salt, change, plan, evidence_sha256, base_version,
          promoted_version) SELECT gen_random_uuid(), id, review_id, name, classes, 'WATCHED', 'test', 'salt', ${change}::text::jsonb,
          ${JSON.stringify({ approvedDelta: delta, candidate: SOUTH.id })}::text::jsonb, 'x', base_version, (SELECT version FROM policy_versions WHERE active)
          FROM proposals WHERE id = ${proposals[0]!.id}`;
    };
    await promote('all', -0.01);
    await promote('work', -0.02);
    expect((await stabilityOf('work')).acceptedDeltas).toEqual([-0.01, -0.02]);
    await box.apply({ policy: { classes: { work: { ...routeOver([WEST, SOUTH]), tolerance: 0.06 } } } });
    expect((await stabilityOf('work')).acceptedDeltas).toEqual([]);
  });
});
