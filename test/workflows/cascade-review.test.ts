/** A whole review in which a cascade is what is tried: weighed, replayed, judged, and put before an owner who may write it down. */

import { loadReport } from '../../db/queries/reports';
import { nameOfCascade } from '../../routing/cascade/name';
import { HOUR_MS, type ReviewSettings } from '../../routing/review/settings';
import { type Installation, installWithWorkers } from '../support/installation';
import {
  CHEAP,
  DEAR,
  HARD,
  review,
  routesOf,
  runAll,
  STORY_MODELS,
  STORY_REVIEW,
  storyPolicy,
  storyScript,
  storyTask,
  wants,
} from '../support/review-story';
import { endSoundly, WEST } from '../support/scenario';

let box: Installation;

/** The task's own grader says which cheap answers are good: the check is perfect, and is taken for a good one before the replay. */
const OFFERING: ReviewSettings = {
  ...STORY_REVIEW,
  stability: { dwellMs: 0, cooldownMs: HOUR_MS, maxCooldownMs: HOUR_MS },
  screen: { ...STORY_REVIEW.screen, minSavingShare: 0.05 },
  cascades: { mixed: { check: { kind: 'grader', minScore: 0.5 }, assumed: { sensitivity: 0.9, specificity: 0.9 } } },
};

const numbers = (length: number) => Array.from({ length }, (_, number) => number);
/** The dear model's calls are made by workers of their own. */
const MODELS = STORY_MODELS.flatMap((model) => (model.id === CHEAP ? [model] : model.id === DEAR ? [{ ...model, pool: 'dear' }] : []));

beforeAll(async () => {
  box = await installWithWorkers({ models: MODELS, policy: storyPolicy({ mixed: {} }, OFFERING) });
  box.script(storyScript());
  const half = (number: number) => (number % 2 === 0 ? {} : { grader: wants(HARD) });
  await runAll(box, [
    ...numbers(40).map((number) => storyTask('mixed', number, half(number))),
    // The cheap model is known on the class, and alone is not good enough.
    ...numbers(80).map((number) =>
      storyTask('mixed', `cheap ${number}`, { constraints: { model: CHEAP }, ...(number % 10 < 3 ? {} : { grader: wants(HARD) }) }),
    ),
  ]);
}, 120_000);

afterAll(() => endSoundly(box));

test('a cascade that beats what is plainer is replayed and proved, and an owner is asked to write it into the policy', async () => {
  const { reviewId, phase } = await review(box, 'all');
  const report = await loadReport(box.db, reviewId);
  const mixed = report!.classes.find(({ name }) => name === 'mixed')!;
  const name = nameOfCascade([CHEAP, DEAR]);

  expect(phase).toBe('ended');
  expect(mixed.finding.cascades).toMatchObject([{ models: [CHEAP, DEAR], pays: true, check: { kind: 'grader', from: 'assumed' } }]);
  expect(mixed).toMatchObject({
    status: 'needs-owner',
    proposal: { state: 'HELD', heldBy: { by: 'escalation' }, escalation: { rule: 'cascade-by-hand' } },
  });
  expect(mixed.sentence).toContain(`write a cascade of ${CHEAP} and ${DEAR}`);

  const comparison = mixed.proposal!.comparisons.at(-1)!;
  expect(comparison).toMatchObject({ baseline: DEAR, candidate: name, verdict: 'PASS', meanQuality: { baseline: 1, candidate: 1 } });
  expect(comparison.sentence).toContain(name);
  expect(comparison.cost.candidate.mean).toBeLessThan(comparison.cost.baseline.mean);
  expect(comparison.sentinels.caught).toBe(comparison.sentinels.pairs);
  expect(mixed.proposal!.proof?.candidate.callsPerAnswer).toBeGreaterThan(1);

  const [{ calls }] = await box.db.sql<[{ calls: number }]>`
    SELECT count(*)::integer AS calls FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.purpose = 'replay' AND a.step = 2 AND a.model = ${WEST.id}`;
  expect(calls).toBeGreaterThan(0);
  expect(await routesOf(box, 'mixed')).toEqual([DEAR]);
}, 120_000);

test('what was put before an owner is not paid for again at once', async () => {
  const { reviewId } = await review(box, 'mixed');
  const report = await loadReport(box.db, reviewId);
  const mixed = report!.classes.find(({ name }) => name === 'mixed')!;
  expect(mixed.proposal?.proof).toBeUndefined();
  expect(mixed.finding.cascades?.[0]?.dropped).toContain('for its owner to write');
}, 120_000);
