/** `reset` and `fallback`: what was learnt, who is left alone, and that money and records stay. */

import { auditLedger } from '../../db/queries/audit-ledger';
import { verifyAudit } from '../../db/queries/audit-log';
import { commandPath, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';
import { MODELS, NORTH, NORTH_NAME, SOUTH, WORK, workPolicy } from '../support/scenario';

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({
    models: MODELS,
    policy: workPolicy({ coolDown: { failures: 2, baseMs: 600_000, maxMs: 600_000 } }),
  });
}, 180_000);

afterAll(() => stack.end());

const run = (words: readonly string[], options: RunOptions = {}) => signalbox(words, { ...options, env: stack.environment });

interface Fallbacks {
  readonly hours: number;
  readonly chains: readonly {
    readonly taskClass: string;
    readonly tasks: number;
    readonly models: readonly { readonly model: string; readonly successRate: number | null }[];
  }[];
  readonly breakers: readonly { readonly model: string; readonly state: string }[];
  readonly rateLimits: readonly { readonly model: string; readonly times: number }[];
}

test('a route that no task has taken is shown with its chain', async () => {
  const { chains, breakers } = jsonOf<Fallbacks>(await run(['fallback', '--json']));
  expect(chains).toEqual([
    {
      ...{ taskClass: 'work', tasks: 0, ended: 0, completed: 0, fellBack: 0 },
      models: MODELS.map(({ id }) => ({ model: id, calls: 0, answered: 0, successRate: null })),
    },
  ]);
  expect(breakers).toEqual([]);
  expect((await run(['fallback'])).stdout).toMatch(
    /^Chains of the last 24 hours\n(.|\n)*Fallbacks\n +none\n\nModels left alone\n +none\n\nRate limits\n +none\n$/,
  );
});

test('fallback shows chains with success rates, why tasks fell back, who is left alone, and rate limits', async () => {
  await stack.run(WORK);
  stack.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'rate-limited', retryAfterMs: 60_000 }], '*': [{ kind: 'answer' }] } });
  await stack.run(WORK);
  stack.script({ models: { [NORTH_NAME]: [{ kind: 'fault', fault: 'server-error' }], '*': [{ kind: 'answer' }] } });
  await stack.run(WORK);
  const found = jsonOf<Fallbacks>(await run(['fallback', '--hours', '1', '--json']));
  expect(found).toEqual({
    hours: 1,
    chains: [
      {
        ...{ taskClass: 'work', tasks: 3, ended: 3, completed: 3, fellBack: 2 },
        models: [
          { model: NORTH.id, calls: 4, answered: 1, successRate: 0.25 },
          { model: SOUTH.id, calls: 2, answered: 2, successRate: 1 },
          { model: MODELS[2].id, calls: 0, answered: 0, successRate: null },
        ],
      },
    ],
    fallbacks: [
      { fromModel: NORTH.id, toModel: SOUTH.id, failureClass: 'rate-limited', times: 1 },
      { fromModel: NORTH.id, toModel: SOUTH.id, failureClass: 'server-error', times: 1 },
    ],
    breakers: [{ model: NORTH.id, state: 'open', until: expect.any(String), trips: 1 }],
    rateLimits: [{ model: NORTH.id, kind: 'rate-limited', times: 1, lastAt: expect.any(String), longestRetryAfterMs: 60_000 }],
  });
  const { stdout, stderr } = await run(['fallback']);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/class +tasks +answered +fell back +chain +calls +success\n/);
  expect(stdout).toMatch(/work +3 +100 % +66\.7 % +1\. north\/small +4 +25\.0 %\n +2\. south\/middle +2 +100 %\n/);
  expect(stdout).toMatch(/north\/small +open +\d{4}-\d\d-\d\d/);
});

test.each([
  ['stats', /Nobody is here to confirm/],
  ['circuit', /Nobody is here to confirm/],
  ['cache', /Nobody is here to confirm/],
])('reset %s does nothing that nobody confirmed', async (what, says) => {
  const before = await state();
  const ran = await run(['reset', what, '--json']);
  expect(ran.exitCode).toBe(2);
  expect(jsonOf(ran)).toEqual({ error: { code: 'bad_argument', message: expect.stringMatching(says) } });
  expect(await state()).toEqual(before);
});

/** What a reset may change, and how long the audit log is. */
async function state() {
  const [row] = await stack.db.sql`
    SELECT (SELECT count(*) FROM ratings) AS ratings, (SELECT count(*) FROM model_performance) AS averages, (SELECT count(*) FROM model_health) AS health,
      (SELECT epoch FROM cache_epoch) AS epoch, (SELECT max(seq) FROM audit_log) AS entries`;
  return row;
}

const lastEntry = async () => (await stack.db.sql`SELECT actor, action, subject, details FROM audit_log ORDER BY seq DESC LIMIT 1`)[0];

test('reset circuit has a model called again, and says who did it', async () => {
  const wrong = await run(['reset', 'circuit', 'north/smal', '--yes', '--json']);
  expect(jsonOf(wrong)).toMatchObject({
    error: { code: 'unknown_model', message: expect.stringContaining('Did you mean "north/small"?') },
  });
  expect(jsonOf(await run(['reset', 'circuit', SOUTH.id, '--yes', '--as', 'ana', '--json']))).toEqual({ models: 0, actor: 'ana' });
  expect(jsonOf<Fallbacks>(await run(['fallback', '--json'])).breakers).toHaveLength(1);
  expect((await run(['reset', 'circuit', '--yes', '--as', 'ana'])).stdout).toBe('Forgot the failures of 1 model.\n');
  expect(jsonOf<Fallbacks>(await run(['fallback', '--json'])).breakers).toEqual([]);
  expect(await lastEntry()).toEqual({ actor: 'ana', action: 'circuit.reset', subject: 'all', details: { models: 1 } });
  stack.script({});
  expect((await stack.run(WORK)).model).toBe(NORTH.id);
});

test('reset stats forgets what was learnt, and nothing of what was spent and recorded', async () => {
  await stack.client.rate({ score: 5 });
  await stack.client.rate({ score: 4, model: SOUTH.id });
  const costs = () => stack.db.sql`SELECT count(*)::integer AS rows, sum(cost_nano)::float8 AS cost FROM cost_tracking`;
  const before = await costs();
  expect(jsonOf(await run(['reset', 'stats', '--yes', '--as', 'ben', '--json']))).toEqual({
    ratings: 2,
    averages: expect.any(Number),
    actor: 'ben',
  });
  expect(await state()).toMatchObject({ ratings: '0', averages: '0' });
  expect(await costs()).toEqual(before);
  expect(await lastEntry()).toMatchObject({ actor: 'ben', action: 'stats.reset', details: { ratings: 2 } });
  await stack.client.rate({ score: 5, model: NORTH.id });
  expect(jsonOf<{ models: { model: string; ewma: number }[] }>(await run(['stats', '--json'])).models[0]).toMatchObject({
    model: NORTH.id,
    ewma: expect.closeTo(3.6, 9),
    ratings: 1,
  });
});

test('reset cache reaches the workers with their next task', async () => {
  const { epoch } = (await state()) as { epoch: string };
  expect(jsonOf(await run(['reset', 'cache', '--yes', '--as', 'ana', '--json']))).toEqual({ epoch: Number(epoch) + 1, actor: 'ana' });
  expect((await stack.run(WORK)).outcome).toBe('completed');
});

test('after all that the ledger adds up and the audit log verifies', async () => {
  const { checks } = await auditLedger(stack.db, { billed: [] });
  expect(checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  expect((await verifyAudit(stack.db)).firstBad).toBeUndefined();
});
