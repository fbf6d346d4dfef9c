/** `slots` of signalbox.yaml: what comes out of it, and what is said of a mistake. */

import { storedCatalogueFromJson, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { DEFAULT_FORMULA } from '../../routing/slots/expected-value';

const PROVIDERS = 'providers: { local: { kind: scripted, models: { small: {}, large: { cost_tier: premium } } } }\n';

function read(slots: string) {
  const parsed = parseCatalogueFile(`${PROVIDERS}${slots}`, 'signalbox.yaml', loadPriceLibrary());
  return 'ok' in parsed
    ? { config: parsed.ok, problems: [] }
    : { config: undefined, problems: parsed.problems.map(({ path, message }) => `${path}: ${message}`) };
}

test('an account has the defaults where the file is silent', () => {
  const { config } = read('slots: { accounts: [{ id: seat, models: [local/small], windows: [{ per: day, usd: 2 }] }] }');
  expect(config?.slots).toEqual({
    mode: 'act',
    patienceMs: 900_000,
    leaseMs: 60_000,
    formula: DEFAULT_FORMULA,
    groupPriorities: {},
    accounts: [
      {
        id: 'seat',
        models: ['local/small'],
        concurrency: 1,
        timeZone: 'UTC',
        windows: [{ per: 'day', spendNanoUsd: 2e9, safetyRate: 0.9 }],
      },
    ],
  });
});

test('slots are stored with the catalogue, and a catalogue without any has the version that it had before there were any', () => {
  const plain = read('').config;
  const withSlots = read('slots: { accounts: [{ id: seat, models: [local/small] }] }').config;
  if (plain === undefined || withSlots === undefined) throw new Error('They are valid.');
  expect(storedCatalogueToJson(plain)).not.toHaveProperty('slots');
  expect(withSlots.catalogue.version).not.toBe(plain.catalogue.version);
  const back = storedCatalogueFromJson(JSON.parse(JSON.stringify(storedCatalogueToJson(withSlots))));
  expect(back).toMatchObject({ slots: withSlots.slots, catalogue: { version: withSlots.catalogue.version } });
});

test('a formula that is declared is all there is', () => {
  const { config } = read('slots: { value: { base: 2, by_team: { search: 3 } } }');
  expect(config?.slots?.formula).toEqual({ ...DEFAULT_FORMULA, base: 2, perPriorityPoint: 0, byTeam: { search: 3 } });
});

test('learning is off unless it is asked for, and gives way to a formula that is declared', () => {
  const of = (value: string) => read(`slots: { value: ${value} }`).config?.slots;
  expect(of('{}')).not.toHaveProperty('learned');
  expect(of('{ learned: {} }')).toMatchObject({
    formula: DEFAULT_FORMULA,
    learned: { leastTasks: 10, days: 30, isAfterFormula: false },
  });
  expect(of('{ learned: { least_tasks: 25, days: 90 }, by_team: { search: 3 } }')?.learned).toEqual({
    leastTasks: 25,
    days: 90,
    isAfterFormula: true,
  });
  const { config } = read('slots: { value: { learned: {} } }');
  if (config === undefined) throw new Error('It is valid.');
  expect(storedCatalogueFromJson(JSON.parse(JSON.stringify(storedCatalogueToJson(config)))).slots).toEqual(config.slots);
});

test.each([
  [
    '{ accounts: [{ id: a, models: [local/smal] }] }',
    'slots.accounts[0].models[0]: "local/smal" is not in the catalogue. Did you mean "local/small"?',
  ],
  ['{ accounts: [{ id: a, models: [local/small, local/small] }] }', 'slots.accounts[0].models[1]: "local/small" is here twice. Keep one.'],
  [
    '{ accounts: [{ id: a, models: [local/small] }, { id: a, models: [local/large] }] }',
    'slots.accounts[1].id: There is another account "a" above. Give each its own name.',
  ],
  [
    '{ accounts: [{ id: a, models: [local/small], windows: [{ per: day }, { per: day }] }] }',
    'slots.accounts[0].windows[1].per: There is another window for "day" above. Put all limits of a period into one entry.',
  ],
  ['{ accounts: [{ id: a, models: [local/small], concurrency: 0 }] }', 'slots.accounts[0].concurrency: Must be at least 1, not 0.'],
  [
    '{ accounts: [{ id: a, models: [local/small], windows: [{ per: month }] }] }',
    'slots.accounts[0].windows[0].per: "month" is not one of minute, five_hours, day, week.',
  ],
  [
    '{ accounts: [{ id: a, models: [local/small], windows: [{ per: day, safety: 0 }] }] }',
    'slots.accounts[0].windows[0].safety: Must be more than 0, not 0.',
  ],
  [
    '{ accounts: [{ id: a b, models: [local/small] }] }',
    'slots.accounts[0].id: An account is named with letters, digits, ".", "_" and "-"; at most 64 of them.',
  ],
  [
    '{ group_priorities: { search: 95 } }',
    'slots.group_priorities.search: A group is written "team:NAME", "project:NAME" or "layer:NAME".',
  ],
  ['{ group_priorities: { "team:search": 101 } }', 'slots.group_priorities.team:search: Must be at most 100, not 101.'],
  ['{ value: { base: .nan } }', 'slots.value.base: NaN is not a finite number.'],
  ['{ value: { base: .inf } }', 'slots.value.base: Infinity is not a finite number.'],
  ['{ value: { by_type: { debuging: 1 } } }', 'slots.value.by_type.debuging:'],
  ['{ value: { learned: true } }', 'slots.value.learned:'],
  ['{ value: { learned: { least_tasks: 1 } } }', 'slots.value.learned.least_tasks: Must be at least 2, not 1.'],
  ['{ value: { learned: { days: 91 } } }', 'slots.value.learned.days: Must be at most 90, not 91.'],
  ['{ mode: on }', 'slots.mode: "on" is not one of act, observe, off.'],
])('%s is refused with its place and what to do', (slots, message) => {
  const { problems } = read(`slots: ${slots}`);
  expect(problems.join('\n')).toContain(message);
});
