/** Settings: the rules written out as a file, where each value comes from, and what takes its place. */

import fc from 'fast-check';
import { effectiveSettings } from '../../client/config/effective-settings';
import { type Override, overlaid } from '../../client/config/override';
import { policyToYaml } from '../../client/config/policy-to-yaml';
import { filesOf, pathOfKey } from '../../client/config/setting-key';
import { FACTORS, weightsWith } from '../../client/config/weights';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { policyYaml } from '../../db/documents/policy-yaml';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { documentKeys } from '../../db/documents/read-document';
import { signalboxYaml } from '../../db/documents/signalbox-yaml';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';

const { catalogue } = loadStartingCatalogue();

function parsed(text: string): Policy {
  const result = parsePolicyFile(text, 'policy.yaml', catalogue);
  if ('ok' in result) return result.ok;
  throw new Error(JSON.stringify(result.problems));
}

const EVERYTHING = `
default_tolerance: 0.07
classes:
  debugging/complex: { approved: [anthropic/claude-opus-5-5, openai/gpt-6.1-sol], tolerance: 0.02, floor: 0.8 }
  my.own: { route: { model: openai/gpt-6-sol, fallbacks: [openai/gpt-6-luna] } }
constraints: { max_cost_per_call_usd: 0.25 }
attempts: { max_call_seconds: 0.5, backoff_ms: 3 }
review: { window_days: 0.01, verdict: { approvers: [ana, ben] }, groups: { small: [documentation/simple, factual/simple] } }
`;

test.each([
  ['the default', ''],
  ['one that says something of everything', EVERYTHING],
])('a policy that is written out reads as the same policy: %s', (_, text) => {
  const policy = parsed(text);
  expect(parsed(JSON.stringify(policyToYaml(policy)))).toEqual(policy);
});

test('every key of policy.yaml that has a default is written out', () => {
  const names = (value: unknown, path: string): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => [`${path}${key}`, ...names(inner, `${path}${key}.`)])
      : [];
  // There is a judge only where somebody names one.
  const keys = documentKeys(policyYaml).filter((key) => !key.includes('*') && !key.startsWith('review.judge'));
  const without = ['constraints.max_cost_per_call_usd', 'review.cascades'];
  expect(keys.filter((key) => !names(policyToYaml(DEFAULT_POLICY), '').includes(key))).toEqual(without);
});

test.each([
  ['weights.cost', ['weights', 'cost']],
  ['classes.my.own.tolerance', ['classes', 'my.own', 'tolerance']],
  ['classes.debugging/complex.floor', ['classes', 'debugging/complex', 'floor']],
  ['classes.not.yet', ['classes', 'not', 'yet']],
])('the key %s is found, dots in names included', (key, path) => {
  expect(pathOfKey(key, [policyToYaml(parsed(EVERYTHING))])).toEqual(path);
});

test.each(['', '.', 'weights.', '__proto__.x', 'weights.constructor'])('"%s" is no key', (key) => {
  expect(() => pathOfKey(key, [{}])).toThrow(expect.objectContaining({ code: 'bad_argument' }));
});

test('each top key belongs to a file; of learning, policy.yaml wins', () => {
  expect([filesOf('weights'), filesOf('budgets'), filesOf('ewma'), filesOf('weigths')]).toEqual([
    ['policy.yaml'],
    ['signalbox.yaml'],
    ['policy.yaml', 'signalbox.yaml'],
    [],
  ]);
});

