/**
 * Command-line agents, played by small programs that do what agents do on bad days.
 */

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { commandLine, makeCommand } from '../../activities/providers/command';
import type { CallResult, CommandConfig, ModelCall } from '../../activities/providers/provider';
import { answerOf, failureOf, testCall, testModel } from '../support/model-call';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agents-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

/** Writes an executable program and returns its path. */
function program(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!${process.execPath}\n${source}`);
  chmodSync(path, 0o755);
  return path;
}

function command(changes: Partial<CommandConfig>): CommandConfig {
  return {
    program: 'agent',
    args: ['--model', '{model}', '-p'],
    promptBy: 'stdin',
    env: [],
    autoApprove: false,
    output: 'text',
    maxOutputBytes: 100_000,
    ...changes,
  };
}

function run(changes: Partial<CommandConfig>, call: Partial<ModelCall> = {}, signal = never): Promise<CallResult> {
  const secrets: Record<string, string> = { PATH: folder, HOME: folder, NAMED: 'named', SECRET: 'canary' };
  const config = { name: 'agent', kind: 'command', options: {}, allowPrivateNetwork: false, command: command(changes) } as const;
  const provider = makeCommand(config, (name) => secrets[name]);
  if (typeof provider === 'string') throw new Error(provider);
  return provider.complete(testCall(call), signal);
}

const within = (totalMs: number): Partial<ModelCall> => ({ timeouts: { ...testCall().timeouts, totalMs } });

/** What the program saw of its surroundings. */
const WITNESS = `
  let stdin = '';
  process.stdin.on('data', (piece) => { stdin += piece; }).on('end', () => {
    console.log(JSON.stringify({ args: process.argv.slice(2), stdin, cwd: process.cwd(), files: require('fs').readdirSync('.'), env: process.env }));
  });`;

describe('a run', () => {
  test('gets its prompt on standard input, its model, an empty folder of its own, and only named variables', async () => {
    program('witness', WITNESS);
    const seen = JSON.parse(answerOf(await run({ program: 'witness', env: ['NAMED'] })).text);
    expect(seen).toMatchObject({ args: ['--model', 'model-1', '-p'], stdin: 'What is the capital of France?', files: [] });
    expect(seen.env).toMatchObject({ NAMED: 'named', HOME: folder });
    expect(JSON.stringify(seen.env)).not.toContain('canary');
    expect(seen.cwd).toContain('signalbox-');
    expect(existsSync(seen.cwd)).toBe(false);
  });

  test('gets its prompt as one argument, whatever it says', async () => {
    program('witness', WITNESS);
    const prompts = ['--help', '-y', '"; rm -rf / #', '$(id) `id`', '{model} $& $1', 'a\nb'];
    for (const content of prompts) {
      const call = { prompt: { messages: [{ role: 'user', content }] } } as const;
      const seen = JSON.parse(answerOf(await run({ program: 'witness', args: ['-p', '{prompt}'], promptBy: 'argument' }, call)).text);
      expect(seen.args).toHaveLength(2);
      expect(seen.args[1].trim()).toBe(content);
      expect(seen.args[1]).not.toMatch(/^-/);
      expect(seen.stdin).toBe('');
    }
  });

  test('is told of system text and earlier turns', async () => {
    program('witness', WITNESS);
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'Bye' },
    ] as const;
    const { stdin } = JSON.parse(answerOf(await run({ program: 'witness' }, { prompt: { messages } })).text);
    expect(stdin).toBe('Instructions:\nBe brief.\n\nUser:\nHello\n\nAssistant:\nHi\n\nUser:\nBye');
  });

  test('of a prompt with tools is not made', async () => {
    const prompt = { ...testCall().prompt, tools: [{ name: 'x', inputSchema: {} }] };
    expect(failureOf(await run({ program: 'witness' }, { prompt }))).toMatchObject({
      failure: { class: 'not-admissible' },
      bill: { kind: 'none' },
    });
  });

  test('of a program that is not there says what to install, and costs nothing', async () => {
    const { failure, bill } = failureOf(await run({ program: 'no-such-agent' }));
    expect(failure).toMatchObject({ class: 'not-configured', message: expect.stringContaining('no-such-agent') });
    expect(bill).toEqual({ kind: 'none' });
  });
});

describe('the command line', () => {
  test('approves nothing by itself unless the account asks for it', () => {
    const gemini = command({ program: '/opt/bin/gemini', args: ['--model', '{model}', '-p', '{prompt}'], promptBy: 'argument' });
    expect(commandLine(gemini, 'm', 'hi')).toEqual(['--model', 'm', '-p', 'hi']);
    expect(commandLine({ ...gemini, autoApprove: true }, 'm', 'hi')).toEqual(['--model', 'm', '-p', 'hi', '-y']);
  });

  test('asks for JSON by the agent’s own flag, once, and keeps the "-" for standard input last', () => {
    const codex = command({ program: 'codex', args: ['exec', '--model', '{model}', '-'], output: 'codex-jsonl' });
    expect(commandLine(codex, 'm', 'hi')).toEqual(['exec', '--model', 'm', '--json', '-']);
    const claude = command({ program: 'claude', args: ['--output-format', 'json', '-p'], output: 'claude-json' });
    expect(commandLine(claude, 'm', 'hi')).toEqual(['--output-format', 'json', '-p']);
  });

  test('is refused for a prompt that no argument can hold', () => {
    const byArgument = command({ args: ['{prompt}'], promptBy: 'argument' });
    expect(commandLine(byArgument, 'm', 'x'.repeat(200_000))).toEqual(expect.stringContaining('too long'));
    expect(commandLine(byArgument, 'm', 'a\0b')).toEqual(expect.stringContaining('NUL'));
    expect(commandLine(byArgument, '--evil', 'hi')).toEqual(expect.stringContaining('flag'));
  });

  test('never lets a prompt become a flag', () => {
    const byArgument = command({ args: ['-p', '{prompt}'], promptBy: 'argument' });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('-', '=', ' ', 'y', '{', '}', 'prompt') }), (prompt) => {
        const line = commandLine(byArgument, 'm', prompt);
        return typeof line === 'string' || (line.length === 2 && !line[1]?.startsWith('-'));
      }),
    );
  });

  test('of an unknown program has no known flag for acting without asking', () => {
    const config = { name: 'agent', kind: 'command', options: {}, allowPrivateNetwork: false } as const;
    expect(makeCommand({ ...config, command: command({ program: 'mystery', autoApprove: true }) }, () => undefined)).toContain('mystery');
  });
});

describe('output', () => {
  test('of claude carries text, usage and cost', async () => {
    const usage = { input_tokens: 3, cache_creation_input_tokens: 12_304, cache_read_input_tokens: 7, output_tokens: 550 };
    const result = { type: 'result', subtype: 'success', is_error: false, result: 'Paris.', total_cost_usd: 0.054399, usage };
    const path = program('claude', `console.log(${JSON.stringify(JSON.stringify(result))})`);
    expect(answerOf(await run({ program: path, output: 'claude-json' }))).toMatchObject({
      text: 'Paris.',
      usage: { inputTokens: 3, cacheWriteTokens: 12_304, cacheReadTokens: 7, outputTokens: 550 },
      reportedCostNanoUsd: 54_399_000,
    });
  });

  test('of codex is its last message, with the usage of the thread', async () => {
    const events = [
      { type: 'thread.started', thread_id: 't' },
      { type: 'item.completed', item: { id: '1', type: 'reasoning', text: 'Hm.' } },
      { type: 'item.completed', item: { id: '2', type: 'agent_message', text: 'Paris.' } },
      { type: 'turn.completed', usage: { input_tokens: 2_006, cached_input_tokens: 1_920, output_tokens: 300 } },
    ];
    const path = program('codex', `for (const event of ${JSON.stringify(events)}) console.log(JSON.stringify(event))`);
    expect(answerOf(await run({ program: path, output: 'codex-jsonl' }))).toMatchObject({
      text: 'Paris.',
      usage: { inputTokens: 86, cacheReadTokens: 1_920, outputTokens: 300 },
    });
  });

  test('of gemini is its response, with the tokens of all its models', async () => {
    const tokens = { prompt: 100, candidates: 20, total: 130, cached: 40, thoughts: 10, tool: 0 };
    const result = { response: 'Paris.', stats: { models: { 'gemini-2.5-pro': { tokens }, 'gemini-2.5-flash': { tokens } } } };
    const path = program('gemini', `console.log(${JSON.stringify(JSON.stringify(result))})`);
    expect(answerOf(await run({ program: path, output: 'gemini-json' }))).toMatchObject({
      text: 'Paris.',
      usage: { inputTokens: 120, cacheReadTokens: 80, outputTokens: 40, reasoningTokens: 20 },
    });
  });

  test.each(['claude-json', 'codex-jsonl', 'gemini-json'] as const)('that is not %s is malformed, and its bill unknown', async (output) => {
    const path = program('garbage', `console.log('{"half": ')`);
    expect(failureOf(await run({ program: path, output }))).toMatchObject({
      failure: { class: 'malformed-answer' },
      bill: { kind: 'unknown' },
    });
  });

  test('of nothing is an empty answer', async () => {
    const path = program('mute', '');
    expect(failureOf(await run({ program: path })).failure.class).toBe('empty-answer');
  });
});

describe('a run that fails', () => {
  test.each([
    ['Claude AI usage limit reached|1767225600', 'quota-exhausted'],
    ['Error: 429 Too Many Requests', 'rate-limited'],
    ['Invalid API key · Please run /login', 'authentication'],
    ['something else', 'server-error'],
  ])('says "%s" and is classed as %s, without its words', async (words, failureClass) => {
    const path = program('failing', `console.error(${JSON.stringify(`${words} canary`)}); process.exit(1)`);
    const { failure, bill } = failureOf(await run({ program: path }));
    expect(failure.class).toBe(failureClass);
    expect(failure.message).not.toContain('canary');
    expect(bill).toEqual({ kind: 'unknown' });
  });

  test('by its own word is billed by what it used', async () => {
    const result = { type: 'result', subtype: 'error_during_execution', is_error: true, usage: { input_tokens: 5, output_tokens: 6 } };
    const path = program('claude', `console.log(${JSON.stringify(JSON.stringify(result))}); process.exit(1)`);
    const { bill } = failureOf(await run({ program: path, output: 'claude-json' }));
    expect(bill).toMatchObject({ kind: 'usage', usage: { inputTokens: 5, outputTokens: 6 } });
  });
});

describe('a run that will not end', () => {
  /** Ignores the polite signal, starts a grandchild that does so too, and writes both process ids down. */
  const stubborn = (pids: string) => `
    process.on('SIGTERM', () => {});
    const { spawn } = require('child_process');
    const source = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); require('fs').writeSync(1, 'x');";
    const grandchild = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    grandchild.stdout.once('data', () => require('fs').writeFileSync(${JSON.stringify(pids)}, process.pid + ' ' + grandchild.pid));
    setInterval(() => {}, 1000);`;

  test('is ended with all that it started, when it is cancelled', async () => {
    const pids = join(folder, 'pids-cancelled');
    const path = program('stubborn', stubborn(pids));
    const controller = new AbortController();
    const result = run({ program: path }, {}, controller.signal);
    await until(() => existsSync(pids) && readFileSync(pids, 'utf8').includes(' '));
    controller.abort();
    expect(failureOf(await result)).toMatchObject({ failure: { class: 'cancelled' }, bill: { kind: 'unknown' } });
    for (const pid of readFileSync(pids, 'utf8').split(' ')) await until(() => !isAlive(Number(pid)));
  });

  test('is ended at its time limit', async () => {
    const path = program('sleeper', 'setInterval(() => {}, 1000)');
    expect(failureOf(await run({ program: path }, within(100)))).toMatchObject({ failure: { class: 'timeout-total' } });
  });

  test('is ended when it prints more than it may', async () => {
    const path = program(
      'flood',
      `const line = 'x'.repeat(65536); (function more() { while (process.stdout.write(line)); process.stdout.once('drain', more); })();`,
    );
    expect(failureOf(await run({ program: path, maxOutputBytes: 100_000 }))).toMatchObject({ failure: { class: 'malformed-answer' } });
  });

  test('leaves no grandchild behind when it ends by itself', async () => {
    const pids = join(folder, 'pids-ended');
    const source = `
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      require('fs').writeFileSync(${JSON.stringify(pids)}, String(child.pid));
      console.log('Paris.'); process.exit(0);`;
    expect(answerOf(await run({ program: program('parent', source) })).text).toBe('Paris.');
    await until(() => !isAlive(Number(readFileSync(pids, 'utf8'))));
  });
});

test('a model’s name is given to its program', async () => {
  program('witness', WITNESS);
  const seen = JSON.parse(answerOf(await run({ program: 'witness' }, { model: testModel({ providerModel: 'opus' }) })).text);
  expect(seen.args).toContain('opus');
});

/** A process that has ended and waits to be reaped is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not come to pass within 5 s.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
