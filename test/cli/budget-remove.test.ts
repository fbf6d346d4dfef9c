/** `budget remove`, and budgets that the environment says: one limit goes, what was counted stays, and a variable that wins is named. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueFrom } from '../../client/config/overridden-rules';
import { environmentOverrides } from '../../client/config/variables';
import { budgetRowsOf } from '../../client/stack/apply-rules';
import { nanoToUsd } from '../../routing/units';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';
import { type Installation, install, installWithWorkers } from '../support/installation';
import { until } from '../support/processes';
import { DEAREST, expectSoundLedger, LIMITS, NORTH, NORTH_NAME, RESERVED, routeOver, WORK, workPolicy } from '../support/scenario';

const FILE = `# our rules
operator: ana
providers: { scripted: { models: { one: { prices: { input: 1, output: 2 } } } } }
budgets:
  - { scope: global, daily_usd: 50, monthly_usd: 500, warn_at_daily: 0.5 } # agreed in March
  - scope: "team:search" # the big ones
    monthly_usd: 100
    time_zone: Europe/Berlin
# the end
`;

beforeAll(commandPath, 180_000);

const textOf = (cwd: string) => readFileSync(join(cwd, 'signalbox.yaml'), 'utf8');

describe('the file alone', () => {
  const remove = (words: readonly string[], cwd: string) => signalbox(['budget', 'remove', ...words, '--file-only', '--json'], { cwd });

  test.each([
    [['daily'], 'daily_usd: 50, monthly_usd: 500, warn_at_daily: 0.5 }', 'monthly_usd: 500 }'],
    [['monthly'], 'monthly_usd: 500, ', ''],
    [['monthly', '--scope', 'team:search'], / {2}- scope: "team:search".*?Berlin\n/s, ''],
  ])('%j takes one limit out, and leaves every other character as it is', async (words, before, after) => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(jsonOf(await remove(words, cwd))).toMatchObject({ isChanged: true, isWritten: true, isApplied: false });
    expect(textOf(cwd)).toBe(FILE.replace(before, after));
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
    expect(jsonOf(await remove(words, cwd))).toMatchObject({ isChanged: false, isWritten: false });
  });

  test('the list goes with the last limit', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    for (const words of [['daily'], ['monthly'], ['monthly', '--scope', 'team:search']]) await remove(words, cwd);
    expect(textOf(cwd)).toBe(FILE.replace(/budgets:.*(?=# the end)/s, ''));
    expect((await signalbox(['config', 'check'], { cwd })).exitCode).toBe(0);
  });

  test('what cannot be meant is refused, and what is not there changes nothing', async () => {
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(await signalbox(['budget', 'remove', 'weekly'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('per-request'),
    });
    expect((await signalbox(['budget', 'remove', 'per-request', '--file-only'], { cwd })).stdout).toBe(
      'signalbox.yaml has no such limit (the limit per request of everyone); nothing was changed.\n',
    );
    expect(await signalbox(['budget', 'remove', 'daily'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('signalbox init'),
    });
  });
});

describe('a stack', () => {
  let box: Installation;
  afterEach(() => box.end());

  const start = async (environment: Readonly<Record<string, string>> = {}) => {
    const { budgets } = catalogueFrom({ text: FILE, name: 'signalbox.yaml' }, environmentOverrides(environment));
    const policy = workPolicy({ classes: { work: routeOver([NORTH]) }, attempts: LIMITS });
    box = await install({ models: [NORTH], policy, budgets: budgetRowsOf(budgets) });
  };
  const run = (words: readonly string[], cwd: string, environment: Readonly<Record<string, string>> = {}) =>
    signalbox(['budget', ...words], { env: { DATABASE_URL: box.databaseUrl, ...environment }, cwd });
  const idsInForce = async () => jsonOf<{ id: string }[]>(await run(['show', '--json'], folderWith({}))).map(({ id }) => id);

  test('a limit that is removed is out of force, out of the file, and in the audit log with who did it', async () => {
    await start();
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect((await run(['remove', 'daily', '--dry-run'], cwd)).stdout).toMatch(/would be without it; nothing was changed/);
    expect(await idsInForce()).toContain('global:day');
    const removed = await run(['remove', 'daily', '--as', 'ben', '--json'], cwd);
    expect(jsonOf(removed)).toEqual({
      ...{ file: 'signalbox.yaml', isChanged: true, isWritten: true, isApplied: true, scope: 'global', period: 'day' },
    });
    expect(await idsInForce()).toEqual(['global:month', 'team:search:month']);
    const [entry] = await box.db.sql<{ actor: string; details: { before: { id: string }[]; after: { id: string }[] } }[]>`
      SELECT actor, details FROM audit_log WHERE action = 'budgets.applied' ORDER BY seq DESC LIMIT 1`;
    expect(entry?.actor).toBe('ben');
    expect(entry?.details.before.map(({ id }) => id)).toContain('global:day');
    expect(entry?.details.after.map(({ id }) => id)).not.toContain('global:day');
    expect(jsonOf(await run(['remove', 'daily', '--json'], cwd))).toMatchObject({ isChanged: false, isApplied: false });
  });

  test('what the environment adds is part of what is in force, so a change of something else passes', async () => {
    const environment = { ROUTING_DAILY_BUDGET: '20' };
    await start(environment);
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect(await run(['set-monthly', '400'], cwd)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('ROUTING_ variables') });
    expect(jsonOf(await run(['set-monthly', '400', '--json'], cwd, environment))).toMatchObject({
      isApplied: true,
      budget: { limitUsd: 400 },
    });
    expect(jsonOf<{ id: string; limitUsd: number }[]>(await run(['show', '--json'], cwd))).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'global:day', limitUsd: 20 })]),
    );
    expect(textOf(cwd)).toContain('daily_usd: 50, monthly_usd: 400');
  });

  test.each([
    [['set-daily', '40'], 'ROUTING_DAILY_BUDGET'],
    [['remove', 'daily'], 'ROUTING_DAILY_BUDGET'],
    [['set-per-request', '1', '--dry-run'], 'ROUTING_PER_REQUEST_LIMIT'],
  ])('%j is refused while a variable says it, and the variable is named', async (words, variable) => {
    const environment = { [variable]: '20' };
    await start(environment);
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    const refused = await run([...words, '--json'], cwd, environment);
    expect(refused.exitCode).toBe(2);
    expect(jsonOf(refused)).toEqual({ error: { code: 'set_by_environment', message: expect.stringContaining(`unset ${variable}`) } });
    expect(textOf(cwd)).toBe(FILE);
    // Of another scope, the variable says nothing.
    expect((await run(['set-daily', '5', '--scope', 'team:search', '--json'], cwd, environment)).exitCode).toBe(0);
  });

  test('under a variable, the file alone can be changed', async () => {
    await start();
    const cwd = folderWith({ 'signalbox.yaml': FILE });
    expect((await run(['set-daily', '40', '--file-only'], cwd, { ROUTING_DAILY_BUDGET: '20' })).exitCode).toBe(0);
    expect(textOf(cwd)).toContain('daily_usd: 40');
  });
});

test('money that is reserved when its limit goes is settled as if it had stayed, and counts when the limit comes back', async () => {
  const box = await installWithWorkers({
    models: [NORTH],
    policy: workPolicy({ classes: { work: routeOver([NORTH]) } }),
    budgets: [{ id: 'global:day', scopeKind: 'global', scopeId: '', period: 'day', limitNano: 1e9, timeZone: 'UTC', warnAt: 0.75 }],
  });
  try {
    box.script({ models: { [NORTH_NAME]: [{ ...DEAREST, latencyMs: 3_000 }] } });
    const cwd = folderWith({
      'signalbox.yaml': 'providers: { scripted: { models: { one: {} } } }\nbudgets: [{ scope: global, daily_usd: 1 }]\n',
    });
    const budget = async (words: readonly string[]) =>
      signalbox(['budget', ...words, '--json'], { cwd, env: { DATABASE_URL: box.databaseUrl } });
    const ended = box.run(WORK);
    const reservedUsd = async () => jsonOf<{ reservedUsd: number }[]>(await budget(['show']))[0]?.reservedUsd;
    await until(async () => (await reservedUsd()) === nanoToUsd(RESERVED), 'the money is reserved');
    expect(jsonOf(await budget(['remove', 'daily']))).toMatchObject({ isApplied: true });
    expect(await ended).toMatchObject({ outcome: 'completed' });
    expect(await box.run(WORK)).toMatchObject({ outcome: 'completed' });
    const spentUsd = nanoToUsd(2 * RESERVED);
    expect(jsonOf(await budget(['set-daily', '1']))).toMatchObject({ budget: { spentUsd, reservedUsd: 0, limitUsd: 1 } });
    await expectSoundLedger(box);
  } finally {
    await box.end();
  }
});