describe('where a value comes from', () => {
  const catalogueText = `ewma: { alpha: 0.5 }
providers: { scripted: { models: { echo: {} } } }
budgets: [{ scope: "team:search", daily_usd: 3 }, { scope: global, daily_usd: 10 }]
`;
  const flag: Override = { file: 'policy.yaml', path: ['weights', 'cost'], value: 0.5, origin: 'flag', source: '--set weights.cost=0.5' };
  const variable: Override = { ...flag, value: 0.4, origin: 'environment', source: 'X' };
  const budget: Override = {
    file: 'signalbox.yaml',
    path: ['budgets', 'global', 'daily_usd'],
    value: 7,
    origin: 'environment',
    source: 'D',
  };

  function settings(policyText: string, overrides: readonly Override[]) {
    const own = overlaid(
      catalogueText,
      overrides.filter(({ file }) => file === 'signalbox.yaml'),
    );
    const config = parseCatalogueFile(own, '', loadPriceLibrary());
    if (!('ok' in config)) throw new Error(JSON.stringify(config.problems));
    const rest = overrides.filter(({ file }) => file === 'policy.yaml');
    const policy = parsePolicyFile(overlaid(policyText, rest), '', config.ok.catalogue, config.ok.ewma);
    if (!('ok' in policy)) throw new Error(JSON.stringify(policy.problems));
    return effectiveSettings({
      config: config.ok,
      policy: policy.ok,
      catalogue: { text: catalogueText, isOwn: true },
      policyText,
      overrides,
    });
  }

  test('a flag wins over the environment, the environment over the file, the file over the default', () => {
    const text = 'weights: { cost: 0.3 }';
    expect(settings('', []).find('weights.cost')).toEqual({ key: 'weights.cost', value: 0.2, origin: 'default', source: null });
    expect(settings(text, []).find('weights.cost')).toMatchObject({ value: 0.3, origin: 'file', source: 'policy.yaml' });
    expect(settings(text, [variable]).find('weights.cost')).toMatchObject({ value: 0.4, origin: 'environment', source: 'X' });
    expect(settings(text, [variable, flag]).find('weights.cost')).toMatchObject({
      value: 0.5,
      origin: 'flag',
      source: '--set weights.cost=0.5',
    });
  });

  test('of learning, what policy.yaml does not say comes from signalbox.yaml', () => {
    const mixed = settings('ewma: { seed: 2 }', []);
    expect(mixed.find('ewma.seed')).toMatchObject({ value: 2, source: 'policy.yaml' });
    expect(mixed.find('ewma.alpha')).toMatchObject({ value: 0.5, source: 'signalbox.yaml' });
    expect(mixed.find('ewma.min_ratings')).toMatchObject({ value: 3, origin: 'default' });
  });

  test('a budget is named by its scope, and one that is not there is made', () => {
    expect(settings('', [budget]).find('budgets.global.daily_usd')).toMatchObject({ value: 7, origin: 'environment', source: 'D' });
    expect(settings('', [budget]).find('budgets.team:search.daily_usd')).toMatchObject({ value: 3, origin: 'file' });
    expect(JSON.parse(overlaid('providers: {}', [budget]))).toEqual({ providers: {}, budgets: [{ scope: 'global', daily_usd: 7 }] });
  });

  test('the list has every key once, and none of a provider', () => {
    const keys = settings('', [budget, flag])
      .list()
      .map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => /^(providers|classes|slots)\b/.test(key))).toEqual([]);
    expect(keys).toEqual(
      expect.arrayContaining(['settings.max_prompt_bytes', 'budgets.global.daily_usd', 'weights.cost', 'review.canary.alpha']),
    );
    const settable = documentKeys(signalboxYaml).filter((key) => /^(settings|retention)\./.test(key));
    expect(settable.length).toBeGreaterThan(4);
    expect(settable.filter((key) => !keys.includes(key))).toEqual([]);
  });

  test('how long things are kept is said also where the file is silent', () => {
    const contentDays: Override = { ...flag, file: 'signalbox.yaml', path: ['retention', 'content_days'], value: 'forever', source: 'F' };
    expect(settings('', []).find('retention.tasks_months')).toEqual({
      ...{ key: 'retention.tasks_months', value: 13, origin: 'default', source: null },
    });
    expect(settings('', [contentDays]).find('retention.content_days')).toMatchObject({ value: 'forever', origin: 'flag', source: 'F' });
  });

  test('a place inside of a list is refused', () => {
    const inside = { ...flag, path: ['review', 'verdict', 'approvers', '0'] };
    expect(() => overlaid('review: { verdict: { approvers: [ana] } }', [inside])).toThrow(/is a list/);
  });
});

describe('weights', () => {
  test('what is set has its share, the others keep their proportion, and all add up to 1', () => {
    expect(weightsWith(DEFAULT_POLICY.weights, { quality: 0.35 })).toEqual({
      capability: 0.2844,
      cost: 0.1625,
      quality: 0.35,
      latency: 0.1219,
      historical: 0.0812,
    });
  });

  test('add up to exactly 1 in ten-thousandths, whatever is set', () => {
    const weight = fc.double({ min: 0, max: 1000, noNaN: true });
    const weights = fc.record({ capability: weight, cost: weight, quality: weight, latency: weight, historical: weight });
    fc.assert(
      fc.property(weights, fc.constantFrom(...FACTORS), fc.integer({ min: 0, max: 10_000 }), (before, factor, parts) => {
        fc.pre(FACTORS.some((other) => other !== factor && before[other] > 0));
        const after = weightsWith(before, { [factor]: parts / 10_000 });
        expect(after[factor]).toBe(parts / 10_000);
        expect(FACTORS.reduce((sum, each) => sum + Math.round(after[each] * 10_000), 0)).toBe(10_000);
        for (const each of FACTORS) expect(after[each]).toBeGreaterThanOrEqual(0);
        for (const other of FACTORS) {
          if (other === factor || before[other] > 0) continue;
          expect(after[other]).toBe(0);
        }
      }),
    );
  });

  test('setting what is set already changes nothing', () => {
    const once = weightsWith(DEFAULT_POLICY.weights, { quality: 0.35 });
    expect(weightsWith(once, { quality: 0.35 })).toEqual(once);
  });

  test.each([
    [{ quality: 0.7, cost: 0.4 }, /more than 1/],
    [{ capability: 0.1, cost: 0.1, quality: 0.1, latency: 0.1, historical: 0.1 }, /leave 0\.5/],
  ])('%j is refused', (set, says) => {
    expect(() => weightsWith(DEFAULT_POLICY.weights, set)).toThrow(says);
  });
});
