/**
 * Every example of the help, the README and the documentation is typed as it stands, in a shell, in the order in which a newcomer
 * would, into an empty folder. Then each command is asked for JSON, and what it prints must be documented.
 */

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bareEnvironment, commandPath, folderWith, jsonOf, launch, type Ran, signalbox } from '../support/command-line';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { undocumentedKeys } from '../support/documented-shapes';
import { type ReviewsStack, type RulesStack, reviewsStack, rulesStack, writeExampleFiles } from '../support/example-installations';
import { CHAPTERS, NO_PLACEHOLDERS, NOT_TRIED, SHOWS, UNTIL } from '../support/example-plan';
import { runInProcess } from '../support/in-process';
import { LEAF_COMMANDS } from '../support/program-tree';
import { testServer } from '../support/servers';
import { type ShellExample, shellExamples } from '../support/shell-examples';
import { wordsOf } from '../support/shell-words';

const EXAMPLES = shellExamples();

/** Placeholders of examples and what stands for them, by command; `*` for every other one. */
const PLACEHOLDERS: Readonly<Record<string, Readonly<Record<string, () => string | Promise<string>>>>> = {
  '0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11': { cancel: () => rules.ids.waiting, '*': () => rules.ids.task },
  '019361c2-7b5e-7c3a-9d54-3f2b8f6f1a90': { erase: () => rules.ids.erasable },
  ID: { task: () => rules.ids.task, 'review report': () => reviews.reported, approve: () => reviews.newReview() },
  '3f2b8f6f': {
    approve: () => reviews.newReview(),
    reject: () => reviews.newReview(),
    'review cancel': () => reviews.newReview(),
    '*': () => reviews.reported,
  },
  '7c1e9d55': { 'rollout resume': () => reviews.newPausedRollout(), '*': () => reviews.newRollout() },
  '/var/lib/signalbox': { '*': () => join(folder, 'state') },
};
/** What looks like a placeholder, whether or not the table has it. */
const PLACEHOLDER = /(?<![\w.-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}|[A-Z]{2,}|<[a-z]+>|\/var\/[\w/]+)(?![\w-])/gu;

let folder: string;
let rules: RulesStack;
let reviews: ReviewsStack;
let fresh: TestDatabase;
let environment: Readonly<Record<string, string>>;

/** The engine of this machine, wherever this user keeps it. */
const machine = {
  HOME: process.env.HOME ?? '',
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? '',
  TEMPORAL_CLI_PATH: process.env.TEMPORAL_CLI_PATH ?? '',
};

beforeAll(async () => {
  folder = folderWith({});
  const program = await commandPath();
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'signalbox'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(folder, 'bin', 'signalbox'), 0o755);
  writeExampleFiles(folder);
  [rules, reviews, fresh] = await Promise.all([rulesStack(), reviewsStack(), createTestDatabase()]);
}, 240_000);

afterAll(async () => {
  for (const { id } of await rules.box.client.tasks()) await rules.box.client.cancel(id);
  await Promise.all([rules.box.end(), reviews.box.end()]);
  await fresh.drop();
});

/** The line with what stands for its placeholders. */
async function resolved({ line, command = '' }: ShellExample): Promise<string> {
  let text = line;
  for (const [placeholder] of line.replaceAll(/"[^"]*"/gu, '').matchAll(PLACEHOLDER)) {
    if (NO_PLACEHOLDERS.includes(placeholder)) continue;
    const values = PLACEHOLDERS[placeholder];
    const value = values?.[command] ?? values?.['*'];
    if (value === undefined) throw new Error(`Nothing stands for "${placeholder}" in "${line}". Add it to PLACEHOLDERS.`);
    text = text.replace(placeholder, await value());
  }
  return text;
}

