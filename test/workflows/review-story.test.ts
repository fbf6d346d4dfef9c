/** Whole stories of the routing review, every step the real one: from past tasks to a route that serves, or to why nothing changes. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadReview } from '../../client/reviews';
import { loadReport } from '../../db/queries/reports';
import { loadPolicy } from '../../db/queries/rules';
import { type Installation, installWithWorkers } from '../support/installation';
import {
  CHEAP,
  DEAR,
  HARD,
  movesOf,
  review,
  routesOf,
  runAll,
  STORY_MODELS,
  say,
  storyPolicy,
  storyScript,
  storyTask,
  trafficUntil,
  untilEnded,
  untilRollout,
  wants,
} from '../support/review-story';
import { endSoundly } from '../support/scenario';

let box: Installation;
let folder: string;
/** The review of everything. */
let reviewId: string;

const numbers = (length: number) => Array.from({ length }, (_, number) => number);

/** Ways in which a grading program can fail; before the review, all of them gave a score. */
const BROKEN = {
  gone: undefined,
  hanging: '#!/bin/sh\nsleep 60\n',
  'out-of-range': '#!/bin/sh\necho 7\n',
} as const;

function writeGrader(name: string, text: string | undefined): void {
  const program = join(folder, name);
  rmSync(program, { force: true });
  if (text === undefined) return;
  writeFileSync(program, text);
  chmodSync(program, 0o755);
}

function brokenTask(number: number) {
  const names = Object.keys(BROKEN);
  const program = join(folder, names[number % names.length]!);
  return storyTask('broken', number, number < 12 ? { grader: { kind: 'command', program, timeoutMs: 500 } } : {});
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-graders-'));
  for (const name of Object.keys(BROKEN)) writeGrader(name, '#!/bin/sh\necho 1\n');
  const classes = { good: {}, declined: {}, worse: {}, few: {}, secret: {}, broken: {}, left: {}, right: {} };
  const steady = { route: { kind: 'model', model: CHEAP, fallbacks: [] } } as const;
  box = await installWithWorkers({ models: STORY_MODELS, policy: storyPolicy({ ...classes, steady }) });
  box.script(storyScript());
  await runAll(box, [
    ...['good', 'declined', 'steady'].flatMap((name) => numbers(30).map((number) => storyTask(name, number))),
    ...numbers(30).map((number) => storyTask('worse', number, { grader: wants(HARD) })),
    ...numbers(5).map((number) => storyTask('few', number)),
    ...numbers(30).map((number) => storyTask('secret', number, { privacyTier: 'restricted' })),
    ...numbers(30).map(brokenTask),
    ...numbers(15).flatMap((number) => [storyTask('left', number), storyTask('right', number)]),
  ]);
  for (const [name, text] of Object.entries(BROKEN)) writeGrader(name, text);
  ({ reviewId } = await review(box, 'all'));
}, 120_000);

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await endSoundly(box);
});

async function proposalOf(name: string) {
  const proposal = (await loadReview(box.db, reviewId)).proposals.find((each) => each.name === name);
  if (proposal === undefined) throw new Error(`There is no proposal for ${name}.`);
  return proposal;
}

const statusesIn = async (id: string) =>
  Object.fromEntries((await loadReport(box.db, id))?.classes.map(({ name, status }) => [name, status]) ?? []);

/** Where the next task of a class goes. */
async function next(taskClass: string): Promise<string> {
  const decision = await box.client.decide(storyTask(taskClass, 'next'));
  return decision.kind === 'routed' ? decision.model : decision.kind;
}

test('a review of everything proposes what was proven, and says of every other class why it stays as it is', async () => {
  expect(await statusesIn(reviewId)).toEqual({
    good: 'proposed',
    declined: 'proposed',
    pair: 'proposed',
    worse: 'held',
    few: 'held',
    secret: 'held',
    broken: 'held',
    steady: 'unchanged',
  });
  expect(await proposalOf('good')).toMatchObject({ state: 'AWAITING_APPROVAL', baseline: DEAR, candidate: CHEAP, verdict: 'PASS' });
  expect(await loadPolicy(box.db)).toMatchObject({ version: 1 });
});

test('a candidate that is worse fails', async () => {
  const { state, heldBy, comparisons } = await proposalOf('worse');
  expect({ state, heldBy }).toEqual({ state: 'HELD', heldBy: 'evidence' });
  expect(comparisons).toMatchObject([{ verdict: 'FAIL', delta: -1 }]);
});

