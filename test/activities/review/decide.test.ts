/** What a pass proved, as rows: judged once, held or left for the report, with the rights of a review. */

import { v7 as newId } from 'uuid';
import { concludeReview } from '../../../activities/review/conclude';
import { decidePass } from '../../../activities/review/decide-pass';
import { loadProposal, moveProposal } from '../../../db/queries/proposals';
import type { Finding } from '../../../routing/review/findings';
import { seededRandom } from '../../../routing/statistics/random';
import { testModel } from '../../support/catalogue';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { insertProposal, insertReview, insertSample } from '../../support/review-rows';

const [LARGE, SMALL, TINY] = ['acme/large', 'acme/small', 'acme/tiny'];
const NEVER = new AbortController().signal;
let box: Installation;

beforeAll(async () => {
  box = await install({ models: [testModel(LARGE), testModel(SMALL), testModel(TINY)] });
});
afterAll(() => box.end());

/** Scores of the baseline and the candidate; undefined: not replayed. */
type Answers = readonly (readonly [baseline: number | undefined, candidate: number | undefined])[];
const answers = (a: number, b: number, c: number, d: number): Answers => [
  ...Array<[number, number]>(a).fill([1, 1]),
  ...Array<[number, number]>(b).fill([0, 1]),
  ...Array<[number, number]>(c).fill([1, 0]),
  ...Array<[number, number]>(d).fill([0, 0]),
];
const GOOD = answers(380, 15, 15, 52);
const BAD = answers(300, 5, 90, 67);
const FEW = answers(60, 2, 2, 16);

/** In an order that no block of the pass stands out by. */
function shuffled(given: Answers): Answers {
  const random = seededRandom('order');
  return given
    .map((pair) => ({ pair, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ pair }) => pair);
}

/** A proposal whose replays have ended like this. */
async function replayed(reviewId: string, name: string, ended: Answers, finding: Partial<Finding> = {}): Promise<string> {
  const proposalId = await insertProposal(box.db, { reviewId, name, baseline: LARGE, candidate: SMALL });
  const limits = { tolerance: 0.05, margin: 0.05, floor: null };
  const change = { name, classes: [name], before: {}, after: {} };
  const candidates = [{ kind: 'swap', model: SMALL, change, savingPerMonthNanoUsd: 1 }];
  const stored = { candidates, limits, ...finding };
  const given = shuffled(ended);
  const taskIds = given.map(() => newId());
  const sample = { pass: 1, strata: [{ name: 'all', size: 5_000, drawn: given.length }] };
  await insertSample(box.db, { proposalId, taskIds });
  await box.db
    .sql`UPDATE proposals SET finding = ${JSON.stringify(stored)}::text::jsonb, samples = ${JSON.stringify([sample])}::text::jsonb WHERE id = ${proposalId}`;
  const rows = given.flatMap((pair, index) =>
    (['baseline', 'candidate'] as const).flatMap((role, at) => {
      const score = pair[at];
      const model = role === 'baseline' ? LARGE : SMALL;
      const row = { proposal_id: proposalId, task_id: taskIds[index], role, model, review_id: reviewId, pass: 1, replay_task_id: newId() };
      const done = {
        state: 'done',
        reserved_nano: 0,
        outcome: 'scored',
        score,
        latency_ms: 100,
        opened_at: new Date(),
        done_at: new Date(),
      };
      return score === undefined ? [] : [{ ...row, ...done, cost_nano: role === 'baseline' ? 1_000 : 300 }];
    }),
  );
  await box.db
    .sql`INSERT INTO replay_results SELECT * FROM jsonb_populate_recordset(NULL::replay_results, ${JSON.stringify(rows)}::text::jsonb)`;
  return proposalId;
}

const decide = (proposalId: string) => decidePass(depsOf(box), { proposalId, pass: 1 }, NEVER);

test('a pass is judged once: its comparison and verdict stand in the row with the move', async () => {
  const proposalId = await replayed(await insertReview(box.db, { scope: 'once' }), 'once', GOOD);
  expect(await decide(proposalId)).toEqual({ verdict: 'PASS', next: 'conclude' });
  const proposal = await loadProposal(box.db, proposalId);
  expect(proposal).toMatchObject({
    state: 'DECIDED',
    moveKey: 'pass-1',
    verdict: 'PASS',
    comparisons: [{ pass: 1, pairs: 462, candidate: SMALL }],
  });
  // Whatever becomes of the replays, what was judged stays judged.
  await box.db.sql`UPDATE replay_results SET score = 0 WHERE proposal_id = ${proposalId} AND role = 'candidate'`;
  expect(await decide(proposalId)).toEqual({ verdict: 'PASS', next: 'conclude' });
  expect((await loadProposal(box.db, proposalId)).comparisons).toEqual(proposal.comparisons);
});

