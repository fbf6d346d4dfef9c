/** `budget`: one limit is changed in the user's file and in the stack, or nothing is; and what stands in the way is said. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { budgetRowsOf } from '../../client/stack/apply-rules';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install, installWithWorkers } from '../support/installation';
import { DEAREST, expectSoundLedger, LIMITS, NORTH, NORTH_NAME, routeOver, WORK, workPolicy } from '../support/scenario';
import { insertSpent } from '../support/spent';

const FILE = `# our rules
operator: ana
providers: { scripted: { models: { one: { prices: { input: 1, output: 2 } } } } }
budgets:
  - { scope: global, daily_usd: 50, monthly_usd: 500 } # agreed in March
  - scope: "team:search" # the big ones
    monthly_usd: 100
    time_zone: Europe/Berlin
# the end
`;

const DAY_OF_SEARCH = {
  id: 'team:search:day',
  scopeKind: 'team',
  scopeId: 'search',
  period: 'day',
  limitNano: 1e9,
  timeZone: 'Europe/Berlin',
  warnAt: 0.75,
} as const;

beforeAll(commandPath, 180_000);

const textOf = (cwd: string) => readFileSync(join(cwd, 'signalbox.yaml'), 'utf8');

describe('the file alone', () => {
  const set = (words: readonly string[], cwd: string) => signalbox(['budget', ...words, '--file-only', '--json'], { cwd });

  test.each([
    [['set-daily', '40'], 'daily_usd: 50', 'daily_usd: 40'],
    [['set-monthly', 'USD 400'], 'monthly_usd: 500', 'monthly_usd: 400'],
    [['set-monthly', 'USD', '400'], 'monthly_usd: 500', 'monthly_usd: 400'],
    [['set-per-request', '$0.5'], 'monthly_usd: 500 }', 'monthly_usd: 500, per_request_usd: 0.5 }'],
    [['set-daily', '10', '--scope', 'team:search'], '    time_zone: Europe/Berlin\n', '    time_zone: Europe/Berlin\n    daily_usd: 10\n'],
    [
      ['set-monthly', '90', '--scope', 'team:search', '--time-zone', 'UTC'],
      'monthly_usd: 100\n    time_zone: Europe/Berlin',
      'monthly_usd: 90\n    time_zone: UTC',
    ],
    [
      ['set-monthly', '20', '--scope', 'key:ci', '--soft', '--warn-at', '60%'],
      '# the end',
      '  - { scope: key:ci, monthly_usd: 20, hard: false, warn_at_monthly: 0.6 }\n# the end',
    ],
  ])('%j changes one thing, and leaves every other character as it is', async (words, before, after) => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(jsonOf(await set(words, cwd))).toMatchObject({
      file: 'signalbox.yaml',
      isChanged: true,
      isWritten: true,
      isApplied: false,
      budget: null,
    });
    expect(textOf(cwd)).toBe(FILE.replace(before, after));
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
  });

  test('the first budget of a file makes the list', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE.slice(0, FILE.indexOf('budgets:')) });
    await set(['set-daily', '5'], cwd);
    expect(textOf(cwd)).toMatch(/\nbudgets: \[\{ scope: global, daily_usd: 5 \}\]\n$/);
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
  });

  test.each([
    [['set-daily', 'EUR 5'], /"EUR 5" is not in US dollars, and Signalbox counts in no other currency/],
    [['set-daily', '5', 'EUR'], /"5 EUR" is not in US dollars/],
    [['set-daily', '--', '-5'], /"-5" is less than nothing/],
    [['set-daily', '-5'], /-5/],
    [['set-daily', 'NaN'], /"NaN" is not an amount of money/],
    [['set-daily', '600'], /A day may cost 600 and the whole month only 500/],
    [['set-per-request', '1', '--warn-at', '0.5'], /never fills up/],
    [['set-daily', '5', '--warn-at', '120%'], /share above 0, to 1/],
    [['set-daily', '5', '--time-zone', 'Mars/Olympus'], /Not a time zone that we know/],
    [['set-daily', '5', '--scope', 'search'], /"search" is not a scope/],
    [['set-daily', '5', '--hard', '--soft'], /cannot be used with/],
  ])('%j is refused, and the file stays', async (words, why) => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const ran = await signalbox(['budget', ...words], { cwd });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(why) });
    expect(textOf(cwd)).toBe(FILE);
  });

  test('without a file, it says how to get one', async () => {
    expect(await signalbox(['budget', 'set-daily', '5'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('signalbox init') });
  });
});

describe('a stack', () => {
  let box: Installation;
  beforeEach(async () => {
    const parsed = parseCatalogueFile(FILE, 'signalbox.yaml', loadPriceLibrary());
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    const policy = workPolicy({ classes: { work: routeOver([NORTH]) }, attempts: LIMITS });
    box = await install({ models: [NORTH], policy, budgets: budgetRowsOf(parsed.ok.budgets) });
  });
  afterEach(() => box.end());

  const run = (words: readonly string[], options: RunOptions = {}) =>
    signalbox(['budget', ...words], { env: { DATABASE_URL: box.databaseUrl }, ...options });
  const logged = () =>
    box.db.sql<{ actor: string; details: { before: unknown[]; after: { id: string; limitNano: number }[] } }[]>`
      SELECT actor, details FROM audit_log WHERE action = 'budgets.applied' ORDER BY seq DESC`;

  test('a change is in force, in the file and in the audit log with who made it; repeating it changes nothing', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const before = (await logged()).length;
    const set = ['set-daily', '40', '--json'];
    expect(jsonOf(await run([...set, '--as', 'ben'], { cwd }))).toMatchObject({
      isApplied: true,
      limitUsd: 40,
      budget: { id: 'global:day', limitUsd: 40, hard: true, spentUsd: 0, leftUsd: 40 },
    });
    const [entry, ...others] = await logged();
    expect(entry).toMatchObject({ actor: 'ben' });
    expect(entry?.details.after).toContainEqual(expect.objectContaining({ id: 'global:day', limitNano: 40e9 }));
    expect(others).toHaveLength(before);
    expect(jsonOf(await run(set, { cwd }))).toMatchObject({ isChanged: false, isApplied: false });
    expect(await logged()).toHaveLength(before + 1);
    expect(textOf(cwd)).toContain('daily_usd: 40');
  });

  test('--dry-run changes nothing, in the file or the stack', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect((await run(['set-daily', '40', '--dry-run'], { cwd })).stdout).toMatch(/would be changed; nothing was/);
    expect(textOf(cwd)).toBe(FILE);
    expect(jsonOf<{ limitUsd: number }[]>(await run(['show', '--scope', 'global', '--json']))[0]).toMatchObject({ limitUsd: 50 });
  });

  test('a stack whose budgets are not what the file said is left alone, unless the whole file is meant', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE.replace('monthly_usd: 100', 'monthly_usd: 70') });
    const refused = await run(['set-daily', '40'], { cwd });
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('add --yes') });
    expect(textOf(cwd)).not.toContain('daily_usd: 40');
    expect((await run(['set-daily', '40', '--yes'], { cwd })).exitCode).toBe(0);
  });

  test('show tells what is spent, left and renews, in the zone of each budget', async () => {
    const ofOneCall = await run(['set-per-request', '0.5', '--json'], { cwd: folderWith({ 'signalbox.yaml': FILE }) });
    expect(jsonOf(ofOneCall)).toMatchObject({ budget: { id: 'global:request', limitUsd: 0.5, leftUsd: null, renewsAt: null } });
    await insertSpent(box.db, [{ at: new Date(), costNano: 1 }]); // costs without a reservation are not the budget's
    const budgets = jsonOf<Record<string, unknown>[]>(await run(['show', '--json']));
    expect(budgets.map(({ id }) => id)).toEqual(['global:request', 'global:day', 'global:month', 'team:search:month']);
    expect(budgets[3]).toMatchObject({
      scope: 'team:search',
      period: 'month',
      limitUsd: 100,
      hard: true,
      timeZone: 'Europe/Berlin',
      warnAt: 0.8,
      spentUsd: 0,
      reservedUsd: 0,
      leftUsd: 100,
      renewsAt: expect.stringMatching(/^\d{4}-\d\d-(30|31|28|29)T2[23]:00/),
      warnedAt: null,
    });
    expect((await run(['show'])).stdout).toMatch(
      /team:search +month +\$100.00 +\$0 +\$0 +\$100.00 +0 % +refuses +at 80 % +\d{4}-\d\d-01 00:00 Europe\/Berlin/,
    );
    expect(await run(['show', '--scope', 'team:none'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('Nothing limits'),
    });
  });
});

test('a limit may be lowered below what is spent: it says so, refuses from then on, and the refusal says which, how much and until when', async () => {
  const box = await installWithWorkers({
    models: [NORTH],
    policy: workPolicy({ classes: { work: routeOver([NORTH]) } }),
    budgets: [DAY_OF_SEARCH],
  });
  try {
    box.script({ models: { [NORTH_NAME]: [DEAREST] } });
    const task = { ...WORK, scope: { team: 'search' } };
    expect(await box.run(task)).toMatchObject({ outcome: 'completed' });
    const cwd = folderWith({
      'signalbox.yaml': `providers: { scripted: { models: { one: { prices: { input: 1, output: 2 } } } } }
budgets: [{ scope: "team:search", daily_usd: 1, time_zone: Europe/Berlin }]
`,
    });
    const env = { DATABASE_URL: box.databaseUrl };
    const lowered = await signalbox(['budget', 'set-daily', '0.0001', '--scope', 'team:search'], { cwd, env });
    expect(lowered.exitCode).toBe(0);
    expect(lowered.stdout).toMatch(
      /^The daily budget of team "search": \$0\.0001, in force for every call from now on .*\n\$0\.00\d+ of it are spent\. Every further call that costs anything is refused until it renews at .* UTC\.\n$/,
    );
    const refused = await box.run(task);
    expect(refused).toMatchObject({ outcome: 'refused', costUsd: 0 });
    expect(refused.reason).toMatch(
      /the daily budget of team "search": \$0 of \$0\.0001\. It renews at \d{4}-\d\d-\d\d 2[23]:00 UTC \(the next day in Europe\/Berlin\)\. Wait, choose a cheaper model, or raise the limit/,
    );
    const [budget] = jsonOf<Record<string, number>[]>(await signalbox(['budget', 'show', '--json'], { env }));
    expect(budget?.leftUsd).toBeLessThan(0);
    await expectSoundLedger(box);
  } finally {
    await box.end();
  }
});
