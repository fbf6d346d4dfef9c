/** What a replay says of its model: its own failures count, what is nobody's is excluded, and nothing is counted without a score. */

import { replayOnce } from '../../../activities/review/replay/replay-once';
import type { Grader } from '../../../db/documents/grader';
import { loadStory } from '../../../db/queries/tasks';
import { depsOf } from '../../support/deps';
import { type Installation, install } from '../../support/installation';
import { BASELINE_NAME, CANDIDATE_NAME, callsOf, GOOD, replaying, replayOf, replayToEnd, resultsOf } from '../../support/replay-scenario';
import { endSoundly, LIMITS, MODELS, NORTH, workPolicy } from '../../support/scenario';

let box: Installation;
const never = new AbortController().signal;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
});

afterEach(() => endSoundly(box));

/** Runs the candidate's replay of one past task, and gives its row. */
async function resultOf(past: Parameters<typeof replaying>[1] = {}) {
  const scenario = await replaying(box, past);
  expect(await replayToEnd(depsOf(box), replayOf(scenario))).toBe('done');
  const [result] = await resultsOf(box, scenario);
  return result!;
}

test('an answer is scored by the grader of the task, with what it cost and how long it took', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ ...GOOD, usage: { inputTokens: 100, outputTokens: 20 }, latencyMs: 30 }] } });
  expect(await resultOf()).toMatchObject({
    state: 'done',
    outcome: 'scored',
    score: 1,
    why: null,
    costNano: 200_000,
    latencyMs: expect.any(Number),
  });
  expect(await callsOf(box)).toEqual(['north/small answered usage']);
});

test('an answer that the grader does not accept scores 0', async () => {
  box.script({ models: { [CANDIDATE_NAME]: [{ kind: 'answer', text: 'No idea.' }] } });
  expect(await resultOf()).toMatchObject({ outcome: 'scored', score: 0 });
});

test('a replay is a task of its own with the content, tier and residency of the original, decided for the model under test', async () => {
  box.script({ models: { '*': [GOOD] } });
  const { replayTaskId } = await resultOf({ privacyTier: 'restricted', residency: 'eu' });
  const story = await loadStory(box.db, replayTaskId);
  expect(story).toMatchObject({
    task: { purpose: 'replay', privacyTier: 'restricted', residency: 'eu', priority: 0, taskClass: 'work', status: 'completed' },
    decision: {
      model: NORTH.id,
      chosenBy: 'replay',
      policyVersion: 1,
      propensity: 1,
      record: { limits: { maxAttempts: 3 }, chain: [{ model: NORTH.id }] },
    },
    prompt: { messages: [{ content: 'Say what a signal box is.' }] },
  });
  const [{ copies }] = await box.db.sql<[{ copies: number }]>`SELECT count(*)::integer AS copies FROM task_payloads`;
  expect(copies).toBe(1);
});

test('replays leave no mark on what the models have learnt from work', async () => {
  box.script({ models: { '*': [GOOD] } });
  await resultOf();
  expect(await box.db.sql`SELECT FROM model_performance WHERE attempts > 0`).toHaveLength(0);
  expect(await box.db.sql`SELECT FROM ratings`).toHaveLength(0);
});

describe.each(['baseline', 'candidate'] as const)('of the %s', (role) => {
  test.each([
    ['refused', 'content-refused'],
    ['malformed', 'malformed-answer'],
    ['empty', 'empty-answer'],
    ['cut-short', 'answer-cut-short'],
    ['context-too-long', 'context-too-long'],
    ['bad-request', 'bad-request'],
    ['timeout', 'timeout-headers'],
  ] as const)('%s is its own failure: it counts, and is not tried again', async (fault, why) => {
    box.script({ models: { '*': [{ kind: 'fault', fault }, GOOD] } });
    const scenario = await replaying(box);
    await replayToEnd(depsOf(box), replayOf(scenario, { role }));
    expect(await resultsOf(box, scenario, role)).toMatchObject([{ outcome: 'failed', score: null, why }]);
    expect(await callsOf(box)).toHaveLength(1);
  });

  test.each([
    ['rate-limited', 'rate-limited'],
    ['overloaded', 'overloaded'],
    ['server-error', 'server-error'],
    ['connection-refused', 'connection-lost'],
  ] as const)('%s says nothing of it: it is called three times, then excluded', async (fault, why) => {
    box.script({ models: { '*': [{ kind: 'fault', fault, retryAfterMs: 5 }] } });
    const scenario = await replaying(box);
    await replayToEnd(depsOf(box), replayOf(scenario, { role }));
    expect(await resultsOf(box, scenario, role)).toMatchObject([{ outcome: 'excluded', score: null, why }]);
    expect(await callsOf(box)).toHaveLength(3);
  });

  test.each([
    ['quota-exhausted', 'quota-exhausted'],
    ['authentication', 'authentication'],
    ['not-found', 'not-found'],
  ] as const)('%s is excluded at once', async (fault, why) => {
    box.script({ models: { '*': [{ kind: 'fault', fault }] } });
    const scenario = await replaying(box);
    await replayToEnd(depsOf(box), replayOf(scenario, { role }));
    expect(await resultsOf(box, scenario, role)).toMatchObject([{ outcome: 'excluded', why }]);
    expect(await callsOf(box)).toHaveLength(1);
  });
});

