/** `models`: one model is changed in the user's file and in the stack, or nothing is. */

import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';

const FILE = `# our models
operator: ana
providers:
  scripted: # costs nothing
    models:
      one:   { prices: { input: 1, output: 2 } }   # the only one
      # more to come
`;

beforeAll(commandPath, 180_000);

const textOf = (cwd: string) => readFileSync(join(cwd, 'signalbox.yaml'), 'utf8');

describe('the file alone', () => {
  const edit = (words: readonly string[], cwd: string) => signalbox(['models', ...words, '--file-only', '--json'], { cwd });

  test('add writes the model behind the others, and leaves every other line as it is', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const words = [
      'two',
      '--provider',
      'scripted',
      '--tier',
      'SIMPLE',
      '--strengths',
      'factual',
      '--price-input',
      '0.5',
      '--price-output',
      '1',
    ];
    expect(jsonOf(await edit(['add', ...words], cwd))).toEqual({
      file: 'signalbox.yaml',
      isChanged: true,
      isWritten: true,
      isApplied: false,
      catalogueVersion: expect.stringMatching(/^[0-9a-f]{64}$/),
      news: [{ kind: 'model-shipped', models: ['scripted/two'], detail: 'scripted/two is new' }],
    });
    const added = `      two:
        capability_tier: SIMPLE
        strengths: [factual]
        prices: { input: 0.5, output: 1 }
`;
    expect(textOf(cwd)).toBe(FILE.replace('      # more', `${added}      # more`));
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
  });

  test('update changes the one price, and its news has both', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const detail = 'scripted/one 1/2 USD per million tokens → 3/2 USD per million tokens';
    expect(jsonOf(await edit(['update', 'scripted/one', '--price-input', '3'], cwd))).toMatchObject({
      news: [{ kind: 'price-change', models: ['scripted/one'], detail }],
    });
    expect(textOf(cwd)).toBe(FILE.replace('input: 1', 'input: 3'));
  });

  test('a new price for a model of the price library keeps its other prices', async () => {
    const cwd = folderWith({ 'signalbox.yaml': 'providers:\n  anthropic:\n    models:\n      claude-haiku-5-5: {}\n' });
    await edit(['update', 'anthropic/claude-haiku-5-5', '--price-input', '7'], cwd);
    expect(textOf(cwd)).toMatch(/prices: \{ input: 7, output: [\d.]+, cache_read: [\d.]+, .*batch: \{/);
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
  });

  test('deprecate gives a model its last day', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(jsonOf(await edit(['deprecate', 'scripted/one', '--on', '2030-11-30'], cwd))).toMatchObject({
      news: [{ kind: 'deprecation', detail: 'scripted/one is deprecated and ends on 2030-11-30' }],
    });
    expect(textOf(cwd)).toContain('{ prices: { input: 1, output: 2 }, status: deprecated, retires: 2030-11-30 }   # the only one');
  });

  test('what the file says already changes nothing', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(jsonOf(await edit(['update', 'scripted/one', '--price-input', '1'], cwd))).toMatchObject({
      isChanged: false,
      isWritten: false,
      news: [],
    });
    expect(textOf(cwd)).toBe(FILE);
  });

  test.each([
    ['a provider that nothing is known of', ['add', 'acme/one'], /Nothing is known of a provider/],
    [
      'a window smaller than the answer',
      ['update', 'scripted/one', '--context-window', '10', '--max-output', '11'],
      /do not fit into the context window/,
    ],
    [
      'an entry that the price library lacks',
      ['add', 'scripted/two', '--priced-as', 'gpt-nonsense'],
      /price library has no "gpt-nonsense"/,
    ],
    ['a name that is none', ['add', 'scripted/ two'], /A model is named with/],
  ])('a change that would make the file wrong changes nothing: %s', async (_, words, says) => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const ran = await edit(words, cwd);
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({ error: { code: 'bad_config', message: expect.stringMatching(says) } });
    expect(textOf(cwd)).toBe(FILE);
  });

  test('--dry-run says what would change, and changes nothing', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const { exitCode, stdout } = await signalbox(['models', 'add', 'scripted/two', '--dry-run'], { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'scripted/two is new\nsignalbox.yaml would be changed; nothing was.\n' });
    expect(textOf(cwd)).toBe(FILE);
  });

  test('a file that is a link stays one', async () => {
    const [home, cwd] = [folderWith({ 'signalbox.yaml': FILE }), folderWith({})];
    symlinkSync(join(home, 'signalbox.yaml'), join(cwd, 'signalbox.yaml'));
    expect((await edit(['add', 'scripted/two'], cwd)).exitCode).toBe(0);
    expect(lstatSync(join(cwd, 'signalbox.yaml')).isSymbolicLink()).toBe(true);
    expect(textOf(home)).toContain('two: {}');
  });
});

