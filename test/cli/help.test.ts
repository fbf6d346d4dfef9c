/** Help, version, and what happens on a Node that is too old. */

import { nodeProblem } from '../../client/cli/node-version';
import { commandPath, signalbox } from '../support/command-line';

beforeAll(commandPath, 180_000);

const COMMANDS = [
  ...['classify', 'route', 'submit', 'tasks', 'task', 'rate', 'cancel', 'up', 'worker', 'demo', 'init', 'stats', 'doctor'],
  ...['review start', 'review list', 'review show', 'review report', 'review cancel', 'review schedule', 'review offline', 'approve', 'reject', 'rollback'],
  ...['rollout list', 'rollout show', 'rollout pause', 'rollout resume', 'rollout abort'],
  ...['config', 'config check', 'config show', 'config get', 'config set', 'export', 'completion'],
  ...['ratings import', 'ratings export', 'ratings report', 'fallback', 'reset stats', 'reset circuit', 'reset cache'],
  ...['policy apply', 'policy show', 'policy list', 'policy diff', 'policy history'],
  ...['models list', 'models show', 'models add', 'models update', 'models deprecate', 'models import'],
  ...['slots list', 'slots queue', 'slots dry-run', 'slots report', 'slots matrix', 'slots compare'],
  ...['cost', 'budget show', 'budget set-daily', 'budget set-monthly', 'budget set-per-request'],
  ...['audit ledger', 'audit list', 'audit verify', 'audit export', 'erase'],
].map((words) => words.split(' '));

test('--help names every command and every exit code', async () => {
  const { exitCode, stdout } = await signalbox(['--help']);
  expect(exitCode).toBe(0);
  for (const [name] of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(stdout).toContain('Exit codes:');
});

test.each(COMMANDS.map((words) => [words.join(' '), words] as const))('the help of "%s" has an example', async (name, words) => {
  const { exitCode, stdout } = await signalbox([...words, '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`Examples:\n  signalbox ${name}`);
});

test('a command that needs another word prints its help and ends with 2', async () => {
  expect(await signalbox(['policy'])).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('apply') });
});

test('--version is the version of the package', async () => {
  const { version } = jest.requireActual<{ version: string }>('../../package.json');
  expect(await signalbox(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
});

test.each([
  ['18.20.0', false],
  ['21.7.3', false],
  ['22.0.0', true],
  ['24.21.0', true],
  ['100.0.0', true],
])('Node %s can run it: %s', (version, canRun) => {
  const problem = nodeProblem(version);
  expect(problem === undefined).toBe(canRun);
  if (problem !== undefined) expect(problem).toContain(version);
});