test('a call that takes longer than any may is the failure of its model', async () => {
  await box.apply({ policy: workPolicy({ attempts: { ...LIMITS, maxCallMs: 50 } }) });
  box.script({ models: { '*': [{ ...GOOD, latencyMs: 10_000 }] } });
  expect(await resultOf()).toMatchObject({ outcome: 'failed', why: 'timeout-total' });
});

test('a provider that is out for a moment costs nothing but time', async () => {
  box.script({
    models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 40 }, { kind: 'fault', fault: 'server-error' }, GOOD] },
  });
  expect(await resultOf()).toMatchObject({ outcome: 'scored', score: 1 });
});

test('what must wait gives up its place and says for how long', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 20_000 }, GOOD] } });
  const input = replayOf(await replaying(box));
  const deps = depsOf(box);
  const busy = await replayOnce(deps, input, never).catch((error: unknown) => error);
  expect(busy).toMatchObject({ code: 'provider_busy' });
  expect((busy as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(19_000);
  await expect(replayOnce(deps, input, never)).rejects.toMatchObject({ code: 'provider_busy' });
  expect(await callsOf(box)).toHaveLength(1);
});

test('a wait beyond what a task may take is not waited for', async () => {
  box.script({ models: { '*': [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: LIMITS.maxTaskMs }] } });
  expect(await resultOf()).toMatchObject({ outcome: 'excluded', why: 'rate-limited' });
});

describe('a grader that', () => {
  const command = (script: string, timeoutMs = 5_000): Grader => ({ kind: 'command', program: 'sh', args: ['-c', script], timeoutMs });

  test.each<[string, Grader]>([
    ['gives a score above 1', command('echo 7')],
    ['gives a score below 0', command('echo -1')],
    ['prints no number', command('echo fine')],
    ['hangs', command('sleep 60', 200)],
    ['kills itself', command('kill -9 $$')],
    ['is not there', { kind: 'command', program: 'no-such-grader', args: [], timeoutMs: 1_000 }],
  ])('%s leaves the pair out: it is never a pass', async (_, grader) => {
    box.script({ models: { '*': [GOOD] } });
    expect(await resultOf({ grader })).toMatchObject({ outcome: 'excluded', score: null, why: 'grader' });
  });

  test('is a program scores what it is given', async () => {
    box.script({ models: { '*': [GOOD] } });
    expect(await resultOf({ grader: command('grep -q "signal box" && echo 0.75') })).toMatchObject({ outcome: 'scored', score: 0.75 });
  });
});

test('without a grader, the quality that is recorded with the answer is the score', async () => {
  box.script({ models: { '*': [{ ...GOOD, quality: 0.6 }] } });
  expect(await resultOf({ grader: undefined })).toMatchObject({ outcome: 'scored', score: 0.6 });
});

test('an answer that nothing can score is left out', async () => {
  box.script({ models: { '*': [GOOD] } });
  expect(await resultOf({ grader: undefined })).toMatchObject({ outcome: 'excluded', why: 'no-grader' });
});

test('a task that was never scored and has no grader is not even called', async () => {
  expect(await resultOf({ grader: undefined, score: null })).toMatchObject({ outcome: 'excluded', why: 'no-grader', costNano: 0 });
  expect(await callsOf(box)).toEqual([]);
});

describe('a sentinel', () => {
  test('calls no model: the baseline has its past score, the known-bad answer what the grader gives it', async () => {
    const scenario = await replaying(box, { sentinels: [0] });
    for (const role of ['baseline', 'candidate'] as const)
      expect(await replayToEnd(depsOf(box), replayOf(scenario, { role }))).toBe('done');
    expect(await resultsOf(box, scenario, 'baseline')).toMatchObject([{ outcome: 'scored', score: 1, costNano: 0 }]);
    expect(await resultsOf(box, scenario, 'candidate')).toMatchObject([{ outcome: 'scored', score: 0, costNano: 0 }]);
    expect(await callsOf(box)).toEqual([]);
  });

  test('gets a good score from a grader that accepts everything, for the review to see', async () => {
    expect(await resultOf({ sentinels: [0], grader: { kind: 'regex', pattern: '.*', ignoreCase: false } })).toMatchObject({
      outcome: 'scored',
      score: 1,
    });
  });

  test('is left out where the task has no grader, or the grader fails', async () => {
    expect(await resultOf({ sentinels: [0], grader: undefined })).toMatchObject({ outcome: 'excluded', why: 'no-grader' });
    const broken: Grader = { kind: 'command', program: 'no-such-grader', args: [], timeoutMs: 1_000 };
    expect(await resultOf({ sentinels: [0], grader: broken, review: { scope: 'other' } })).toMatchObject({
      outcome: 'excluded',
      why: 'grader',
    });
  });
});

test('both models are asked as they would be in traffic', async () => {
  box.script({ models: { [BASELINE_NAME]: [GOOD], [CANDIDATE_NAME]: [{ kind: 'answer', text: 'No.' }] } });
  const scenario = await replaying(box);
  for (const role of ['baseline', 'candidate'] as const) await replayToEnd(depsOf(box), replayOf(scenario, { role }));
  expect((await callsOf(box)).toSorted()).toEqual(['north/small answered usage', 'west/large answered usage']);
});
