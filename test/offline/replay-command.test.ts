/** A replay command of the user's own, however it behaves. */

import { PassThrough } from 'node:stream';
import { answerKey, type ReplayAnswers, type ReplayRequest, replayByCommand } from '../../client/offline/replay-command';

const REQUESTS: readonly ReplayRequest[] = ['t1', 't2', 't3'].flatMap((taskId) =>
  ['a/large', 'a/small'].map((model): ReplayRequest => ({ taskId, model, pass: 1, block: 0 })),
);

/** Runs a program that has the requests as `requests`, and answers with `say`. */
function replay(program: string, silenceMs = 30_000, signal = new AbortController().signal): Promise<ReplayAnswers> {
  const script = `
    const requests = require('node:fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean).map((line) => JSON.parse(line));
    const say = (value) => console.log(typeof value === 'string' ? value : JSON.stringify(value));
    const good = ({ task_id, model }) => ({ task_id, model, score: 1, cost_usd: 0.002, latency_ms: 900 });
    ${program}`;
  return replayByCommand(REQUESTS, {
    ...{ silenceMs, signal, stderr: new PassThrough().resume() },
    command: `"${process.execPath}" -e '${script.replaceAll("'", `'"'"'`)}'`,
  });
}

test('is asked every task on both models, and its answers are taken in any order', async () => {
  const { answers, ...rest } = await replay('for (const each of requests.reverse()) say(good(each));');
  expect([...answers.keys()].sort()).toEqual(REQUESTS.map(answerKey).sort());
  expect(answers.get(answerKey(REQUESTS[0]!))).toEqual({ end: 'scored', score: 1, costNanoUsd: 2_000_000, latencyMs: 900 });
  expect(rest).toEqual({ served: new Map(), noise: 0, notAsked: 0, repeated: 0, problems: [] });
});

test('failures count, exclusions do not, and both keep their reason', async () => {
  const { answers } = await replay(`
    say({ ...good(requests[0]), score: undefined, outcome: 'failed', why: 'timeout' });
    say({ task_id: requests[1].task_id, model: requests[1].model, outcome: 'excluded', why: 'outage' });`);
  expect(answers.get(answerKey(REQUESTS[0]!))).toEqual({ end: 'failed', why: 'timeout', costNanoUsd: 2_000_000, latencyMs: 900 });
  expect(answers.get(answerKey(REQUESTS[1]!))).toEqual({ end: 'excluded', why: 'outage', costNanoUsd: 0 });
});

test('noise, answers that nobody asked for and second answers are counted and told by line, without what they say', async () => {
  const { answers, noise, notAsked, repeated, problems } = await replay(`
    say('loading my-secret-model');
    say(good({ task_id: 'another', model: 'a/large' }));
    say(good(requests[0])); say({ ...good(requests[0]), score: 0 });
    say({ ...good(requests[1]), score: 7 }); say({ ...good(requests[2]), cost_usd: undefined }); say([]);`);
  expect([...answers.values()]).toEqual([expect.objectContaining({ score: 1 })]);
  expect({ noise, notAsked, repeated }).toEqual({ noise: 4, notAsked: 1, repeated: 1 });
  expect(problems).toEqual([
    'line 1: is not a JSON object',
    'line 2: answers what was not asked',
    'line 4: answers a second time; the first counts',
    'line 5: its "score" is missing or wrong',
    'line 6: its "cost_usd" is missing or wrong',
    'line 7: is not a JSON object',
  ]);
});

test('what it answered before it failed counts, and how it failed is told', async () => {
  const { answers, failure } = await replay('say(good(requests[0])); process.exitCode = 3;');
  expect([answers.size, failure]).toEqual([1, 'It ended with code 3.']);
});

test('one that hangs is ended, with whatever it started', async () => {
  const { answers, failure } = await replay('say(good(requests[0])); setInterval(() => {}, 1000);', 500);
  expect([answers.size, failure]).toEqual([1, 'It was silent for 1 s and was ended.']);
});

test('one that reads nothing is no error', async () => {
  const { answers, failure } = await replayByCommand(REQUESTS, {
    ...{ command: 'exit 0', silenceMs: 30_000, signal: new AbortController().signal, stderr: new PassThrough().resume() },
  });
  expect([answers.size, failure]).toEqual([0, undefined]);
});

test('ends at once when the review is stopped', async () => {
  const stopping = new AbortController();
  const replaying = replay('setInterval(() => {}, 1000);', 30_000, stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(replaying).rejects.toThrow('stopped');
});
