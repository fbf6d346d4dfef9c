/** `policy diff`, `policy history` and `rollback`: what the rules were, and the way back to them. */

import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';

let stack: Installation;
beforeAll(async () => {
  await commandPath();
  stack = await install({ models: [testModel('scripted/first'), testModel('scripted/second')], policy: { defaultTolerance: 0.01 } });
  await stack.apply({ policy: { defaultTolerance: 0.02 } });
}, 180_000);
afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(words, { ...options, env: stack.environment });
const change = (before: number, after: number) => ({ path: ['defaultTolerance'], before, after });

describe('policy diff', () => {
  test('of a version is what came after it; of two, what the second has other than the first', async () => {
    expect(jsonOf(await run(['policy', 'diff', '1', '--json']))).toEqual({
      from: 'version 1',
      to: 'in force (version 2)',
      changes: [change(0.01, 0.02)],
    });
    expect(jsonOf(await run(['policy', 'diff', '2', '1', '--json']))).toMatchObject({ changes: [change(0.02, 0.01)] });
    expect((await run(['policy', 'diff', '2', '2'])).stdout).toBe('version 2 and version 2 have the same rules.\n');
  });

  test('of a file is what it would change, whatever it is called and wherever it is', async () => {
    const rules = 'default_tolerance: 0.03\nclasses: { a: { route: { model: scripted/second } } }\n';
    const cwd = folderWith({ 'policy.yaml': rules, 'next.yaml': 'default_tolerance: 0.04' });
    const { stdout } = await run(['policy', 'diff'], { cwd });
    expect(stdout).toMatch(/^rule +in force \(version 2\) +policy\.yaml\n/);
    expect(stdout).toMatch(/defaultTolerance +0\.02 +0\.03/);
    expect(jsonOf(await run(['policy', 'diff', 'next.yaml', '--json'], { cwd }))).toMatchObject({
      to: 'next.yaml',
      changes: [change(0.02, 0.04)],
    });
    expect(jsonOf(await run(['policy', 'diff', `${cwd}/next.yaml`, '1', '--json']))).toMatchObject({ changes: [change(0.04, 0.01)] });
  });

  test('names what it cannot find', async () => {
    expect(await run(['policy', 'diff', '99'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no policy version 99') });
    expect(await run(['policy', 'diff', 'nowhere'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nowhere') });
    expect(await run(['policy', 'diff'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no policy.yaml') });
  });
});

describe('rollback', () => {
  test('asks first, and without anybody to ask changes nothing', async () => {
    expect(await run(['rollback'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(jsonOf<unknown[]>(await run(['policy', 'list', '--json']))).toHaveLength(2);
  });

  test('puts the version before in force as a new one within a second, and says who did it', async () => {
    const done = jsonOf<{ ms: number }>(await run(['rollback', '--yes', '--reason', 'worse answers', '--as', 'ben', '--json']));
    expect(done).toEqual({ version: 3, restored: 1, ended: [], before: 2, actor: 'ben', ms: expect.any(Number) });
    expect(done.ms).toBeLessThan(1_000);
    expect(jsonOf(await run(['policy', 'show', '--json']))).toMatchObject({ version: 3, policy: { defaultTolerance: 0.01 } });
    expect(jsonOf<unknown[]>(await run(['audit', 'list', '--limit', '1', '--json']))).toMatchObject([
      { action: 'policy.applied', actor: 'ben', subject: '3', details: { restores: 1, reason: 'worse answers' } },
    ]);
  });

  test('to a version that never was changes nothing', async () => {
    expect(await run(['rollback', '99', '--yes'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no policy version 99') });
    expect(jsonOf<unknown[]>(await run(['policy', 'list', '--json']))).toHaveLength(3);
  });
});

test('policy history tells who changed what and why, newest first', async () => {
  expect(jsonOf<unknown[]>(await run(['policy', 'history', '--json']))).toMatchObject([
    { version: 3, baseVersion: 2, isInForce: true, appliedBy: 'ben', reason: 'rollback', rolloutId: null, changes: [change(0.02, 0.01)] },
    { version: 2, baseVersion: 1, isInForce: false, appliedBy: 'test', reason: 'applied', changes: [change(0.01, 0.02)] },
    { version: 1, baseVersion: null, changes: [change(0.05, 0.01)] },
  ]);
  const { stdout } = await run(['policy', 'history', '--limit', '1']);
  expect(stdout).toMatch(
    /^Version 3, in force\n {2}.* UTC, taken back by ben\n {2}rule +version 2 +version 3\n {2}defaultTolerance +0\.02 +0\.01\n$/,
  );
});
