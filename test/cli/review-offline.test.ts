/** `signalbox review offline`: logs of another system, reviewed in an empty folder without a stack. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ReviewReport } from '../../routing/review/report/report';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';

beforeAll(commandPath, 180_000);

const CATALOGUE = `
providers:
  scripted:
    default_model: large
    privacy_tiers: [public, internal]
    regions: [eu, us]
    models:
      small: { capability_tier: STANDARD, cost_tier: budget, default_priority: 60, context_window: 200000, max_output: 32000, prices: { input: 2, output: 16 } }
      large: { capability_tier: REASONING, cost_tier: premium, default_priority: 80, context_window: 200000, max_output: 32000, prices: { input: 10, output: 80 } }
`;
const POLICY = `
classes:
  debugging/medium: { route: { model: scripted/large }, tolerance: 0.05 }
  analysis/complex: { route: { model: scripted/large }, tolerance: 0.05 }
review:
  replay: { cap_usd: 100 }
`;
/** Gives both models the same answers, but the small one fails on every fourth task of the analyses, whose ids begin with "a". */
const REPLAY = `
const lines = require('node:fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean).map((line) => JSON.parse(line));
for (const { task_id, model } of lines) {
  const number = Number(task_id.slice(1));
  const isSmall = model === 'scripted/small';
  const isGood = number % 8 !== 0 && !(isSmall && task_id.startsWith('a') && number % 4 === 1);
  const cost_usd = (isSmall ? 0.01 : 0.05) * (1 + (number % 7) / 10);
  console.log(JSON.stringify({ task_id, model, score: isGood ? 1 : 0, cost_usd, latency_ms: 1000 + (number * 37) % 900, fingerprint: model + '-1' }));
}
`;
const AS_OF = '2026-11-01';
const DAY_MS = 86_400_000;

/** 28 days of two classes, 350 tasks a day each, all on the large model. */
function logs(over: object = {}): string {
  return ['d', 'a']
    .flatMap((first) =>
      Array.from({ length: 28 * 350 }, (_, number) =>
        JSON.stringify({
          id: `${first}${number}`,
          ended_at: Date.parse(AS_OF) - 1 - Math.floor((number * 28 * DAY_MS) / (28 * 350)),
          model: 'scripted/large',
          class: first === 'd' ? 'debugging/medium' : 'analysis/complex',
          score: number % 8 === 0 ? 0 : 1,
          cost_usd: 0.05 * (1 + (number % 7) / 10),
          latency_ms: 1000 + ((number * 37) % 900),
          input_tokens: 200 + ((number * 31) % 3000),
          output_tokens: 500,
          tenant: `team ${number % 40}`,
          privacy_tier: 'internal',
          ...over,
        }),
      ),
    )
    .join('\n');
}

const files = { 'signalbox.yaml': CATALOGUE, 'policy.yaml': POLICY, 'replay.js': REPLAY };
const OFFLINE = ['review', 'offline', '--telemetry', 'logs.jsonl', '--as-of', AS_OF];
const WITH_REPLAY = [...OFFLINE, '--replay', `"${process.execPath}" replay.js`];

interface Result {
  readonly result: string;
  readonly decisions: readonly { readonly class: string; readonly status: string; readonly [key: string]: unknown }[];
  readonly telemetry: Record<string, unknown>;
  readonly replays: readonly Record<string, unknown>[];
  readonly history: readonly Record<string, unknown>[];
  readonly report: ReviewReport;
}

const decided = (result: Result, name: string) => result.decisions.find((each) => each.class === name)!;

test('from logs alone it says what it would replay and what that costs, and proposes nothing', async () => {
  const cwd = folderWith({ ...files, 'logs.jsonl': logs() });
  const result = jsonOf<Result>(await signalbox([...OFFLINE, '--json'], { cwd }));
  expect(result).toMatchObject({ result: 'held', replays: [], telemetry: { read: 19_600, taken: 19_600, inWindow: 19_600 } });
  expect(decided(result, 'debugging/medium')).toMatchObject({ status: 'held', to: 'scripted/small', heldBy: 'evidence', verdict: null });
  const planned = result.decisions.reduce((sum, { plannedReplays }) => sum + Number(plannedReplays), 0);
  expect(result.report.logs).toMatchObject({ isReplayed: false, planned: { passes: 2, replays: planned } });
  expect(planned).toBeGreaterThan(1_000);

  const page = await signalbox(OFFLINE, { cwd });
  expect(page.exitCode).toBe(0);
  expect(page.stdout.indexOf('WHAT COULD NOT BE KNOWN FROM LOGS ALONE')).toBeLessThan(page.stdout.indexOf('WHAT IS HELD'));
  expect(page.stdout).toContain('To prove what looks worthwhile in 2 classes takes about');
});

