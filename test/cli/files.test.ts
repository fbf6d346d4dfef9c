/** `init` and `config check`. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';

beforeAll(commandPath, 180_000);

test('init writes two files that pass the check', async () => {
  const cwd = folderWith({});
  expect(await signalbox(['init'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('signalbox.yaml and policy.yaml'),
  });
  expect(readFileSync(join(cwd, 'policy.yaml'), 'utf8')).toContain('# policy.yaml');
  expect(await signalbox(['config', 'check'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: 'signalbox.yaml and policy.yaml: no problems.\n',
    stderr: expect.stringContaining('Provider "anthropic" needs ANTHROPIC_API_KEY'),
  });
});

test('init makes the folder that it is given', async () => {
  const cwd = folderWith({});
  expect(jsonOf(await signalbox(['init', 'rules', '--json'], { cwd }))).toEqual({
    written: [join('rules', 'signalbox.yaml'), join('rules', 'policy.yaml')],
  });
});

test('init replaces nothing unless told to', async () => {
  const cwd = folderWith({ 'policy.yaml': 'mine' });
  expect(await signalbox(['init'], { cwd })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^Wrote signalbox\.yaml\. policy\.yaml stays as it is\./),
  });
  const { exitCode, stderr } = await signalbox(['init'], { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/policy\.yaml exist already; nothing was written.*--force/s);
  expect(readFileSync(join(cwd, 'policy.yaml'), 'utf8')).toBe('mine');
  expect((await signalbox(['init', '--force'], { cwd })).exitCode).toBe(0);
  expect(readFileSync(join(cwd, 'policy.yaml'), 'utf8')).not.toBe('mine');
});

const WRONG = [
  'providers:',
  '  anthropic:',
  '    api_key: sk-1',
  '    models:',
  '      claude-haiku-5-5: { capability_tier: SIMPL }',
  'foo: 1',
  '',
].join('\n');

test('config check names every problem at its line, as compilers do', async () => {
  const cwd = folderWith({ 'signalbox.yaml': WRONG });
  const { exitCode, stdout, stderr } = await signalbox(['config', 'check'], { cwd });
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^signalbox\.yaml:3:5: providers\.anthropic\.api_key: A secret does not belong/m);
  expect(stderr).toMatch(/^signalbox\.yaml:5:44: .*Did you mean "SIMPLE"/m);
  expect(stderr).toMatch(/^signalbox\.yaml:6:1: foo: Unknown key/m);
  expect(stderr).not.toContain('sk-1');
});

test('config check --json gives the problems as data', async () => {
  const cwd = folderWith({ 'signalbox.yaml': WRONG });
  const ran = await signalbox(['config', 'check', '--json'], { cwd });
  expect(ran.exitCode).toBe(2);
  const { ok, files } = jsonOf<{ ok: boolean; files: { file: string; kind: string; problems: { line: number }[] }[] }>(ran);
  expect(ok).toBe(false);
  expect(files).toMatchObject([{ file: 'signalbox.yaml', kind: 'catalogue' }]);
  expect(files[0]!.problems.map(({ line }) => line)).toEqual([3, 5, 6]);
});

test('config check holds a policy against the signalbox.yaml beside it', async () => {
  const cwd = folderWith({
    'signalbox.yaml': 'providers: { scripted: { models: { one: { prices: { input: 0, output: 0 } } } } }',
    'policy.yaml': 'classes: { factual/simple: { route: { model: scripted/two } } }',
  });
  const { exitCode, stderr } = await signalbox(['config', 'check', 'policy.yaml'], { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^policy\.yaml:1:\d+: .*"scripted\/two" is not in the catalogue/m);
});

test('config check says so when there is nothing to check', async () => {
  expect(await signalbox(['config', 'check'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('signalbox init') });
});
