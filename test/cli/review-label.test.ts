/** `review label`: blind, keyboard only, resumable; from files too; and what it makes of the judge. */

import { PassThrough } from 'node:stream';
import { decidePass } from '../../activities/review/decide-pass';
import { runReviewLabel } from '../../client/cli/review-label';
import { createOutput } from '../../client/cli/terminal/output';
import { eraseContent } from '../../client/erase';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { JUDGE, JUDGE_NAME, JUDGE_SETTINGS, judgeToEnd, judging, MODELS_AND_JUDGE, saying } from '../support/judging-scenario';
import { BASELINE_NAME, CANDIDATE_NAME, type ReplayScenario } from '../support/replay-scenario';
import { endSoundly, workPolicy } from '../support/scenario';

const PAIRS = 6;
const [BASELINE_SAYS, CANDIDATE_SAYS] = ['A building from which points are set.', 'A box of \u001b[31mtricks.'];

let box: Installation;
let scenario: ReplayScenario;

beforeAll(async () => {
  await commandPath();
}, 180_000);

beforeEach(async () => {
  box = await install({ models: MODELS_AND_JUDGE, policy: workPolicy(), budgets: [{ period: 'day', limitNano: 9e12 }] });
  box.script({
    models: {
      [BASELINE_NAME]: [{ kind: 'answer', text: BASELINE_SAYS }],
      [CANDIDATE_NAME]: [{ kind: 'answer', text: CANDIDATE_SAYS }],
      [JUDGE_NAME]: [saying('tie')],
    },
  });
  scenario = await judging(box, { count: PAIRS });
  for (let position = 0; position < PAIRS; position += 1) await judgeToEnd(depsOf(box), scenario, position);
}, 120_000);

afterEach(() => endSoundly(box));

const labels = () =>
  box.db.sql<{ taskId: string; person: string; verdict: string }[]>`
    SELECT task_id AS "taskId", person, verdict FROM judge_labels ORDER BY labelled_at, task_id`;

/** Sits at a terminal and types; resolves with what was to be read there. */
async function sit(typed: string, as = 'ana'): Promise<string> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const seen: string[] = [];
  const stream = () => {
    const through = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 });
    through.on('data', (chunk) => seen.push(String(chunk)));
    return through;
  };
  const output = createOutput({ stdout: stream(), stderr: stream(), isColorWanted: false });
  stdin.write(typed);
  const cli = { env: box.environment, nodeVersion: process.versions.node, stdin, output, user: 'nobody' };
  await runReviewLabel(scenario.reviewId, { state: '.signalbox', as }, cli);
  return seen.join('');
}

const run = (words: readonly string[], options: { stdin?: string; cwd?: string } = {}) =>
  signalbox(['review', 'label', ...words], { ...options, env: box.environment });

test('shows two answers side by side without saying whose they are, and keeps what one key says', async () => {
  const screen = await sit('1q');
  expect(screen).toContain('Say what a signal box is.');
  expect(screen).toContain('A building from which points are set.');
  expect(screen).toContain('A box of tricks.');
  expect(screen).not.toMatch(/baseline|candidate|north|west/);
  expect(screen).not.toContain('\u001b[31m');
  expect(await labels()).toMatchObject([{ person: 'ana', verdict: expect.stringMatching(/^(baseline|candidate)$/) }]);
});

test('goes on where it ended: skipped pairs come again, labelled ones do not', async () => {
  expect(await sit('1s2q')).toMatch(/Labelled 2, skipped 1; 4 left/);
  expect(await sit('q')).toContain(`Pair 3 of ${PAIRS}, 2 labelled`);
  expect(await sit('0000')).toMatch(/Labelled 4, skipped 0; 0 left/);
  expect(await labels()).toHaveLength(PAIRS);
  expect(await sit('')).toMatch(/Labelled 0, skipped 0; 0 left/);
});

test('takes back what was said, tells its keys and the rubric, and takes no other key for a verdict', async () => {
  const screen = await sit('0u1x?r\u001b[Aq');
  expect(screen).toContain('2  the right answer is better');
  expect(screen).toContain('The better answer says what a signal box is.');
  expect(await labels()).toMatchObject([{ verdict: expect.stringMatching(/^(baseline|candidate)$/) }]);
});

test('draws which side is whose anew for each pair and person, and always the same for one', async () => {
  const sides = async (as: string) => {
    await sit('111111', as);
    return (await labels())
      .filter(({ person }) => person === as)
      .sort((a, b) => (a.taskId < b.taskId ? -1 : 1))
      .map(({ verdict }) => verdict);
  };
  const all = await Promise.all(['ana', 'ben', 'cleo', 'dan'].map(sides));
  expect(new Set(all.flat())).toEqual(new Set(['baseline', 'candidate']));
  expect(new Set(all.map(String)).size).toBeGreaterThan(1);
});