test('with a replay command it proposes what is good enough, and not what is worse', async () => {
  const cwd = folderWith({ ...files });
  writeFileSync(join(cwd, 'logs.jsonl'), gzipSync(logs()));
  const ran = await signalbox([...WITH_REPLAY, '--json'], { cwd });
  const result = jsonOf<Result>(ran);
  expect(decided(result, 'debugging/medium')).toMatchObject({
    status: 'proposed',
    from: 'scripted/large',
    to: 'scripted/small',
    verdict: 'PASS',
  });
  expect(decided(result, 'analysis/complex')).toMatchObject({ status: 'held', verdict: 'FAIL' });
  expect(result.history).toEqual([{ at: Date.parse(AS_OF), class: 'analysis/complex', event: 'setback', model: 'scripted/small' }]);
  expect(result.report.identity.fingerprints).toEqual({ 'scripted/large': ['scripted/large-1'], 'scripted/small': ['scripted/small-1'] });
  expect(result.replays.every(({ asked, answered }) => asked === answered)).toBe(true);

  // The same files, rules and date give the same review to the last digit; only its clock goes on.
  const again = jsonOf<Result>(await signalbox([...WITH_REPLAY, '--json'], { cwd }));
  expect(again.decisions).toEqual(result.decisions);
  expect(again.report.identity.reviewId).toBe(result.report.identity.reviewId);
});

test('what an earlier evaluation knows of both models is not replayed, and is said', async () => {
  const known = (model: string, over: object = {}) =>
    Array.from({ length: 28 * 350 }, (_, number) =>
      JSON.stringify({
        ...{ run: 'october', item: `d${number}`, model, grader: 'tests', evaluated_at: '2026-10-31T00:00:00Z' },
        score: number % 8 === 0 ? 0 : 1,
        cost_usd: (model.endsWith('small') ? 0.01 : 0.05) * (1 + (number % 7) / 10),
        latency_ms: 1000 + ((number * 37) % 900),
        ...over,
      }),
    );
  const evaluations = (...lines: readonly string[][]) =>
    folderWith({ ...files, 'logs.jsonl': logs(), 'known.jsonl': lines.flat().join('\n') });
  const WITH_KNOWN = [...OFFLINE, '--evaluations', 'known.jsonl', '--json'];
  const result = jsonOf<Result>(await signalbox(WITH_KNOWN, { cwd: evaluations(known('scripted/large'), known('scripted/small')) }));
  expect(decided(result, 'debugging/medium')).toMatchObject({ status: 'proposed', verdict: 'PASS' });
  const [run] = result.replays;
  expect(run).toMatchObject({ name: 'debugging/medium', asked: 0, answered: 0, known: { 'october, graded by tests': expect.any(Number) } });
  expect(result.report.replayCost.spentNanoUsd).toBe(0);
  expect(result.report.logs?.notKnown.join(' ')).toContain('they are those of october, graded by tests, and were not replayed');

  // Two graders, and what is older than 90 days, compare nothing.
  for (const other of [known('scripted/small', { grader: 'people' }), known('scripted/small', { evaluated_at: '2026-07-01T00:00:00Z' })]) {
    const half = jsonOf<Result>(await signalbox(WITH_KNOWN, { cwd: evaluations(known('scripted/large'), other) }));
    expect(half.replays).toEqual([]);
  }
});

test('writes the page that any review has, without a command that would approve it', async () => {
  const cwd = folderWith({ ...files, 'logs.jsonl': logs() });
  const { exitCode, stdout } = await signalbox([...WITH_REPLAY, '--out', 'report.html'], { cwd });
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Wrote the report to report.html.')]);
  const page = readFileSync(join(cwd, 'report.html'), 'utf8');
  expect(page).toContain('What could not be known from logs alone');
  expect(page).toContain('Nothing can be approved here');
  expect(page).not.toContain('signalbox approve');
});

test('a past that was made up may lie in the future, as long as it ends before --as-of', async () => {
  const asOf = '2035-03-01';
  const later = logs().replaceAll(/"ended_at":(\d+)/gu, (_, at) => `"ended_at":${Number(at) + Date.parse(asOf) - Date.parse(AS_OF)}`);
  const cwd = folderWith({ ...files, 'logs.jsonl': later });
  const words = ['review', 'offline', '--telemetry', 'logs.jsonl', '--as-of', asOf, '--json'];
  expect(jsonOf<Result>(await signalbox(words, { cwd })).telemetry).toMatchObject({ taken: 19_600, inWindow: 19_600 });
});

