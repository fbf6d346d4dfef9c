/** What people see of cascades: where a task would go, what its steps did, and how good the checks are. */

import type { Policy } from '../../routing/decision/policy';
import { commandPath, jsonOf, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';
import { LIMITS, MODELS, NORTH, NORTH_NAME, SOUTH, WORK } from '../support/scenario';

const CLASSES: Policy['classes'] = {
  work: {
    route: {
      kind: 'cascade',
      steps: [{ model: NORTH.id, check: { kind: 'contains', texts: ['levers'], ignoreCase: false } }, { model: SOUTH.id }],
      stream: 'checked',
    },
    tolerance: 0.05,
  },
};

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({ models: MODELS, policy: { classes: CLASSES, attempts: LIMITS } });
}, 180_000);
afterAll(() => stack.end());

const run = (...words: readonly string[]) => signalbox(words, { env: stack.environment });

/** A task whose first answer is this, graded by whether it holds the word that makes it good. */
async function submit(text: string, good: string): Promise<string> {
  stack.script({ models: { [NORTH_NAME]: [{ kind: 'answer', text }] } });
  const result = await stack.run({ ...WORK, grader: { kind: 'contains', expected: good } });
  return result.taskId;
}

test('stats checks: passes, failures, sensitivity and specificity with intervals, and how often a later step answered', async () => {
  await submit('levers and signals', 'levers');
  await submit('levers and signals', 'levers');
  await submit('levers', 'nowhere');
  await submit('signals', 'nowhere');
  const escalated = await submit('signals', 'signals');

  const ran = await run('stats', 'checks', '--json');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  const { checks } = jsonOf<{ checks: readonly Record<string, unknown>[] }>(ran);
  expect(checks).toHaveLength(1);
  expect(checks[0]).toMatchObject({
    ...{ taskClass: 'work', model: NORTH.id, check: 'contains', answers: 5, passed: 3, failed: 2, crashed: 0, escalated: 2 },
    ...{ goodPassed: 2, goodFailed: 1, badPassed: 1, badFailed: 1, costUsd: 0 },
    worth: { saved: expect.any(Number), qualityChange: expect.closeTo(0.4, 5), pays: expect.any(Boolean) },
    ...{ sensitivity: { of: 2, share: 0.5 }, specificity: { of: 3, share: 2 / 3 }, escalationRate: { of: 5, share: 0.4 } },
  });

  const people = await run('stats', 'checks');
  expect(people.stdout).toMatch(/work +north\/small +contains +5 +0 +60 % \(23–88\) of 5 +50 % \(9–91\) of 2/);

  const story = await run('task', escalated);
  expect(story.stdout).toMatch(/1 +north\/small +contains +failed +1\.00/);
  expect(story.stdout).toMatch(/2 +south\/middle +none +unchecked +0\.00/);
  const { steps, attempts } = jsonOf<{ steps: unknown; attempts: unknown }>(await run('task', escalated, '--json'));
  expect(steps).toMatchObject([
    { step: 1, check: 'contains', result: 'failed', score: 1, checkCostUsd: 0 },
    { step: 2, check: null, result: 'unchecked', score: 0 },
  ]);
  expect(attempts).toMatchObject([
    { step: 1, part: 'answer' },
    { step: 2, part: 'answer' },
  ]);
});

test('route shows the steps, and what they would cost at most', async () => {
  const ran = await run('route', 'Say what a signal box is.', '--live', '--class', 'work');
  expect(ran.stdout).toMatch(/The policy takes work through 2 steps: north\/small \(check: contains\) then south\/middle \(no check\)\./);
  const { cascade } = jsonOf<{ cascade: unknown }>(await run('route', 'Say what a signal box is.', '--live', '--class', 'work', '--json'));
  expect(cascade).toMatchObject({
    stream: 'checked',
    steps: [
      { place: 1, check: 'contains', reach: 1 },
      { place: 2, check: null },
    ],
    skipped: [],
  });
});

test('policy show names the steps of a cascade and their checks', async () => {
  const { stdout } = await run('policy', 'show');
  expect(stdout).toMatch(/classes\.work .* north\/small \(check: contains\) → south\/middle/);
});
