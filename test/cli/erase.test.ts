/** `erase`: asks, erases, says what it did, and says so again; and what commands say of the task afterwards. */

import { v7 as newId } from 'uuid';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';
import { endSoundly, MODELS, WORK, workPolicy } from '../support/scenario';

let stack: Installation;
beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({ models: MODELS, policy: workPolicy() });
}, 180_000);
afterAll(() => endSoundly(stack));

const run = (...words: readonly string[]) => signalbox(words, { env: stack.environment, cwd: folderWith({}) });

test('needs somebody to confirm', async () => {
  const { taskId } = await stack.run(WORK);
  expect(await run('erase', taskId)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--yes') });
  expect(await stack.client.task(taskId)).toMatchObject({ contentErasedAt: null });
});

test('says what it did; a second time changes nothing; the story, a rating and the audits go on without the content', async () => {
  const { taskId } = await stack.run(WORK);
  const first = await run('erase', taskId, '--as', 'ana', '--reason', 'request 4711', '--yes');
  expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Erased the content of task ${taskId}.`) });
  expect((await run('erase', taskId, '--yes')).stdout).toMatch(/was erased on .* already\. Nothing was changed\./);
  expect(jsonOf(await run('erase', taskId.toUpperCase(), '--yes', '--json'))).toEqual({
    taskId: taskId.toUpperCase(),
    isNew: false,
    erasedAt: expect.any(String),
    replays: null,
  });
  const { stdout } = await run('task', taskId);
  expect(stdout).not.toContain(WORK.prompt);
  expect(stdout).toMatch(/Prompt\n +erased on .*\n/);
  expect(stdout).toMatch(/Answer\n +erased on .*\n/);
  expect(jsonOf(await run('task', taskId, '--json'))).toMatchObject({
    prompt: null,
    promptBytes: null,
    answer: null,
    contentErasedAt: expect.any(String),
    outcome: { outcome: 'completed' },
  });
  expect((await run('rate', '5', taskId)).exitCode).toBe(0);
  expect((await run('rate', '4')).exitCode).toBe(0);
  expect(jsonOf(await run('audit', 'list', '--action', 'task.erased', '--json'))).toMatchObject([
    { actor: 'ana', subject: taskId, details: { reason: 'request 4711', replays: 0 } },
  ]);
  expect((await run('audit', 'verify')).exitCode).toBe(0);
  expect((await run('audit', 'ledger')).exitCode).toBe(0);
});

test('--json says the same for programs', async () => {
  const { taskId } = await stack.run(WORK);
  expect(jsonOf(await run('erase', taskId, '--yes', '--json'))).toEqual({ taskId, isNew: true, erasedAt: expect.any(String), replays: 0 });
});

test.each([
  ['no id', 'yesterday', [], 2, /There is no task yesterday/],
  ['an unknown id', newId(), [], 2, /There is no task/],
  ['a reason that is a letter', newId(), ['--reason', 'x'.repeat(201)], 2, /at most 200 characters/],
])('refuses %s', async (_, id, options, exitCode, message) => {
  expect(await run('erase', id, '--yes', ...options)).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) });
});
