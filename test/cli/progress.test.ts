/** Long work shows how far it is to whoever looks at a terminal, and writes nothing of that anywhere else. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOutput } from '../../client/cli/terminal/output';
import { startProgress } from '../../client/cli/terminal/progress';
import { testModel } from '../support/catalogue';
import { bareEnvironment, commandPath, folderWith, signalbox } from '../support/command-line';
import { runInProcess, sink } from '../support/in-process';
import { type Installation, install } from '../support/installation';

/** What a terminal obeys. */
const ESCAPE = '\u001b[';

describe('a bar', () => {
  const barOn = (isTTY: boolean) => {
    const [stdout, stderr] = [sink(isTTY), sink(isTTY)];
    const output = createOutput({ stdout: stdout.stream, stderr: stderr.stream, isColorWanted: false });
    const progress = startProgress(output, '% read', 100);
    for (let done = 0; done < 100; done++) progress.advance();
    progress.end();
    progress.end();
    return { stdout: stdout.text(), stderr: stderr.text() };
  };

  test('begins at nothing, counts what it is told, is taken away in the end, and leaves results alone', () => {
    const { stdout, stderr } = barOn(true);
    expect(stdout).toBe('');
    expect(stderr).toContain('░ 0/100 % read');
    expect(stderr.lastIndexOf(`${ESCAPE}0K`)).toBeGreaterThan(stderr.lastIndexOf('% read'));
    expect(stderr).toContain(`${ESCAPE}?25h`); // the cursor is back
  });

  test('is nothing where standard error is no terminal', () => {
    expect(barOn(false)).toEqual({ stdout: '', stderr: '' });
  });
});

describe('a command', () => {
  let stack: Installation;
  beforeAll(async () => {
    await commandPath();
    stack = await install({ models: [testModel('scripted/first')] });
  }, 180_000);
  afterAll(() => stack.end());

  const tasks = Array.from({ length: 30 }, (_, index) => JSON.stringify({ prompt: `Task ${index}` })).join('\n');

  test.each([
    ['submits many tasks', ['submit', '--jsonl', 'tasks.jsonl', '--dry-run'], '0/30 submitted'],
    ['writes tables to a file', ['export', '--out', 'all.jsonl', '--force'], ' tables'],
  ])('that %s shows a bar on a terminal alone', async (_, words, bar) => {
    const cwd = folderWith({ 'tasks.jsonl': tasks });
    const watched = await runInProcess(words, { cwd, env: stack.environment, typed: [] });
    expect(watched).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(bar) });
    expect(watched.stdout).not.toContain(ESCAPE);
    const { exitCode, stdout, stderr } = await runInProcess(words, { cwd, env: stack.environment });
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain(ESCAPE);
    expect(stderr).not.toContain(bar);
  });

  const rating = (number: number) =>
    JSON.stringify({
      timestamp: new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString(),
      ...{ provider: 'scripted', model: 'first', score: 1 + (number % 5), tier: 'STANDARD' },
    });
  const ratings = `${Array.from({ length: 20_000 }, (_, number) => rating(number)).join('\n')}\n`;

  // `script` of util-linux gives a command a terminal of its own.
  if (/util-linux/u.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')) {
    test('that imports ratings shows on a real terminal how much of the file is read', async () => {
      const cwd = folderWith({ 'ratings.jsonl': ratings });
      writeFileSync(join(cwd, 'run.sh'), `exec "${process.execPath}" "${await commandPath()}" ratings import ratings.jsonl\n`);
      const env = { ...bareEnvironment(), ...stack.environment, TERM: 'xterm' };
      const { status, stdout } = spawnSync('script', ['-qec', 'sh run.sh', 'typescript'], { cwd, env, encoding: 'utf8', timeout: 60_000 });
      expect(status).toBe(0);
      expect(stdout).toContain('/100 % read');
      expect(stdout).toContain('20000 ratings were added');
      expect(stdout.lastIndexOf('% read')).toBeLessThan(stdout.indexOf('20000 ratings were added'));
    });
  }

  test('that imports ratings shows none of that in a log', async () => {
    const ran = await signalbox(['ratings', 'import', '-'], { env: stack.environment, stdin: ratings });
    expect(ran).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^\d+ ratings were added/), stderr: '' });
  });
});
