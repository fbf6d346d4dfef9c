/** `review` of policy.yaml: every key, and every contradiction by name. */

import { parsePolicyFile } from '../../db/documents/policy-file';
import { policyYaml } from '../../db/documents/policy-yaml';
import { documentKeys } from '../../db/documents/read-document';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { JUDGE_DEFAULTS } from '../../routing/judging/settings';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS, HOUR_MS, MINUTE_MS, type ReviewSettings } from '../../routing/review/settings';

const { catalogue } = loadStartingCatalogue();
const parse = (text: string) => parsePolicyFile(text, 'policy.yaml', catalogue);

function settingsOf(text: string): ReviewSettings {
  const parsed = parse(text);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ok.review;
}

function problems(text: string): string[] {
  const parsed = parse(text);
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path} ${message}`) : [];
}

const EVERY_KEY = `
review:
  window_days: 14
  min_saving_share: 0.2
  min_saving_usd_per_month: 5
  groups: { chores: [documentation/simple, factual/simple] }
  high_risk: [debugging/critical]
  replay:
    cap_usd: 10
    max_share_of_saving: 0.5
    max_minutes: 90
    max_passes: 1
    min_pairs: 80
    max_pairs: 400
    power: 0.8
    discordance: 0.2
    stratum_floor: 10
    blocks: 4
    block_spacing_hours: 0.25
    shard_size: 25
    concurrency: 5
    tries: 2
    sentinel_share: 0.1
  proof: { alpha: 0.01, false_discovery_rate: 0.1, catastrophic_cap: 0.02, max_latency_ratio: 1.3 }
  verdict: { approvers: [ana, ben], single_operator: true, expires_days: 3, remind_hours: 12 }
  canary:
    steps:
      - { share: 0.1, min_per_arm: 60, dwell_hours: 0.5 }
      - { share: 0.4, min_per_arm: 90, dwell_hours: 2 }
    soak_days: 2
    holdback: 0.1
    deadline_days: 10
    label_window_hours: 1
    alpha: 0.04
    n_star: 300
    margin_factor: 3
    sample_ratio_alarm: 0.002
    error_rate_limit: 0.03
    inconclusive_limit: 5
    consecutive_error_limit: 6
    tick_seconds: 30
    lease_minutes: 5
  stability: { dwell_days: 7, cooldown_days: 14, max_cooldown_days: 56 }
  judge:
    model: openai/gpt-6-sol
    rubrics: { factual/simple: The true one. }
    min_labels: 150
    min_kappa: 0.7
    min_kappa_low: 0.5
    max_flip_rate: 0.2
    max_output_tokens: 500
  cascades:
    factual/simple: { check: { kind: regex, pattern: ^yes }, sensitivity: 0.8, specificity: 0.95 }
  watch: { tick_minutes: 30, duration_days: 45, drop: 0.08, limit: 10, daily_k: 0.6, daily_h: 4, golden_tasks: 20 }
