/** `cost`: what was spent, foretold, suggested and exported, as people and programs see it. */

import { rollUpCosts } from '../../db/queries/cost';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';
import { MODELS, NORTH, SOUTH, WEST, workPolicy } from '../support/scenario';
import { insertSpent, type SpentCall } from '../support/spent';

beforeAll(commandPath, 180_000);

let box: Installation;
beforeEach(async () => {
  box = await install({
    models: MODELS,
    policy: workPolicy(),
    budgets: [{ id: 'global:month', period: 'month', limitNano: 1e9, timeZone: 'UTC' }],
  });
});
afterEach(() => box.end());

const cost = (...words: string[]) => signalbox(['cost', ...words], { env: { DATABASE_URL: box.databaseUrl } });
const DAY_MS = 86_400_000;
/** At this time of day, some days ago. */
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);

describe('what was spent', () => {
  beforeEach(() =>
    insertSpent(box.db, [
      {
        at: new Date('2026-03-02T10:00Z'),
        costNano: 5e7,
        scope: { team: 'search' },
        estimatedNano: 4e7,
        inputTokens: 900,
        cacheReadTokens: 100,
      },
      { at: new Date('2026-03-03T10:00Z'), costNano: 15e6, scope: { team: '=cmd()' }, model: SOUTH.id },
    ]),
  );

  test('by team, as data', async () => {
    const report = jsonOf(await cost('--period', '2026-03-01..2026-03-31', '--by', 'team', '--time-zone', 'Europe/Berlin', '--json'));
    expect(report).toEqual({
      period: { kind: 'days', from: '2026-02-28T23:00:00.000Z', to: '2026-03-31T22:00:00.000Z', timeZone: 'Europe/Berlin' },
      scope: 'global',
      by: 'team',
      total: {
        costUsd: 0.065,
        calls: 2,
        unpricedCalls: 0,
        inputTokens: 1_000,
        cacheReadTokens: 100,
        cacheWriteTokens: 0,
        outputTokens: 100,
        reasoningTokens: 0,
        comparedCalls: 1,
        inDoubtUsd: 0,
        replayUsd: 0,
        embeddedUsd: 0,
        cacheSavedUsd: 0,
        estimatedUsd: 0.04,
        comparedUsd: 0.05,
      },
      groups: [expect.objectContaining({ name: 'search', costUsd: 0.05 }), expect.objectContaining({ name: '=cmd()', costUsd: 0.015 })],
    });
  });

  test('by model, as a table with shares and how estimates did', async () => {
    const { stdout } = await cost('--period', '2026-03-01..2026-03-31');
    expect(stdout).toMatch(/^\$0\.0650 in 2026-03-01 to 2026-03-31 \(UTC\)\n/);
    expect(stdout).toMatch(/^model +cost +share +calls +input +cached +output +cache saved +estimate$/m);
    expect(stdout).toMatch(/^north\/small +\$0\.0500 +76\.9 % +1 +900 +100 +50 +\$0 +80\.0 %$/m);
    expect(stdout).toMatch(/^south\/middle +\$0\.0150 +23\.1 % +1 +100 +0 +50 +– +–$/m);
    expect(stdout).toContain('Estimated were $0.0400 for 1 call that cost $0.0500.');
  });

  test('today, in the time zone of the budget, is nothing, and that is said', async () => {
    const { exitCode, stdout } = await cost();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\$0 in the day \d{4}-\d\d-\d\d \(UTC\): no call was made\.\n$/);
    expect((await cost('--scope', 'team:nobody')).stdout).toMatch(/^\$0 of team "nobody" in the day .*: no call was made\.\n$/);
  });

  test.each([
    [['--period', 'year'], /Give day, week, month, or two days/],
    [['--period', '2026-02-30..2026-03-01'], /Give a day of the calendar/],
    [['--period', '2026-03-02..2026-03-01'], /2026-03-02 is after 2026-03-01/],
    [['--by', 'colour'], /Allowed choices are model, provider/],
    [['--time-zone', '+01:00'], /Not a time zone that we know/],
    [['--scope', 'team:'], /is not a scope/],
    [['--forecast', '--period', '2026-03-01..2026-03-31'], /A forecast is of the day, week or month/],
  ])('%j is refused', async (words, why) => {
    expect(await cost(...words)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(why) });
  });
});

