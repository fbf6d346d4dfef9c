/** Help, version, and what happens on a Node that is too old. */

import { nodeProblem } from '../../client/cli/node-version';
import { commandPath, signalbox } from '../support/command-line';
import { LEAF_COMMANDS } from '../support/program-tree';

beforeAll(commandPath, 180_000);

test('--help names every command and every exit code', async () => {
  const { exitCode, stdout } = await signalbox(['--help']);
  expect(exitCode).toBe(0);
  for (const { words } of LEAF_COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${words[0]}\\b`, 'm'));
  expect(stdout).toContain('Exit codes:');
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
