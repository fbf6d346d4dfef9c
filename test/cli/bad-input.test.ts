/** Whatever is wrong: the message names the thing and what to do, nothing is changed, and the exit code says so. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { bareEnvironment, commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';

beforeAll(commandPath, 180_000);

const BROKEN_YAML = { 'signalbox.yaml': 'providers:\n  anthropic: [unclosed\n' };
const ONE_MODEL = { 'signalbox.yaml': 'providers: { scripted: { models: { one: {} } } }\n' };
const BAD_OPERATOR = { 'signalbox.yaml': 'operator: "a\\nb"\nproviders: { scripted: { models: { one: {} } } }\n' };
const NO_DATABASE = { DATABASE_URL: 'postgres://signalbox:secret@127.0.0.1:1/signalbox' };
const big = 'a'.repeat(1024 * 1024 + 1);

type Row = readonly [what: string, words: readonly string[], exitCode: number, code: string, says: RegExp, options?: RunOptions];

const ROWS: readonly Row[] = [
  ['an unknown command', ['rout', 'hi'], 2, 'bad_argument', /Unknown command 'rout'.*route/s],
  ['an unknown option', ['route', 'hi', '--privcy', 'public'], 2, 'bad_argument', /Unknown option '--privcy'.*--privacy/s],
  ['an unknown type', ['route', 'hi', '--type', 'poetry'], 2, 'bad_argument', /--type.*poetry.*architecture/s],
  ['an unknown capability', ['route', 'hi', '--requires', 'tools,flying'], 2, 'bad_argument', /--requires.*Known are: tools/s],
  ['no text', ['classify'], 2, 'bad_argument', /no text.*--file/s],
  ['an empty text', ['classify', ' '], 2, 'bad_input', /empty/],
  ['an empty prompt', ['route', ''], 2, 'bad_input', /empty/],
  ['a text given twice', ['route', 'hi', '--file', 'task.txt'], 2, 'bad_argument', /twice/],
  ['a NUL character', ['classify', '-'], 2, 'bad_input', /NUL/, { stdin: 'a\0b' }],
  ['a NUL character in a prompt', ['route', '-'], 2, 'bad_input', /NUL/, { stdin: 'a\0b' }],
  ['bytes that are no UTF-8', ['route', '-'], 2, 'bad_input', /UTF-8/, { stdin: Buffer.from([0x61, 0xff]) }],
  ['half of a surrogate pair', ['submit', '--jsonl', '-'], 2, 'bad_input', /line 1.*surrogate/s, { stdin: '{"prompt":"\\ud800"}' }],
  ['an oversized text', ['classify', '-'], 2, 'input_too_large', /1048577 bytes.*1048576.*max_prompt_bytes/s, { stdin: big }],
  ['an oversized prompt', ['submit', '-'], 2, 'input_too_large', /1048577 bytes.*1048576/s, { stdin: big }],
  ['a file that is not there', ['route', '--file', 'nowhere.txt'], 2, 'bad_input', /"nowhere.txt".*ENOENT/s],
  ['a negative price', ['route', 'hi', '--max-cost', '-1'], 2, 'bad_argument', /--max-cost.*number from 0/s],
  ['a price that is no number', ['route', 'hi', '--max-cost', 'NaN'], 2, 'bad_argument', /--max-cost.*number from 0/s],
  ['an infinite value', ['route', 'hi', '--expected-value', 'Infinity'], 2, 'bad_argument', /--expected-value.*number/s],
  ['a priority out of range', ['route', 'hi', '--priority', '101'], 2, 'bad_argument', /--priority.*from 0 to 100/s],
  ['a quality out of range', ['route', 'hi', '--min-quality', '1.01'], 2, 'bad_argument', /--min-quality.*from 0 to 1/s],
  ['a time that is none', ['route', 'hi', '--max-latency', 'soon'], 2, 'bad_argument', /--max-latency.*500ms/s],
  ['an unknown provider', ['route', 'hi', '--provider', 'antropic'], 2, 'unknown_provider', /"antropic".*Did you mean "anthropic"/s],
  ['an unknown model', ['route', 'hi', '--model', 'anthropic/claude-9'], 2, 'unknown_model', /"anthropic\/claude-9"/],
  ['a grader that is no JSON', ['submit', 'hi', '--grader', '{'], 2, 'bad_argument', /--grader.*contains/s],
  ['broken YAML', ['route', 'hi'], 2, 'bad_config', /signalbox\.yaml:\d+:\d+: This is not valid YAML/, { cwd: folderWith(BROKEN_YAML) }],
  [
    'a policy that contradicts itself',
    ['route', 'hi'],
    2,
    'bad_config',
    /policy\.yaml:1:\d+: attempts\.max_attempts: 1 attempts do not reach all 4 models/,
    { cwd: folderWith({ 'policy.yaml': 'attempts: { max_attempts: 1, max_models: 4 }' }) },
  ],
  [
    'a policy that names an unknown model',
    ['route', 'hi'],
    2,
    'bad_config',
    /policy\.yaml:1:\d+: .*"anthropic\/claude-9" is not in the catalogue/,
    { cwd: folderWith({ 'policy.yaml': 'classes: { factual/simple: { route: { model: anthropic/claude-9 } } }' }) },
  ],
  ['a folder without rules', ['route', 'hi', '--config', '/nowhere'], 2, 'config_not_found', /"\/nowhere".*signalbox init/s],
  ['no stack', ['tasks'], 3, 'stack_not_running', /No stack runs on .*\.signalbox.*signalbox up/s],
  ['a rating out of range', ['rate', '6', '0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11'], 2, 'bad_argument', /from 1 to 5/],
  ['a setting that is no address', ['tasks'], 2, 'bad_config', /DATABASE_URL must be postgres:/, { env: { DATABASE_URL: 'mysql://x' } }],
  ['an unreachable database', ['tasks'], 3, 'database_unreachable', /Postgres did not answer.*DATABASE_URL/s, { env: NO_DATABASE }],
  ['an id that is none', ['review', 'show', 'nonsense'], 2, 'bad_argument', /nonsense.*first 6 digits/s],
  ['too little of an id', ['approve', '0199f', '--as', 'ben'], 2, 'bad_argument', /0199f.*first 6 digits/s],
  ['an approval by nobody', ['approve', '0199f3a2', '--as', ' '], 2, 'bad_argument', /--as.*A person is named/s],
  ['a rejection without a reason', ['reject', '0199f3a2'], 2, 'bad_argument', /--reason/],
  ['a rejection for no reason', ['reject', '0199f3a2', '--reason', ' '], 2, 'bad_argument', /needs its reason/],
  ['a rollback to no version', ['rollback', 'yesterday'], 2, 'bad_argument', /yesterday.*whole number/s],
  ['a report in an unknown format', ['review', 'report', '0199f3a2', '--format', 'pdf'], 2, 'bad_argument', /pdf.*html/s],
  ['a schedule that is paused and resumed', ['review', 'schedule', '--pause', '--resume'], 2, 'bad_argument', /contradict/],
  ['a limit of no wait', ['submit', 'hi', '--timeout', '5s'], 2, 'bad_argument', /--timeout.*Add --wait/],
  ['a limit of no wait for a review', ['review', 'start', '--timeout', '5s'], 2, 'bad_argument', /--timeout.*Add --wait/],
  ['a wait that is no time', ['review', 'start', '--wait', '--timeout', 'soon'], 2, 'bad_argument', /--timeout.*500ms/s],
  ['a rollout that is none', ['rollout', 'pause', '%'], 2, 'bad_argument', /first 6 digits/],
  ['a review without a stack', ['review', 'start'], 3, 'stack_not_running', /No stack runs/],
  [
    'an operator who is a line break',
    ['approve', '0199f3a2'],
    2,
    'bad_config',
    /signalbox\.yaml:1:11: operator: A person/,
    { cwd: folderWith(BAD_OPERATOR) },
  ],
  ['a model change without a file', ['models', 'add', 'openai/gpt-7'], 2, 'config_not_found', /no signalbox\.yaml here.*signalbox init/s],
  [
    'a model that is there already',
    ['models', 'add', 'scripted/one'],
    2,
    'bad_argument',
    /already.*models update/s,
    { cwd: folderWith(ONE_MODEL) },
  ],
  [
    'a change of no model',
    ['models', 'update', 'scripted/onee', '--quality', '0.5'],
    2,
    'unknown_model',
    /Did you mean "scripted\/one"/,
    { cwd: folderWith(ONE_MODEL) },
  ],
  [
    'a change of nothing',
    ['models', 'update', 'scripted/one'],
    2,
    'bad_argument',
    /Nothing to change was given/,
    { cwd: folderWith(ONE_MODEL) },
  ],
  [
    'a last day that is none',
    ['models', 'deprecate', 'scripted/one', '--on', '2026-02-30'],
    2,
    'bad_argument',
    /--on.*day of the calendar/s,
  ],
  [
    'a model of an unknown provider',
    ['models', 'add', 'acme/one', '--file-only'],
    2,
    'bad_config',
    /would be wrong; nothing was changed.*signalbox\.yaml:\d+:\d+: providers\.acme: Nothing is known of a provider/s,
    { cwd: folderWith(ONE_MODEL) },
  ],
  [
    'half a price',
    ['models', 'add', 'scripted/two', '--price-input', '1', '--file-only'],
    2,
    'bad_config',
    /providers\.scripted\.models\.two\.prices\.output: This key is missing/,
    { cwd: folderWith(ONE_MODEL) },
  ],
  [
    'a tolerance of nothing',
    ['route', 'hi'],
    2,
    'bad_config',
    /policy\.yaml:1:20: default_tolerance: A tolerance is more than 0, for no replay can prove/,
    { cwd: folderWith({ 'policy.yaml': 'default_tolerance: 0' }) },
  ],
  [
    'an unreachable Temporal',
    ['submit', 'hi'],
    3,
    'engine_unreachable',
    /Temporal did not answer at 127\.0\.0\.1:1.*TEMPORAL_ADDRESS/s,
    { env: { ...NO_DATABASE, TEMPORAL_ADDRESS: '127.0.0.1:1' } },
  ],
];

const CASES = ROWS.map(([what, words, exitCode, code, says, options]) => ({ what, words, exitCode, code, says, options }));

test.each(CASES)('$what is refused in words for people', async ({ words, exitCode, says, options }) => {
  const ran = await signalbox(words, options);
  expect(ran.exitCode).toBe(exitCode);
  expect(ran.stderr).toMatch(says);
  expect(ran.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m); // no stack trace
  expect(ran.stderr).not.toContain('secret');
  expect(ran.stdout).toBe('');
});

test.each(CASES)('$what is refused with a code for programs', async ({ words, exitCode, code, says, options }) => {
  const ran = await signalbox([...words, '--json'], options);
  expect(ran.exitCode).toBe(exitCode);
  expect(jsonOf(ran)).toEqual({ error: { code, message: expect.stringMatching(says) } });
});

test('a limit of the folder is the limit of its prompts', async () => {
  const cwd = folderWith({
    'signalbox.yaml': 'providers: { anthropic: { models: { claude-haiku-5-5: {} } } }\nsettings: { max_prompt_bytes: 10 }',
  });
  expect(await signalbox(['route', 'twelve bytes'], { cwd })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('the limit is 10'),
  });
});

test('a refused start leaves no state behind', async () => {
  const cwd = folderWith(BROKEN_YAML);
  expect((await signalbox(['up'], { cwd })).exitCode).toBe(2);
  expect(readdirSync(cwd)).toEqual(['signalbox.yaml']);
});

test('every wrong line of many tasks is named at once, and none is submitted', async () => {
  const stdin = [
    '{"prompt":"fine"}',
    '{"prompt":"x","residancy":"eu"}',
    'no json',
    '[]',
    '{"prompt":""}',
    '{"prompt":"x","priority":-1}',
  ].join('\n');
  const { exitCode, stderr } = await signalbox(['submit', '--jsonl', '-'], { stdin });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/5 wrong lines; nothing was submitted/);
  for (const line of [
    /line 2: .*residancy/,
    /line 3: This is not JSON/,
    /line 4: This is not an object/,
    /line 5: .*empty/,
    /line 6: .*priority/,
  ]) {
    expect(stderr).toMatch(line);
  }
});

test('names in messages cannot steer the terminal', async () => {
  const { stderr } = await signalbox(['route', 'hi', '--model', 'a/\u001b]0;owned\u0007\u001b[2Jb']);
  expect(stderr).toContain('There is no model "a/b"');
});

const FULL_DISK = '/dev/full';
(existsSync(FULL_DISK) ? test : test.skip)('a full disk under the output is an error', async () => {
  const command = ['-c', `exec "$0" "$1" classify hi > ${FULL_DISK}`, process.execPath, await commandPath()];
  await expect(promisify(execFile)('/bin/sh', command, { env: bareEnvironment() })).rejects.toMatchObject({ code: 1 });
});