test('two workers that judge a pass at once leave one judgement', async () => {
  const proposalId = await replayed(await insertReview(box.db, { scope: 'twice' }), 'twice', GOOD);
  const both = await Promise.all([decide(proposalId), decide(proposalId)]);
  expect(both).toEqual([both[0], both[0]]);
  expect((await loadProposal(box.db, proposalId)).comparisons).toHaveLength(1);
});

test('a candidate that fails gives way to the second', async () => {
  const reviewId = await insertReview(box.db, { scope: 'second' });
  const change = { name: 'second', classes: ['second'], before: {}, after: {} };
  const candidates = [SMALL, TINY].map((model) => ({ kind: 'swap' as const, model, change, savingPerMonthNanoUsd: 1 }));
  expect(await decide(await replayed(reviewId, 'second', BAD, { candidates }))).toEqual({ verdict: 'FAIL', next: 'adjust' });
});

test('replays that the cap ended prove nothing, unless the verdict would stand had the candidate failed on all of them', async () => {
  const reviewId = await insertReview(box.db, { scope: 'capped' });
  const missing = (count: number): Answers => Array<[undefined, undefined]>(count).fill([undefined, undefined]);
  const capped = await replayed(reviewId, 'capped', [...GOOD, ...missing(100)]);
  expect(await decide(capped)).toEqual({ verdict: 'INCONCLUSIVE', next: 'conclude' });
  expect((await loadProposal(box.db, capped)).comparisons[0]).toMatchObject({
    excluded: { 'not-replayed': 100 },
    flags: ['WORST_CASE_FLIPS'],
  });
  expect((await decide(await replayed(reviewId, 'nearly', [...GOOD, ...missing(2)]))).verdict).toBe('PASS');
  expect(await decide(await replayed(reviewId, 'none', missing(100)))).toEqual({ verdict: 'INCONCLUSIVE', next: 'conclude' });
});

test('a proposal that nobody agreed limits for does not pass', async () => {
  const proposalId = await replayed(await insertReview(box.db, { scope: 'unlimited' }), 'unlimited', GOOD);
  await box.db.sql`UPDATE proposals SET finding = finding - 'limits' WHERE id = ${proposalId}`;
  expect((await decide(proposalId)).verdict).toBe('INCONCLUSIVE');
});

test('a proposal that was taken out of the review while it was replayed is not judged', async () => {
  const proposalId = await replayed(await insertReview(box.db, { scope: 'gone' }), 'gone', GOOD);
  await moveProposal(box.db, { id: proposalId, to: 'ABORTED', key: 'test', actor: 'tester' });
  expect(await decide(proposalId)).toEqual({ verdict: 'INCONCLUSIVE', next: 'conclude' });
  expect(await loadProposal(box.db, proposalId)).toMatchObject({ state: 'ABORTED', comparisons: [] });
});

test('the conclusion holds what does not pass, with the reason, and may be drawn again', async () => {
  const reviewId = await insertReview(box.db, { scope: 'conclusion' });
  const proposals: Record<string, string> = {};
  for (const [name, given] of Object.entries({ good: GOOD, bad: BAD, few: FEW })) {
    proposals[name] = await replayed(reviewId, name, given);
    await decide(proposals[name]!);
  }
  const conclude = () => concludeReview(depsOf(box), { reviewId }, NEVER);
  expect(await conclude()).toEqual({ passing: 1, held: 2 });
  const rows = () => Promise.all(['good', 'bad', 'few'].map((name) => loadProposal(box.db, proposals[name]!)));
  const first = await rows();
  expect(first).toMatchObject([
    { state: 'DECIDED', heldBy: null },
    { state: 'HELD', heldBy: 'evidence', verdict: 'FAIL', heldDetail: expect.stringContaining('not good enough') },
    { state: 'HELD', heldBy: 'evidence', verdict: 'INCONCLUSIVE', heldDetail: expect.stringContaining('would have decided') },
  ]);
  expect(await conclude()).toEqual({ passing: 1, held: 2 });
  expect(await rows()).toEqual(first);
});

test('a loss beyond the tolerance that saves most of the cost is put before an owner, by the name of the rule', async () => {
  const reviewId = await insertReview(box.db, { scope: 'owner' });
  const proposalId = await replayed(reviewId, 'owner', answers(1_700, 5, 150, 100));
  await decide(proposalId);
  expect(await concludeReview(depsOf(box), { reviewId }, NEVER)).toEqual({ passing: 0, held: 1 });
  expect(await loadProposal(box.db, proposalId)).toMatchObject({ state: 'HELD', heldBy: 'escalation', escalation: 'quality-against-cost' });
});