`;

test('takes every key of the file', () => {
  expect(settingsOf(EVERY_KEY)).toEqual({
    groups: { chores: ['documentation/simple', 'factual/simple'] },
    screen: { windowMs: 14 * DAY_MS, minSavingShare: 0.2, minSavingPerMonthNanoUsd: 5_000_000_000 },
    replay: {
      capNanoUsd: 10_000_000_000,
      maxShareOfSaving: 0.5,
      maxMs: 90 * MINUTE_MS,
      maxPasses: 1,
      minPairs: 80,
      maxPairs: 400,
      power: 0.8,
      discordance: 0.2,
      stratumFloor: 10,
      blocks: 4,
      blockSpacingMs: 15 * MINUTE_MS,
      shardSize: 25,
      concurrency: 5,
      tries: 2,
      sentinelShare: 0.1,
    },
    proof: { alpha: 0.01, falseDiscoveryRate: 0.1, highRiskClasses: ['debugging/critical'], catastrophicCap: 0.02, maxLatencyRatio: 1.3 },
    verdict: { approvers: ['ana', 'ben'], singleOperator: true, expiresAfterMs: 3 * DAY_MS, remindEveryMs: 12 * HOUR_MS },
    canary: {
      steps: [0.1, 0.4],
      minPerArm: [60, 90],
      dwellMs: [HOUR_MS / 2, 2 * HOUR_MS],
      soakMs: 2 * DAY_MS,
      holdback: 0.1,
      deadlineMs: 10 * DAY_MS,
      labelWindowMs: HOUR_MS,
      alpha: 0.04,
      nStar: 300,
      marginFactor: 3,
      sampleRatioAlarm: 0.002,
      errorRateLimit: 0.03,
      inconclusiveLimit: 5,
      consecutiveErrorLimit: 6,
      tickMs: 30_000,
      leaseMs: 5 * MINUTE_MS,
    },
    stability: { dwellMs: 7 * DAY_MS, cooldownMs: 14 * DAY_MS, maxCooldownMs: 56 * DAY_MS },
    watch: { tickMs: 30 * MINUTE_MS, durationMs: 45 * DAY_MS, drop: 0.08, limit: 10, dailyK: 0.6, dailyH: 4, goldenTasks: 20 },
    judge: {
      model: 'openai/gpt-6-sol',
      rubrics: { 'factual/simple': 'The true one.' },
      minLabels: 150,
      minKappa: 0.7,
      minKappaLow: 0.5,
      maxFlipRate: 0.2,
      maxOutputTokens: 500,
    },
    cascades: {
      'factual/simple': {
        check: { kind: 'regex', pattern: '^yes', ignoreCase: false },
        assumed: { sensitivity: 0.8, specificity: 0.95 },
      },
    },
  } satisfies ReviewSettings);
});

test('the file of this test has every key there is, each with another value than the default', () => {
  const keys = documentKeys(policyYaml).filter((path) => path.startsWith('review.'));
  expect(keys.filter((path) => !new RegExp(`\\b${path.split('.').at(-1)}:`).test(EVERY_KEY))).toEqual([]);
  const same = (ours: object, defaults: object): string[] =>
    Object.entries(ours).flatMap(([key, value]) => {
      const usual = (defaults as Record<string, unknown>)[key];
      if (Array.isArray(value) || typeof value !== 'object') return JSON.stringify(value) === JSON.stringify(usual) ? [key] : [];
      return same(value as object, usual as object);
    });
  const { judge, cascades: _cascades, ...others } = settingsOf(EVERY_KEY);
  expect(same(others, DEFAULT_REVIEW_SETTINGS)).toEqual([]);
  const { model: _, rubrics: __, ...limits } = judge!;
  expect(same(limits, JUDGE_DEFAULTS)).toEqual([]);
});

test('a file that says nothing of reviews has the defaults, and one that says something keeps the others', () => {
  expect(settingsOf('')).toEqual(DEFAULT_REVIEW_SETTINGS);
  expect(settingsOf('review: { verdict: { expires_days: 1 } }')).toEqual({
    ...DEFAULT_REVIEW_SETTINGS,
    verdict: { ...DEFAULT_REVIEW_SETTINGS.verdict, expiresAfterMs: DAY_MS },
  });
});

test('time can be compressed: a fraction of a day is a moment, and no time that is given becomes none', () => {
  const { canary, stability } = settingsOf(
    'review: { canary: { soak_days: 0.0001, deadline_days: 6, label_window_hours: 0 }, stability: { dwell_days: 0.000000001 } }',
  );
  expect(canary).toMatchObject({ soakMs: 8_640, labelWindowMs: 0 });
  expect(stability.dwellMs).toBe(1);
});

test.each([
  [
    'steps that go down',
    'canary: {steps: [{share: 0.2, min_per_arm: 50, dwell_hours: 1}, {share: 0.1, min_per_arm: 50, dwell_hours: 1}]}',
    'canary.steps[1].share Steps go upwards: 0.1 must be above 0.2',
  ],
  [
    'steps that stand still',
    'canary: {steps: [{share: 0.2, min_per_arm: 50, dwell_hours: 1}, {share: 0.2, min_per_arm: 50, dwell_hours: 1}]}',
    'canary.steps[1].share Steps go upwards',
  ],
  [
    'a step that leaves no control',
    'canary: {steps: [{share: 0.6, min_per_arm: 50, dwell_hours: 1}]}',
    'canary.steps[0].share Must be more than 0 and at most 0.5: an equal share',
  ],
  ['a step on nobody', 'canary: {steps: [{share: 0, min_per_arm: 50, dwell_hours: 1}]}', 'canary.steps[0].share Must be more than 0'],
  ['a step without its time', 'canary: {steps: [{share: 0.1, min_per_arm: 50}]}', 'canary.steps[0].dwell_hours This key is missing'],
  ['no steps', 'canary: {steps: []}', 'canary.steps Must not be empty'],
  ['no holdback', 'canary: {holdback: 0}', 'canary.holdback Must be more than 0'],
  [
    'a lease of less than two looks',
    'canary: {tick_seconds: 600}',
    'canary.lease_minutes A weight would end by itself between two looks: it lasts 15 minutes, and a look comes every 10 minutes',
  ],
  ['a deadline before the end of the steps', 'canary: {deadline_days: 11}', 'canary.deadline_days Steps and soak take 11 days at least'],
  ['labels that are never closed', 'canary: {label_window_hours: 672}', 'canary.label_window_hours No task would be old enough'],
  ['fewer pairs at most than at least', 'replay: {max_pairs: 99}', 'replay.min_pairs At least 100 pairs are asked for, and at most 99'],
  ['more blocks than pairs', 'replay: {min_pairs: 7}', 'replay.blocks 7 pairs do not fill 16 blocks'],
  ['a third pass', 'replay: {max_passes: 3}', 'replay.max_passes Must be at most 2'],
  ['a cool-down above its maximum', 'stability: {cooldown_days: 113}', 'stability.cooldown_days The first cool-down of 113 days is longer'],
  [
    'a watch without a look',
    'watch: {duration_days: 0}',
    'watch.tick_minutes The watch ends after 0 ms, before its first look after 1 hour',
  ],
  ['an error of a tossed coin', 'proof: {alpha: 0.5}', 'proof.alpha Must be at most 0.25'],
  ['a class in two groups', 'groups: {a: [x, y], b: [y]}', 'groups.b[0] "y" is in the group "a" too'],
  ['a class twice in a group', 'groups: {a: [x, x]}', 'groups.a[1] "x" is here twice'],
  ['an empty group', 'groups: {a: []}', 'groups.a Must not be empty'],
  ['a group named as a class of another', 'groups: {x: [y], a: [x]}', 'groups.x "x" is also the name of a class'],
  ['a group named as everything', 'groups: {all: [x]}', 'groups.all "all" stands for every class'],
  ['a group name of control characters', 'groups: {"\\e[31m": [x]}', 'A class is named with'],
  ['a class of high risk twice', 'high_risk: [x, x]', 'high_risk[1] "x" is here twice'],
  ['an approver without a name', 'verdict: {approvers: [""]}', 'verdict.approvers[0] A person is named'],
  ['a time that is not one', 'window_days: .inf', 'window_days Infinity is not a finite number'],
  ['a misspelt key', 'canary: {holdbak: 0.1}', 'canary.holdbak Unknown key. Did you mean "holdback"?'],
  ['a judge without a rubric', 'judge: {model: openai/gpt-6-sol, rubrics: {}}', 'judge.rubrics Give a rubric for at least one class'],
  [
    'a judge that is nowhere',
    'judge: {model: openai/gpt-6-soll, rubrics: {"*": x}}',
    'judge.model "openai/gpt-6-soll" is not in the catalogue. Did you mean "openai/gpt-6-sol"?',
  ],
  [
    'an interval above its estimate',
    'judge: {model: openai/gpt-6-sol, rubrics: {"*": x}, min_kappa_low: 0.7}',
    'judge.min_kappa_low The interval of kappa is to stay above 0.7',
  ],
])('refuses %s', (_, text, message) => {
  expect(problems(`review: {${text}}`)).toEqual([expect.stringContaining(message)]);
});

describe('a judge of the family of a model that it is to judge', () => {
  const policy = (route: string, rubrics: string) =>
    `classes: {work: {route: {model: ${route}}}}\nreview: {judge: {model: anthropic/claude-opus-5-5, rubrics: {${rubrics}}}, groups: {all-work: [work]}}`;

  test.each([
    ['serves the class', 'anthropic/claude-haiku-5-5', 'work: x'],
    ['serves it through somebody else', 'bedrock-eu/claude-haiku-5-5', 'work: x'],
    ['serves a class of the group', 'anthropic/claude-haiku-5-5', 'all-work: x'],
    ['is the judge', 'anthropic/claude-opus-5-5', 'work: x'],
  ])('is refused when it %s', (_, route, rubrics) => {
    expect(problems(policy(route, rubrics))).toEqual([
      expect.stringMatching(/judge\.rubrics\.(work|all-work) .*(family \(anthropic\)|the judge itself)/),
    ]);
  });

  test('is taken where another serves the class, or the class has no rubric of its own', () => {
    expect(problems(policy('openai/gpt-6-luna', 'work: x'))).toEqual([]);
    expect(problems(policy('anthropic/claude-haiku-5-5', '"*": x'))).toEqual([]);
  });
});

test('a group may not take the name of a class that has rules of its own, whatever the order', () => {
  expect(problems('classes: {chores: {}}\nreview: {groups: {chores: [x]}}')).toEqual([expect.stringContaining('also the name of a class')]);
});

test('a class that nothing is classified as may stand in a group: submitters give names of their own', () => {
  expect(settingsOf('review: {groups: {chores: [our own, debuging/simple]}}').groups).toEqual({ chores: ['our own', 'debuging/simple'] });
});

test('names every error of the section at once, in the order of the file', () => {
  const text = 'review:\n  window_days: 0\n  groups: {a: [x], b: [x]}\n  replay: {max_pairs: 5}\n  canary: {lease_minutes: 1}\n';
  expect(problems(text).map((problem) => problem.split(' ')[0])).toEqual([
    'review.window_days',
    'review.groups.b[0]',
    'review.replay.min_pairs',
    'review.canary.lease_minutes',
  ]);
});
