/** Whole reviews of a class that no grader scores: not believed without labels, and decided by a judge that people agree with. */

import { setTimeout as sleep } from 'node:timers/promises';
import { labelPair, openLabelling } from '../../client/labels';
import { loadReport } from '../../db/queries/reports';
import type { PairVerdict } from '../../routing/judging/judgement';
import { type Installation, installWithWorkers } from '../support/installation';
import { JUDGE, JUDGE_NAME, JUDGE_SETTINGS } from '../support/judging-scenario';
import { CHEAP, DEAR, review, runAll, STORY_MODELS, STORY_REVIEW, storyPolicy, storyScript, storyTask } from '../support/review-story';
import { endSoundly } from '../support/scenario';

let box: Installation;

const JUDGED = {
  ...STORY_REVIEW,
  judge: { ...JUDGE_SETTINGS, rubrics: { '*': 'The better answer says what was asked for.' }, minLabels: 30 },
};

/** What the models say, and the word by which the judge prefers an answer: `alpha` all models say, `gamma` the dear one alone. */
function script(prefers: string): void {
  const { models } = storyScript();
  box.script({ models: { ...models, [JUDGE_NAME]: [{ kind: 'verdict', prefers }] } });
}

/** Reviews everything, and gives what its report says of the class. */
async function reviewed() {
  const { reviewId } = await review(box, 'all');
  const report = await loadReport(box.db, reviewId);
  const plain = report!.classes.find(({ name }) => name === 'plain')!;
  await sleep(JUDGED.stability.cooldownMs);
  return { reviewId, status: plain.status, comparison: plain.proposal!.comparisons.at(-1)!, proof: plain.proposal!.proof! };
}

/** A person who says the same of every pair of a review. */
async function label(reviewId: string, verdict: PairVerdict): Promise<void> {
  const { pairs } = await openLabelling(box.db, reviewId, 'ana');
  for (const { proposalId, taskId } of pairs) await labelPair(box.db, { proposalId, taskId, person: 'ana', verdict, origin: 'import' });
}

beforeAll(async () => {
  box = await installWithWorkers({ models: [...STORY_MODELS, JUDGE], policy: storyPolicy({ plain: {} }, JUDGED) });
  script('gamma');
  await runAll(
    box,
    Array.from({ length: 60 }, (_, number) => storyTask('plain', number, { grader: undefined })),
  );
}, 120_000);

afterAll(() => endSoundly(box));

test('a judge that nobody has labelled proves nothing; with its labels it decides, and everything stands in the report', async () => {
  const first = await reviewed();
  expect(first).toMatchObject({
    status: 'held',
    comparison: { verdict: 'INVALID', flags: expect.arrayContaining(['JUDGE_UNCALIBRATED']) },
  });
  expect(first.comparison.judge!.pairs).toBeGreaterThanOrEqual(20);
  await label(first.reviewId, 'baseline');

  script('alpha');
  const second = await reviewed();
  expect(second).toMatchObject({ status: 'held', comparison: { verdict: 'INVALID' } });
  await label(second.reviewId, 'tie');

  const third = await reviewed();
  expect(third).toMatchObject({ status: 'proposed', comparison: { baseline: DEAR, candidate: CHEAP, verdict: 'PASS', flags: [] } });
  const { judge, sentinels, cost } = third.comparison;
  expect(judge).toMatchObject({
    model: JUDGE.id,
    families: ['east'],
    served: ['scripted'],
    flips: 0,
    problems: [],
    calibration: { people: ['ana'], agreement: 1, kappa: { value: 1 }, informedness: { value: 1 } },
  });
  expect(judge!.calibration.pairs).toBe(first.comparison.judge!.pairs + second.comparison.judge!.pairs);
  expect(judge!.correction.factor).toBeLessThan(1);
  expect(sentinels.pairs).toBeGreaterThan(0);
  expect(sentinels.caught).toBe(sentinels.pairs);
  expect(third.proof.judgeCostNanoUsd).toBeGreaterThan(0);
  const replays = third.comparison.pairs * (cost.baseline.mean + cost.candidate.mean);
  expect(third.proof.replayCostNanoUsd).toBeCloseTo(replays + third.proof.judgeCostNanoUsd!, 0);
}, 120_000);