test('a class with too few tasks is held before anything is paid for', async () => {
  const { state, heldBy, heldDetail, samples } = await proposalOf('few');
  expect({ state, heldBy, samples }).toEqual({ state: 'HELD', heldBy: 'evidence', samples: [] });
  expect(heldDetail).toContain('5 tasks');
});

test('a class of restricted content without another model for it is reported as such, and none of it was sent anywhere', async () => {
  expect(await proposalOf('secret')).toMatchObject({ state: 'HELD', heldBy: 'ineligible', candidate: null, change: null, samples: [] });
  const [{ calls }] = await box.db.sql<[{ calls: number }]>`
    SELECT count(*)::integer AS calls FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.privacy_tier = 'restricted' AND a.model <> ${DEAR}`;
  expect(calls).toBe(0);
});

test('answers whose grader is gone, hangs or is out of range are excluded, and with them nothing passes', async () => {
  const { state, heldBy, comparisons } = await proposalOf('broken');
  expect({ state, heldBy }).toEqual({ state: 'HELD', heldBy: 'evidence' });
  const [{ verdict, excluded, worstCase }] = comparisons as [(typeof comparisons)[number]];
  expect(['INCONCLUSIVE', 'INVALID']).toContain(verdict); // invalid where the answer that is known to be bad could not be graded either
  expect(worstCase.verdict).not.toBe('PASS');
  expect(Object.keys(excluded)).toEqual(['grader']);
});

test('a group is reviewed as one: both of its classes change together', async () => {
  const { classes, change, comparisons } = await proposalOf('pair');
  expect(classes).toEqual(['left', 'right']);
  expect(Object.keys(change?.after ?? {})).toEqual(['left', 'right']);
  expect(comparisons).toMatchObject([{ verdict: 'PASS', delta: 0 }]);
});

test.each([
  ['steady', 'no-change'],
  ['few', 'held'],
])('a review of %s alone ends as %s, beside the one of everything', async (scope, end) => {
  expect(await review(box, scope)).toMatchObject({ phase: 'ended', endKind: end, replaysDone: 0 });
});

test('what is approved is rolled out, what is rejected is not, and the review ends', async () => {
  await say(box, (await proposalOf('declined')).id, 'reject');
  await say(box, (await proposalOf('good')).id, 'approve');
  await say(box, (await proposalOf('pair')).id, 'approve');
  const { endKind, endReason } = await untilEnded(box, reviewId);
  expect(endKind).toBe('decided');
  expect(endReason).toBe('declined: rejected. good: approved, and its rollout has begun. pair: approved, and its rollout has begun.');
  expect(await next('declined')).toBe(DEAR);
});

test('both rollouts go through their canary on live traffic to promotion, one change after the other', async () => {
  await trafficUntil(box, 'good', ['WATCHED'], ['good', 'left', 'right']);
  await trafficUntil(box, 'pair', ['WATCHED'], ['left', 'right']);
  expect(await routesOf(box, 'good', 'left', 'right', 'declined')).toEqual([CHEAP, CHEAP, CHEAP, DEAR]);
  expect((await loadPolicy(box.db))?.version).toBe(3);
  expect([await next('good'), await next('left'), await next('declined')]).toEqual([CHEAP, CHEAP, DEAR]);
}, 120_000);

test('a model that becomes worthless is taken back by itself, and its classes come to rest', async () => {
  box.script(storyScript({ cheap: 'nothing' }));
  await trafficUntil(box, 'good', ['COOLDOWN', 'IDLE'], ['good', 'left', 'right']);
  await trafficUntil(box, 'pair', ['COOLDOWN', 'IDLE'], ['left', 'right']);
  expect(await routesOf(box, 'good', 'left', 'right')).toEqual([DEAR, DEAR, DEAR]);
  expect(await next('good')).toBe(DEAR);
  for (const name of ['good', 'pair']) {
    const { id } = await untilRollout(box, name, 'IDLE');
    expect(await movesOf(box, id)).toEqual([
      'APPROVED',
      'CANARY step-0',
      'CANARY step-1',
      'SOAKING soak',
      'PROMOTED promote',
      'WATCHED watched',
      'ROLLING_BACK drift',
      'ROLLED_BACK rolled-back',
      'COOLDOWN cooldown',
      'IDLE rested',
    ]);
  }
}, 120_000);