describe('with a stack', () => {
  let stack: Installation;
  beforeAll(async () => {
    stack = await install({ models: [testModel('scripted/other')] });
  }, 60_000);
  afterAll(() => stack.end());

  const run = (words: readonly string[], options: RunOptions = {}) => signalbox(words, { ...options, env: stack.environment });
  const triggers = () => stack.db.sql`SELECT kind, requested_by, detail FROM review_triggers ORDER BY at`;

  test('a stack on another catalogue than the file is left alone, and so is the file', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const ran = await run(['models', 'add', 'scripted/two', '--json'], { cwd });
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({
      error: { code: 'conflict', message: expect.stringMatching(/more would change than was asked for.*--yes/) },
    });
    expect(textOf(cwd)).toBe(FILE);
    expect(await triggers()).toEqual([]);
  });

  test('add, update and deprecate put the file in force, each with the review that it asks for', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(jsonOf(await run(['models', 'add', 'scripted/two', '--yes', '--json'], { cwd }))).toMatchObject({ isApplied: true });
    expect(jsonOf<{ model: string }[]>(await run(['models', 'list', '--json'])).map(({ model }) => model)).toEqual([
      'scripted/one',
      'scripted/two',
    ]);
    const before = (await triggers()).length;
    expect((await run(['models', 'update', 'scripted/one', '--price-output', '9'], { cwd })).stdout).toContain(
      'A review of the routing was asked for',
    );
    await run(['models', 'deprecate', 'scripted/one', '--as', 'ben'], { cwd });
    await run(['models', 'update', 'scripted/one', '--display-name', 'The first'], { cwd });
    expect((await triggers()).slice(before)).toEqual([
      { kind: 'price-change', requested_by: 'ana', detail: expect.stringContaining('→ 1/9 USD') },
      { kind: 'deprecation', requested_by: 'ben', detail: 'scripted/one is deprecated' },
    ]);
    expect((await run(['models', 'list'])).stdout).toMatch(/scripted\/one .* 1 +9 .*deprecated/);
    expect(textOf(cwd)).toContain('# more to come');
  });
});

test('the default model of the environment is part of what is in force, for a command that has it too', async () => {
  const stack = await install({ models: [testModel('scripted/other')] });
  try {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const environment = { ROUTING_DEFAULT_MODEL: 'scripted/one' };
    const update = (env: Readonly<Record<string, string>>, ...words: string[]) =>
      signalbox(['models', 'update', 'scripted/one', ...words, '--json'], { cwd, env: { ...stack.environment, ...env } });
    expect((await update(environment, '--price-input', '3', '--yes')).exitCode).toBe(0); // as "up" with this variable
    expect(jsonOf(await update({}, '--price-input', '4'))).toMatchObject({
      error: { code: 'conflict', message: expect.stringContaining('ROUTING_ variables') },
    });
    expect(jsonOf(await update(environment, '--price-input', '4'))).toMatchObject({ isApplied: true });
    expect(textOf(cwd)).toBe(FILE.replace('input: 1', 'input: 4'));
  } finally {
    await stack.end();
  }
});