/** Types a line into a shell. */
async function typed(line: string): Promise<Ran> {
  const env = { ...bareEnvironment(), ...environment, HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  const ran = promisify(execFile)('bash', ['-c', `set -o pipefail; ${line}`], { cwd: folder, env, timeout: 60_000 });
  ran.child.stdin?.end();
  return ran.then(
    ({ stdout, stderr }) => ({ exitCode: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ exitCode: code, stdout, stderr }),
  );
}

/** Words behind `signalbox`. */
const wordsIn = (line: string) => wordsOf(line.replace(/^signalbox /u, ''));

const optionsOf = (command: string | undefined) => LEAF_COMMANDS.find(({ name }) => name === command)?.options ?? new Set<string>();
/** Whether the command asks before it does what it was told. */
const isAsking = ({ line, command }: ShellExample) =>
  ['policy apply', 'reset cache', 'reset circuit', 'reset stats', 'erase', 'rollback'].includes(command ?? '') &&
  !/ --(?:yes|dry-run)\b/u.test(line);

async function tryOut(example: ShellExample): Promise<void> {
  const line = await resolved(example);
  const ends = UNTIL[example.command ?? ''];
  if (ends !== undefined) {
    const running = await launch(wordsIn(line), { cwd: folder, env: { ...machine, ...(example.command === 'demo' ? {} : environment) } });
    await running.says(ends.ready);
    running.signal('SIGINT');
    expect(await running.ended).toMatchObject({ exitCode: ends.exitCode });
    return;
  }
  const ran = isAsking(example) ? await runInProcess(wordsIn(line), { cwd: folder, env: environment, typed: ['y'] }) : await typed(line);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr).not.toMatch(/^\s+at |defect/mu);
  expect(ran.stdout).toMatch(SHOWS[example.line] ?? /^/u);
  const [, file] = /(?: --out | > )(?:~\/)?(\S+)/u.exec(line) ?? [];
  if (file !== undefined) expect(statSync(join(folder, file)).size).toBeGreaterThan(0);
  else if (/ --json\b/u.test(line) && !/--jsonl/u.test(line)) expect(jsonOf(ran)).toBeTruthy();
  else if (!line.startsWith('source')) expect(ran.stdout + ran.stderr).toMatch(/\S/u);
}

test('every command is in one chapter, and every example is of a command, or it is said why it is not tried', () => {
  const inChapters = Object.values(CHAPTERS).flat();
  expect(inChapters.toSorted()).toEqual(LEAF_COMMANDS.map(({ name }) => name).toSorted());
  const strange = EXAMPLES.filter(({ command, line }) => command === undefined && NOT_TRIED[line] === undefined);
  expect(strange.map(({ line, places }) => [line, ...places])).toEqual([]);
  const stale = [...Object.keys(NOT_TRIED), ...Object.keys(SHOWS)].filter((line) => !EXAMPLES.some((example) => example.line === line));
  expect(stale).toEqual([]);
  expect(EXAMPLES.length).toBeGreaterThan(120);
});

/** An example of a command with `--json`. */
async function jsonExampleOf(command: string): Promise<readonly string[]> {
  // The models of its examples are there by then.
  if (command === 'models add') return [...command.split(' '), 'local/other', '--json'];
  const ofIt = EXAMPLES.filter((example) => example.command === command && !/[<|>]|--jsonl/u.test(example.line));
  const help = LEAF_COMMANDS.find(({ name }) => name === command)?.help ?? '';
  const needsFile = /--json +with --out/u.test(help);
  const chosen = ofIt.find(({ line }) => !needsFile || line.includes('--out')) ?? ofIt[0];
  const words = wordsIn(await resolved(chosen as ShellExample));
  const options = optionsOf(command);
  const added = [
    '--json',
    ...(options.has('--yes') && !words.includes('--dry-run') ? ['--yes'] : []),
    ...(words.includes('--out') || command === 'init' ? ['--force'] : []),
  ];
  return [...words, ...added.filter((word) => !words.includes(word))];
}

describe.each(Object.entries(CHAPTERS))('%s', (chapter, commands: readonly string[]) => {
  beforeAll(async () => {
    environment = {};
    if (chapter === 'the stack') {
      const temporal = await testServer('temporal');
      environment = {
        DATABASE_URL: fresh.url,
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
        DISPATCH_QUEUE: `examples${process.pid}.dispatch`,
      };
    }
    if (chapter === 'work on a running stack') {
      environment = { ...rules.box.environment, LOG_LEVEL: 'info' };
      await rules.begin(folder, async (...words) =>
        expect(await runInProcess(words, { cwd: folder, env: environment })).toMatchObject({ exitCode: 0 }),
      );
    }
    if (chapter === 'a change of the routing') environment = reviews.box.environment;
  }, 120_000);

  describe.each(commands)('%s', (command) => {
    const examples = EXAMPLES.filter((example) => example.command === command && NOT_TRIED[example.line] === undefined);
    if (examples.length === 0) return;
    test.each(examples.map((example) => [example.line, example] as const))('%s', (_, example) => tryOut(example));

    if (!optionsOf(command).has('--json') || UNTIL[command] !== undefined) return;
    test('prints with --json what docs/cli.md says', async () => {
      const words = await jsonExampleOf(command);
      // An import runs in a thread of the built program.
      const run = ['ratings import', 'import telemetry'].includes(command) ? signalbox : runInProcess;
      const ran = await run(words, { cwd: folder, env: environment });
      expect(ran).toMatchObject({ exitCode: 0 });
      const value = command === 'submit' ? JSON.parse(ran.stdout.split('\n')[0] ?? '') : jsonOf<unknown>(ran);
      expect(undocumentedKeys(command, value)).toEqual([]);
    });
  });
});
