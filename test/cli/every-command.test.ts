/** What holds for every command, whatever it does. The list of commands is the program's own. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initFiles } from '../../db/documents/starting-files';
import { folderWith, jsonOf } from '../support/command-line';
import { writeExampleFiles } from '../support/example-installations';
import { runInProcess } from '../support/in-process';
import { LEAF_COMMANDS, type LeafCommand } from '../support/program-tree';
import { wordsOf } from '../support/shell-words';

const DOCUMENTED = readFileSync(join(__dirname, '..', '..', 'docs', 'cli.md'), 'utf8');

const EACH = LEAF_COMMANDS.map((command) => [command.name, command] as const);

/** The rules that ship with the program, as `init` writes them. */
const folder = folderWith(Object.fromEntries(initFiles().map(({ name, text }) => [name, text])));
writeExampleFiles(folder);
const run = (words: readonly string[]) => runInProcess(words, { cwd: folder });

/** The first example of a command, as a shell would give it. */
function exampleOf({ examples: [first = ''] }: LeafCommand): string[] {
  return wordsOf(first.replace(/ [<>|] .*$/u, ''));
}

/** What a person is told after an error: sentences, no trace of the program's inside, the same for programs. */
async function expectError(words: readonly string[], command: LeafCommand, exitCode: number, code: string): Promise<string> {
  const ran = await run(words);
  expect(ran).toMatchObject({ exitCode, stdout: '' });
  expect(ran.stderr).not.toMatch(/^\s+at /mu);
  expect(ran.stderr).not.toContain('defect');
  expect(ran.stderr).toMatch(/^[^a-z](?:.|\n)*\.\n$/u);
  if (command.options.has('--json')) {
    const asJson = await run([...words, '--json']);
    expect(asJson.exitCode).toBe(exitCode);
    const { error } = jsonOf<{ error: { code: string; message: string } }>(asJson);
    expect(error).toEqual({ code, message: expect.stringMatching(/\S/) });
  }
  return ran.stderr;
}

test('there is a long list of them, and docs/cli.md names each', () => {
  expect(LEAF_COMMANDS.length).toBeGreaterThan(60);
  for (const { words } of LEAF_COMMANDS) {
    const [first = '', second] = words;
    const isNamed = DOCUMENTED.split(/`|^signalbox /mu).some((part) => part.startsWith(first) && part.includes(second ?? ''));
    expect({ words, isNamed }).toEqual({ words, isNamed: true });
  }
});

describe.each(EACH)('%s', (name, command) => {
  test('says in one line what it does, and has examples of itself', () => {
    expect(command.summary).toMatch(/^\S.{5,}$/u);
    expect(command.help).toContain(`Usage: signalbox ${name}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(`${example} `.startsWith(`${name} `)).toBe(true);
    expect(command.help).not.toMatch(/undefined|\[object/u);
  });

  test('refuses an option that it does not have, and says where its own stand', async () => {
    const said = await expectError([...exampleOf(command), '--no-such-option'], command, 2, 'bad_argument');
    expect(said).toContain("Unknown option '--no-such-option'.");
    expect(said).toContain(`"signalbox ${name} --help" shows what there is.`);
  });

  const { requiredArguments } = command;
  if (requiredArguments.length > 0) {
    test('refuses to run without what it needs, names it, and says where help is', async () => {
      const said = await expectError(command.words, command, 2, 'bad_argument');
      expect(said).toMatch(new RegExp(`^(Missing required argument '${requiredArguments[0]}'|Required option '--)`, 'u'));
      expect(said).toContain(`"signalbox ${name} --help" shows what there is.`);
    });
  }
});

/** Those that do something without a stack, or start one. Every other command needs one that runs. */
const NEED_NO_STACK: readonly string[] = [
  'classify',
  'route',
  'init',
  'config check',
  'config show',
  'config get',
  'completion',
  'doctor',
  'review offline',
];
const START_ONE: readonly string[] = ['up', 'demo'];

describe('where no stack runs', () => {
  test.each(EACH.filter(([name]) => ![...NEED_NO_STACK, ...START_ONE].includes(name)))(
    '%s says so, how to start one, and that another may be named',
    async (_, command) => {
      const words = exampleOf(command).filter((word) => word !== '--dry-run');
      const isAsking = command.options.has('--yes') && !words.includes('--yes');
      const said = await expectError([...words, ...(isAsking ? ['--yes'] : [])], command, 3, 'stack_not_running');
      expect(said).toMatch(/^No stack runs on .*"signalbox up".*--state/u);
    },
  );

  test.each(EACH.filter(([name]) => NEED_NO_STACK.includes(name) && !['init', 'completion', 'doctor'].includes(name)))(
    '%s does its work all the same',
    async (_, command) => {
      const ran = await run(exampleOf(command));
      expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\S/) });
    },
  );
});

describe('an id that can be none', () => {
  const takeIds = EACH.filter(
    ([name, { requiredArguments }]) => requiredArguments[0] === 'id' && /^(review|rollout|approve|reject)/u.test(name),
  );
  test.each(takeIds)('is refused by %s before a stack is asked', async (name, { words }) => {
    const ran = await run([...words, 'nonsense', '--json', ...(name === 'reject' ? ['--reason', 'none'] : [])]);
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({ error: { code: 'bad_argument', message: expect.stringContaining("<id> cannot be 'nonsense'.") } });
  });
});
