import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { DEFAULT_POLICY } from '../../routing/decision/policy';

const { catalogue } = loadStartingCatalogue();
const parse = (text: string) => parsePolicyFile(text, 'policy.yaml', catalogue);

function problems(text: string): string[] {
  const parsed = parse(text);
  return 'problems' in parsed ? parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`) : [];
}

test('an empty file is the default policy', () => {
  expect(parse('')).toEqual({ ok: DEFAULT_POLICY });
});

test('takes what the file says and keeps the defaults beside it', () => {
  const text = `
default_tolerance: 0.02
classes:
  documentation/simple:
    route: {model: anthropic/claude-haiku-5-5, fallbacks: [openai/gpt-6-luna]}
  our own class:
    approved: [anthropic/claude-opus-5-5]
    tolerance: 0.1
    floor: 0.9
weights: {cost: 0.5}
attempts: {max_task_seconds: 600, max_wait_seconds: 1.5}
constraints: {max_cost_per_call_usd: 2}
`;
  expect(parse(text)).toEqual({
    ok: {
      ...DEFAULT_POLICY,
      defaultTolerance: 0.02,
      classes: {
        'documentation/simple': {
          route: { kind: 'model', model: 'anthropic/claude-haiku-5-5', fallbacks: ['openai/gpt-6-luna'] },
          tolerance: 0.02,
        },
        'our own class': { approved: ['anthropic/claude-opus-5-5'], tolerance: 0.1, floor: 0.9 },
      },
      weights: { ...DEFAULT_POLICY.weights, cost: 0.5 },
      attempts: { ...DEFAULT_POLICY.attempts, maxTaskMs: 600_000, maxWaitMs: 1500 },
      constraints: { ...DEFAULT_POLICY.constraints, maxCostPerCallNanoUsd: 2_000_000_000 },
    },
  });
});

test('takes learning parameters from signalbox.yaml, and its own over them', () => {
  const learning = { alpha: 0.5, minRatings: 7, poorThreshold: 2, seed: 3 };
  expect(parsePolicyFile('ewma: {alpha: 0.1}', 'policy.yaml', catalogue, learning)).toMatchObject({
    ok: { learning: { alpha: 0.1, minRatings: 7, poorThreshold: 2 } },
  });
});

test('names every error at once, in the order of the file', () => {
  const text = `default_tolerance: 2
classes:
  debuging/simple:
    tolerance: -1
  debugging/complex:
    route:
      model: anthropic/claude-opus-5.5
      fallbacks: [anthropic/claude-opus-5.5, openai/gpt-6-sol, openai/gpt-6-sol]
    approved: [openai/gpt-6-sol, openai/gpt-6-sol]
  documentation/simple:
    approved: [anthropic/claude-haiku-5-5]
    route: {model: openai/gpt-6-luna, fallbacks: [openai/gpt-6-luna]}
weigths: {}
attempts: {max_attempts: 2, max_call_seconds: 9999, backoff_ms: 90000}
cool_down: {base_seconds: 1000}
premium: {closed_percentile: 95}
`;
  const found = problems(text);
  expect(found.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
    '1:20 default_tolerance',
    '3:3 classes.debuging/simple',
    '4:16 classes.debuging/simple.tolerance',
    '7:14 classes.debugging/complex.route.model',
    '7:14 classes.debugging/complex.route.model',
    '8:19 classes.debugging/complex.route.fallbacks[0]',
    '8:19 classes.debugging/complex.route.fallbacks[0]',
    '8:19 classes.debugging/complex.route.fallbacks[0]',
    '8:64 classes.debugging/complex.route.fallbacks[2]',
    '9:34 classes.debugging/complex.approved[1]',
    '12:20 classes.documentation/simple.route.model',
    '12:51 classes.documentation/simple.route.fallbacks[0]',
    '12:51 classes.documentation/simple.route.fallbacks[0]',
    '13:1 weigths',
    '14:26 attempts.max_attempts',
    '14:47 attempts.max_call_seconds',
    '14:65 attempts.backoff_ms',
    '15:27 cool_down.base_seconds',
    '16:30 premium.closed_percentile',
  ]);
  expect(found[1]).toContain('Did you mean "debugging/simple"?');
  expect(found[3]).toContain('Did you mean "anthropic/claude-opus-5-5"?');
  expect(found[13]).toContain('Did you mean "weights"?');
});

test.each([
  ['all weights 0', 'weights: {capability: 0, cost: 0, quality: 0, latency: 0, historical: 0}', 'weights All weights are 0'],
  ['an approved list with nobody on it', 'classes: {a: {approved: []}}', 'classes.a.approved Must not be empty'],
  ['a wait longer than the task', 'attempts: {max_wait_seconds: 1000}', 'attempts.max_wait_seconds One wait may take 1000 s'],
  ['a chain longer than its attempts', 'attempts: {max_models: 9}', 'attempts.max_attempts 8 attempts do not reach all 9 models'],
  ['a class name of control characters', 'classes: {"\\e[31m": {}}', 'A class is named with'],
  ['a tolerance of nothing', 'default_tolerance: 0', 'no replay can prove a loss of exactly nothing'],
  ['a negative tolerance', 'classes: {a: {tolerance: -0.1}}', 'classes.a.tolerance A tolerance is more than 0'],
  ['a tolerance of more than everything', 'classes: {a: {tolerance: 1.01}}', 'at most 1, which is all there is to lose'],
  ['a number that is not finite', 'default_tolerance: .inf', 'default_tolerance Infinity is not a finite number'],
])('refuses %s', (_, text, message) => {
  expect(problems(text)).toEqual([expect.stringContaining(message)]);
});

test('refuses a retired model, which would never be called', () => {
  const parsed = parseCatalogueFile('providers: {openai: {models: {old: {status: retired}}}}', 'signalbox.yaml', loadPriceLibrary());
  if ('problems' in parsed) throw new Error('the catalogue is valid');
  expect(parsePolicyFile('classes: {a: {route: {model: openai/old}}}', 'policy.yaml', parsed.ok.catalogue)).toMatchObject({
    problems: [{ path: 'classes.a.route.model', message: expect.stringContaining('is retired') }],
  });
});