describe('a forecast', () => {
  /** Three calls on each of the last 35 whole days, which cost 0.129 dollars together. */
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  const steady: SpentCall[] = Array.from({ length: 35 * 3 }, (_, place) => ({
    at: new Date(midnight - (place + 0.5) * 8 * 3_600_000),
    costNano: 4e7 + (place % 3) * 3e6,
  }));

  test('says what the month will have cost within which bounds, and when the budget will be spent', async () => {
    await insertSpent(box.db, steady);
    await rollUpCosts(box.db, 400);
    await box.db.sql`
      INSERT INTO budget_tracking (budget_id, period_start, period_end, spent_nano)
        SELECT id, date_trunc('month', now(), 'UTC'), date_trunc('month', now(), 'UTC') + interval '1 month', 9e8 FROM budgets`;
    const made = jsonOf<Record<string, number> & { path: { day: string; expectedUsd: number }[]; budgets: Record<string, unknown>[] }>(
      await cost('--forecast', '--json'),
    );
    expect(made).toMatchObject({ period: { kind: 'month' }, scope: 'global', confidence: 0.95 });
    expect(made.restsOnDays).toBeGreaterThanOrEqual(33);
    expect(made.lowUsd).toBeLessThanOrEqual(made.expectedUsd!);
    expect(made.highUsd).toBeGreaterThanOrEqual(made.expectedUsd!);
    expect(made.expectedUsd).toBeGreaterThanOrEqual(made.spentUsd!);
    const [today, tomorrow] = made.path;
    if (tomorrow !== undefined) expect(tomorrow.expectedUsd - today!.expectedUsd).toBeCloseTo(0.129, 3);
    expect(made.path[0]?.day).toBe(new Date().toISOString().slice(0, 10));
    expect(made.budgets).toMatchObject([{ id: 'global:month', spentUsd: 0.9 }]);
    if (tomorrow !== undefined) expect(made.budgets).toMatchObject([{ runsOut: { earliest: expect.anything() } }]); // not on the last evening
    const { stdout } = await cost('--forecast');
    expect(stdout).toMatch(
      /Until its end: \$[\d.]+, and with 95 % probability between \$[\d.]+ and \$[\d.]+, if it goes on as in the last \d+ days\./,
    );
    expect(stdout).toMatch(/The monthly budget of everyone, \$1\.00, (will be spent on|should last)/);
  });

  test('of too few days is not made, and that is said', async () => {
    await insertSpent(box.db, steady.slice(0, 9));
    expect(jsonOf(await cost('--forecast', '--json'))).toMatchObject({ expectedUsd: null, lowUsd: null, highUsd: null, path: [] });
    expect((await cost('--forecast', '--period', 'week')).stdout).toMatch(
      /A forecast needs 7 whole days with spending before today, and there are \d\./,
    );
  });
});

/** Debugging on the dear model, most of it; some on the cheap one, graded as well; and one class that only the dear one serves. */
async function insertTraffic(): Promise<void> {
  const dear = {
    model: WEST.id,
    taskClass: 'debugging/medium',
    costNano: 2e9,
    inputTokens: 1_000,
    outputTokens: 400,
  };
  const cheap = { ...dear, model: NORTH.id, costNano: 2e7 };
  const graded = (call: Omit<SpentCall, 'at'>, place: number, good: number): SpentCall => ({
    ...call,
    at: ago(1 + place / 100),
    score: place % 100 < good ? 1 : 0,
  });
  await insertSpent(box.db, [
    ...Array.from({ length: 300 }, (_, place) => graded(dear, place, 95)),
    ...Array.from({ length: 100 }, (_, place) => graded(cheap, place, 94)),
    ...Array.from({ length: 40 }, (_, place) => ({ ...dear, taskClass: 'creative/simple', at: ago(1 + place / 100) })),
    { ...dear, at: ago(1), costBasis: 'reserved' as const, costNano: 3e9 },
  ]);
}

/** A window that holds all of it, whatever the day of the month. */
const LATELY = (() => {
  const day = (instant: Date) => instant.toISOString().slice(0, 10);
  return `${day(ago(7))}..${day(new Date())}`;
})();