test('earlier changes hold a class that would go back and forth', async () => {
  const history = JSON.stringify({
    at: '2026-10-25T00:00:00Z',
    class: 'debugging/medium',
    event: 'set',
    from: 'scripted/small',
    to: 'scripted/large',
  });
  const cwd = folderWith({ ...files, 'logs.jsonl': logs(), 'history.jsonl': history });
  const result = jsonOf<Result>(await signalbox([...OFFLINE, '--history', 'history.jsonl', '--json'], { cwd }));
  expect(decided(result, 'debugging/medium')).toMatchObject({ status: 'held', heldBy: 'dwell' });
});

test('no task is replayed on a model that is not approved for its tier or region', async () => {
  const cwd = folderWith({ ...files, 'logs.jsonl': logs({ privacy_tier: 'restricted' }) });
  const result = jsonOf<Result>(await signalbox([...WITH_REPLAY, '--json'], { cwd }));
  expect(result).toMatchObject({ result: 'held', replays: [] });
  for (const { finding } of result.report.classes) {
    expect(finding.options.find(({ model }) => model === 'scripted/small')?.dropped).toMatchObject({ reason: 'privacy-tier' });
  }
});

test('a command that fails is told, its answers so far are judged, and the exit code is 1', async () => {
  const cwd = folderWith({ ...files, 'logs.jsonl': logs() });
  const ran = await signalbox([...OFFLINE, '--replay', 'echo not an answer; exit 3', '--json'], { cwd });
  expect(ran.exitCode).toBe(1);
  const result = JSON.parse(ran.stdout) as Result;
  expect(result.replays[0]).toMatchObject({
    answered: 0,
    noise: 1,
    failure: 'It ended with code 3.',
    problems: ['line 1: is not a JSON object'],
  });
  expect(result.decisions.every(({ status }) => status === 'held')).toBe(true);
  expect(result.report.logs?.notKnown.join(' ')).toContain('It ended with code 3.');
});

test('names that the catalogue does not have are listed, and count for a model once they are mapped', async () => {
  const cwd = folderWith({ ...files, 'logs.jsonl': logs({ model: 'azure/large-2026-01-01' }) });
  const unmapped = jsonOf<Result>(await signalbox([...OFFLINE, '--json'], { cwd }));
  expect(unmapped.telemetry).toMatchObject({
    unknownModels: [{ name: 'azure/large-2026-01-01', tasks: 19_600, suggestion: 'scripted/large' }],
  });
  expect(unmapped.report.logs?.notKnown.join(' ')).toContain('azure/large-2026-01-01 (19600 tasks, perhaps scripted/large)');
  const mapped = jsonOf<Result>(await signalbox([...OFFLINE, '--map', 'azure/large-2026-01-01=scripted/large', '--json'], { cwd }));
  expect(mapped.telemetry).toMatchObject({ unknownModels: [] });
  expect(decided(mapped, 'debugging/medium')).toMatchObject({ to: 'scripted/small' });
});

test.each([
  ['a window without tasks', [...OFFLINE, '--as-of', '2030-01-01'], 'Give --as-of 2026-'],
  ['a file that is not there', ['review', 'offline', '--telemetry', 'gone.jsonl'], 'gone.jsonl'],
  ['a model that is none', [...OFFLINE, '--map', 'x=y'], 'NAME-IN-THE-LOGS=provider/model'],
  ['a date that is none', [...OFFLINE, '--as-of', 'tomorrow'], 'Give a day such as'],
  ['a history with a wrong line', [...OFFLINE, '--history', 'replay.js'], 'docs/offline-review.md'],
])('%s is told in words, with what to do', async (_, words, said) => {
  const cwd = folderWith({ ...files, 'logs.jsonl': logs() });
  const { exitCode, stdout, stderr } = await signalbox(words, { cwd });
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('lines that cannot be used are named, and the rest goes on', async () => {
  const at = Date.parse(AS_OF) - DAY_MS;
  const bad = [
    '{"id": "x"',
    `{"id": "y", "ended_at": ${at}, "model": "m", "cost_usd": -1}`,
    `{"id": "d1", "ended_at": ${at}, "model": "m"}`,
  ];
  const cwd = folderWith({ ...files, 'logs.jsonl': [logs(), ...bad].join('\n') });
  const { exitCode, stderr, stdout } = await signalbox([...OFFLINE, '--json'], { cwd });
  expect(exitCode).toBe(0);
  expect((JSON.parse(stdout) as Result).telemetry).toMatchObject({ read: 19_603, taken: 19_600, skipped: { duplicate: 1 } });
  expect(stderr).toContain('3 of 19603 records were not taken');
  expect(stderr).toContain('row 19601');
});