test('a pair whose content was erased is not shown any more', async () => {
  await eraseContent(box.db, { taskId: scenario.taskIds[0]!, actor: 'ana', reason: 'asked for' });
  expect(await sit('q')).toContain(`Pair 1 of ${PAIRS - 1}`);
});

test('takes labels from a file, names the lines that are none, and takes each once', async () => {
  const [first, second, third] = scenario.taskIds as [string, string, string];
  const lines = [
    JSON.stringify({ taskId: first, verdict: 'candidate', person: 'ben' }),
    JSON.stringify({ taskId: second, verdict: 'tie' }),
    'not JSON',
    JSON.stringify({ taskId: third, verdict: 'better' }),
    JSON.stringify({ taskId: scenario.reviewId, verdict: 'tie' }),
    JSON.stringify({ taskId: first, verdict: 'candidate', person: 'ben' }),
    JSON.stringify({ taskId: first, verdict: 'baseline', person: 'ben' }),
  ].join('\n');
  const cwd = folderWith({ 'labels.jsonl': lines });
  const imported = await run([scenario.reviewId, '--from', 'labels.jsonl', '--as', 'ana', '--json'], { cwd });
  expect(jsonOf(imported)).toEqual({
    reviewId: scenario.reviewId,
    kept: 2,
    known: 1,
    skipped: 4,
    problems: [
      { line: 3, problem: expect.stringContaining('not {"taskId"') },
      { line: 4, problem: expect.stringContaining('"baseline", "candidate" or "tie"') },
      { line: 5, problem: 'this task was not replayed for what is labelled' },
      { line: 7, problem: expect.stringContaining('said something else') },
    ],
  });
  expect(await labels()).toHaveLength(2);
  expect((await run([scenario.proposalId, '--from', '-', '--as', 'ana'], { stdin: lines })).stdout).toMatch(
    /^Kept 0 labels; 3 were known, 4 skipped\.\n {2}line 3:/,
  );
});

test('--json says how far it is, with what the labels of everybody make of the judge', async () => {
  await sit('0011q', 'ana');
  await sit('00q', 'ben');
  expect(jsonOf(await run([scenario.reviewId, '--as', 'ana', '--json']))).toMatchObject({
    reviewId: scenario.reviewId,
    proposals: [
      {
        proposalId: scenario.proposalId,
        name: 'work',
        judge: JUDGE.id,
        pairs: PAIRS,
        labelledByYou: 4,
        labelsWanted: 100,
        calibration: { pairs: 4, people: ['ana', 'ben'], sharedPairs: 2, disputedPairs: 0, agreement: 0.5, sensitivity: { value: 0 } },
      },
    ],
  });
});

test('says what to do where nobody sits there, or nothing was judged', async () => {
  expect(await run([scenario.reviewId])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Give a file with --from, or --json'),
  });
  await box.db.sql`UPDATE reviews SET settings = settings - 'judge'`;
  expect(await run([scenario.reviewId, '--json'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nothing to label') });
});

test('labels count for the decision of a pass, and for later reviews with the same rubric', async () => {
  await sit('000000');
  const finding = { candidates: [], limits: { tolerance: 0.05, margin: 0.05, floor: null } };
  await box.db.sql`UPDATE proposals SET finding = ${JSON.stringify(finding)}::text::jsonb`;
  await decidePass(depsOf(box), { proposalId: scenario.proposalId, pass: 1 }, new AbortController().signal);
  const [{ comparison }] = await box.db.sql<[{ comparison: Record<string, unknown> }]>`SELECT comparisons->0 AS comparison FROM proposals`;
  expect(comparison).toMatchObject({
    verdict: 'INVALID',
    flags: expect.arrayContaining(['JUDGE_UNCALIBRATED']),
    judge: { model: JUDGE.id, served: ['scripted'], families: ['east'], pairs: PAIRS, calibration: { pairs: PAIRS, agreement: 1 } },
  });

  const calibrated = async (rubric: string) => {
    await box.db.sql`UPDATE reviews SET ended_at = now(), phase = 'ended', end_kind = 'held', end_reason = 'test' WHERE ended_at IS NULL`;
    const next = await judging(box, { judge: { rubrics: { work: rubric } } });
    await judgeToEnd(depsOf(box), next);
    const { proposals } = jsonOf<{ proposals: { calibration: { pairs: number } }[] }>(await run([next.reviewId, '--as', 'ana', '--json']));
    return proposals.map(({ calibration }) => calibration.pairs);
  };
  expect(await calibrated(JUDGE_SETTINGS.rubrics.work!)).toEqual([PAIRS]);
  expect(await calibrated('Another rubric.')).toEqual([0]);
});