describe('suggestions', () => {
  test('name the model, the saving, the evidence and the tolerance, and the command that has it proved', async () => {
    await insertTraffic();
    const held = jsonOf<{ suggestions: { heldBy: object | null }[] }>(await cost('--suggest', '--json'));
    expect(held.suggestions[0]?.heldBy).toMatchObject({ by: 'spend' });
    expect((await cost('--suggest')).stdout).toMatch(/^ {2}A review would hold it \(spend\): Even \d+ pairs/m);
    const { review } = DEFAULT_POLICY;
    await box.apply({ policy: workPolicy({ review: { ...review, replay: { ...review.replay, capNanoUsd: 1e13, maxShareOfSaving: 1 } } }) });
    const found = jsonOf<{ suggestions: Record<string, unknown>[] }>(await cost('--suggest', '--json'));
    expect(found.suggestions[0]).toMatchObject({
      name: 'debugging/medium',
      tolerance: 0.05,
      toleranceLeft: 0.05,
      baseline: { model: WEST.id, quality: { graded: 300, raw: 0.95 } },
      models: [{ model: NORTH.id, costFrom: 'measured', costPerTaskUsd: 0.02, quality: { graded: 100, raw: 0.94 } }, expect.anything()],
      heldBy: null,
      command: 'signalbox review start --class debugging/medium',
    });
    const { stdout } = await cost('--suggest');
    expect(stdout).toMatch(/^About \$[\d.]+ a month, if what is cheaper is good enough\. Nothing is changed before/);
    expect(stdout).toMatch(
      /^ {2}north\/small: saves \$[\d.]+ a month by its own calls; success rate 9\d(\.\d)? % \(95 % interval .*, by 100 grades\); [\d.]+ % chance that it is good enough$/m,
    );
    expect(stdout).toMatch(/^ {2}.*It may lose 5 % of success\.$/m);
    expect(stdout).toMatch(/^ {2}signalbox review start --class debugging\/medium$/m);
  });

  test('are none without traffic, and that is said', async () => {
    expect((await cost('--suggest')).stdout).toMatch(/^No task has ended within the window of reviews/);
  });
});

describe('what if', () => {
  test('everything went to one model: its tokens at its prices, what stays, and what is known of its quality', async () => {
    await insertTraffic();
    const report = jsonOf<Record<string, unknown> & { classes: Record<string, unknown>[] }>(
      await cost('--what-if', `model=${NORTH.id}`, '--period', LATELY, '--json'),
    );
    // Of WEST's calls: 1,000 tokens at 1 and 400 at 5 dollars per million; NORTH's own stay as they were billed.
    expect(report).toMatchObject({
      calls: 440,
      actualUsd: 340 * 2 + 100 * 0.02,
      unknown: { calls: 1, costUsd: 3 },
      knownQuality: { same: 100 / 440, graded: 300 / 440, unknown: 40 / 440 },
    });
    expect(report.whatIfUsd).toBeCloseTo(340 * 0.003 + 100 * 0.02, 6);
    expect(report.classes).toMatchObject([
      {
        name: 'debugging/medium',
        calls: 400,
        model: NORTH.id,
        staysBecause: null,
        quality: { recorded: { model: WEST.id, graded: 300 }, whatIf: { graded: 100 } },
      },
      { name: 'creative/simple', calls: 40, model: NORTH.id, quality: { whatIf: { graded: 0 } } },
    ]);
    const { stdout } = await cost('--what-if', `model=${NORTH.id}`, '--period', LATELY);
    expect(stdout).toMatch(/^\$3\.02 instead of \$682\.00 for 440 calls in .*, 99\.6 % less\.$/m);
    expect(stdout).toContain(
      '22.7 % of these calls stay on their model, 68.2 % move to one whose quality on their class is known from grades, and of 9.1 % nobody knows.',
    );
    expect(stdout).toContain('1 call for $3.00 are left out');
  });

  test('one class went to another, and the others stayed', async () => {
    await insertTraffic();
    const { classes } = jsonOf<{ classes: Record<string, unknown>[] }>(
      await cost('--what-if', `creative/simple=${SOUTH.id}`, '--period', LATELY, '--json'),
    );
    expect(classes).toMatchObject([
      { name: 'debugging/medium', model: null, whatIfUsd: 602 },
      { name: 'creative/simple', model: SOUTH.id, whatIfUsd: expect.closeTo(40 * 0.006, 6) },
    ]);
  });

  test('a model may not serve a class: its calls stay, and why is said', async () => {
    await insertTraffic();
    await box.apply({ policy: workPolicy({ classes: { 'creative/simple': { approved: [WEST.id], tolerance: 0.05 } } }) });
    const report = jsonOf<{ classes: Record<string, unknown>[] }>(
      await cost('--what-if', `model=${NORTH.id}`, '--period', LATELY, '--json'),
    );
    expect(report.classes[1]).toMatchObject({
      name: 'creative/simple',
      actualUsd: 80,
      whatIfUsd: 80,
      model: null,
      staysBecause: expect.stringContaining('does not approve it'),
    });
  });

  test('another policy decided: every call is decided again, and the bounds of the sample are told', async () => {
    await insertTraffic();
    const folder = folderWith({
      'policy.yaml': `classes:\n  creative/simple: { route: { model: ${SOUTH.id} } }\n  debugging/medium: { route: { model: ${NORTH.id} } }\n`,
    });
    const report = jsonOf<Record<string, unknown>>(
      await signalbox(['cost', '--what-if', 'policy.yaml', '--period', LATELY, '--json'], {
        cwd: folder,
        env: { DATABASE_URL: box.databaseUrl },
      }),
    );
    expect(report).toMatchObject({
      file: 'policy.yaml',
      calls: 440,
      sample: {
        calls: 440,
        refused: 0,
        unpriced: 0,
        models: [
          { model: NORTH.id, recorded: 100, whatIf: 400 },
          { model: SOUTH.id, recorded: 0, whatIf: 40 },
          { model: WEST.id, recorded: 340, whatIf: 0 },
        ],
      },
      knownQuality: { same: 100 / 440, graded: 300 / 440, unknown: 40 / 440 },
    });
    // All calls are in the sample, so chance has no part in it.
    const expected = 300 * 0.003 + 100 * 0.02 + 40 * 0.006;
    for (const key of ['whatIfUsd', 'lowUsd', 'highUsd']) expect(report[key]).toBeCloseTo(expected, 6);
  });

  test.each([
    [['model=north/smal'], /There is no model "north\/smal"\. Did you mean/],
    [['=x'], /is not understood/],
    [['nothing.yaml'], /There is no file "nothing\.yaml"/],
    [['a.yaml', 'model=x'], /one policy\.yaml at a time/],
    [[`model=${NORTH.id}`, '--by', 'team'], /--by says nothing with --what-if/],
    [[`model=${NORTH.id}`, '--suggest'], /says nothing with/],
  ])('%j is refused', async (words, why) => {
    expect(await cost('--what-if', ...words)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(why) });
  });
});

describe('the export', () => {
  const spent: SpentCall[] = [
    {
      at: new Date('2026-03-02T10:00Z'),
      costNano: 5e7,
      scope: { team: '=cmd()', key: 'k1' },
      inputTokens: 900,
      cacheReadTokens: 100,
      outputTokens: 40,
    },
    { at: new Date('2026-03-02T11:00Z'), costNano: 1e7, scope: { team: '=cmd()', key: 'k1' } },
    { at: new Date('2026-03-02T23:30Z'), costNano: 3e7, model: SOUTH.id },
  ];
  const march = ['--period', '2026-03-01..2026-03-31', '--time-zone', 'Europe/Berlin'];

  test('as CSV has the names of FOCUS, a line for each day of the time zone, model and scope, and no formula', async () => {
    await insertSpent(box.db, spent);
    const { stdout, exitCode } = await cost('--export', 'csv', ...march);
    expect(exitCode).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,/);
    expect(lines).toEqual([
      `0.06,0.06,USD,2026-03-01T23:00:00.000Z,2026-03-02T23:00:00.000Z,Usage,2 calls of north/small for factual/simple,1190,Tokens,north,AI and Machine Learning,small,north/small,"'=cmd()","{""team"":""=cmd()"",""key"":""k1""}",factual/simple,work,,2,1000,100,0,90,0`,
      '0.03,0.03,USD,2026-03-02T23:00:00.000Z,2026-03-03T23:00:00.000Z,Usage,1 calls of south/middle for factual/simple,150,Tokens,south,AI and Machine Learning,middle,south/middle,,{},factual/simple,work,,1,100,0,0,50,0',
    ]);
  });

  test('as JSON is one list of the same, and sums to what was spent', async () => {
    await insertSpent(box.db, spent);
    const charges = JSON.parse((await cost('--export', 'json', ...march)).stdout) as { BilledCost: number; Tags: string }[];
    expect(charges.reduce((sum, { BilledCost }) => sum + BilledCost, 0)).toBeCloseTo(0.09, 9);
    expect(JSON.parse(charges[0]!.Tags)).toEqual({ team: '=cmd()', key: 'k1' });
    expect((await cost('--export', 'json', '--period', '2025-01-01..2025-01-02')).stdout).toBe('[]\n');
  });

  test('to a file says how many, and replaces none without being told to', async () => {
    await insertSpent(box.db, spent);
    const cwd = folderWith({});
    const write = (...words: string[]) =>
      signalbox(['cost', '--export', 'csv', ...march, '--out', 'charges.csv', ...words], { cwd, env: { DATABASE_URL: box.databaseUrl } });
    expect(jsonOf(await write('--json'))).toEqual({ file: 'charges.csv', format: 'csv', charges: 2 });
    expect(await write()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
    expect((await write('--force')).stdout).toBe('Wrote 2 charges to charges.csv.\n');
  });

  test.each([
    [['--export', 'pdf'], /Allowed choices are csv, json/],
    [['--export', 'csv', '--json'], /leave --json out/],
    [['--out', 'x.csv'], /--out says nothing with a report/],
  ])('%j is refused', async (words, why) => {
    expect(await cost(...words)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(why) });
  });
});
