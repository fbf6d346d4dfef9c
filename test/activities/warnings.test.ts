/** Warnings of budgets: each crossing once, in the tables, the audit log and at the webhooks, whatever happens on the way. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { warnInUpkeep } from '../../activities/warnings/warn';
import { connect, type Database } from '../../db/connect';
import { auditLedger } from '../../db/queries/audit-ledger';
import { applyWebhooks } from '../../db/queries/warnings';
import { addBudgets, applyLedgerRules, budgetOf, decided, open, settle } from '../db/ledger-moves';
import { createTestDatabase, type TestDatabase } from '../support/database';

let database: TestDatabase;
let db: Database;
const NOW = Date.UTC(2026, 10, 21, 9, 30);
const SECRET = 'correct horse battery staple';

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 6 });
  await applyLedgerRules(db);
});
afterEach(async () => {
  expect((await auditLedger(db)).checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
  await db.close();
  await database.drop();
});

const round = (secret: (name: string) => string | undefined = () => SECRET) => warnInUpkeep({ db, now: () => NOW, secret });

/** Spends money of a team. */
async function spend(costNano: number, team = 'search'): Promise<void> {
  const task = await decided(db);
  await open(db, task, { scope: { team }, amountNano: costNano });
  await settle(db, task, { scope: { team }, costNano });
}

const warned = () =>
  db.sql<{ budget: string; limit: number; spent: number }[]>`
    SELECT budget_id AS budget, limit_nano::integer AS "limit", spent_nano::integer AS spent FROM budget_warnings ORDER BY at`;

describe('a crossing', () => {
  test('is told once in its period, with an entry in the audit log', async () => {
    await addBudgets(db, budgetOf('search', { timeZone: 'Europe/Berlin' }));
    await spend(749);
    expect((await round()).warnings).toEqual([]);
    await spend(1);
    expect((await round()).warnings).toEqual([
      expect.stringMatching(
        /^The daily budget of team "search" is at 75 %: .* are spent\. It renews at \d{4}-\d\d-\d\d 2[23]:00 UTC\. When it is spent, calls are refused\.$/,
      ),
    ]);
    await spend(100);
    expect((await round()).warnings).toEqual([]);
    expect(await db.sql`SELECT subject, details->>'spentNano' AS spent FROM audit_log WHERE action = 'budget.warned'`).toEqual([
      { subject: 'team:search:day', spent: '750' },
    ]);
  });

  test('is told once, however many look at the same time', async () => {
    await addBudgets(db, budgetOf('search'));
    await spend(900);
    const rounds = await Promise.all(Array.from({ length: 6 }, () => round()));
    expect(rounds.flatMap(({ warnings }) => warnings)).toHaveLength(1);
    expect(await warned()).toHaveLength(1);
  });

  test('is told again for another line: a limit that was raised, and one that was lowered below what is spent', async () => {
    const budget = budgetOf('search');
    await addBudgets(db, budget);
    await spend(800);
    await round();
    await addBudgets(db, { ...budget, limitNano: 2_000 });
    expect((await round()).warnings).toEqual([]);
    await spend(700);
    expect((await round()).warnings).toHaveLength(1);
    await addBudgets(db, { ...budget, limitNano: 500 });
    expect((await round()).warnings).toEqual([expect.stringContaining('is at 300 %')]);
    expect(await warned()).toMatchObject([
      { limit: 1_000, spent: 800 },
      { limit: 2_000, spent: 1_500 },
      { limit: 500, spent: 1_500 },
    ]);
  });

  test('of a day and of a month are two, each at its own line; a soft limit warns and refuses nothing', async () => {
    const month = budgetOf('search', { id: 'team:search:month', period: 'month', limitNano: 1_000, warnAt: 0.8, hard: false });
    await addBudgets(db, budgetOf('search', { warnAt: 0.75, hard: false }), month);
    await spend(760);
    expect((await round()).warnings).toEqual([expect.stringMatching(/^The daily budget of team "search" is at 76 %/)]);
    await spend(500);
    const { warnings } = await round();
    expect(warnings).toEqual([expect.stringMatching(/^The monthly budget of team "search" is at 126 %.*UTC\.$/)]);
  });

  test('in the last seconds of a day is told in the next', async () => {
    await addBudgets(db, budgetOf('search'));
    await spend(800);
    await db.sql`UPDATE budget_tracking SET period_start = period_start - interval '1 day', period_end = period_end - interval '1 day'`;
    expect((await round()).warnings).toHaveLength(1);
  });

  test('of a limit per request, and of a budget of which nothing is spent, does not exist', async () => {
    await addBudgets(
      db,
      budgetOf('search', { limitNano: 0 }),
      budgetOf('ads', { period: 'request', id: 'team:ads:request', limitNano: 1_000 }),
    );
    await spend(990, 'ads');
    expect((await round()).warnings).toEqual([]);
  });
});

describe('a webhook', () => {
  interface Received {
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }
  let server: Server;
  let received: Received[];
  /** Statuses that it answers with, the last one for ever; 0: it hangs up. */
  let answers: number[];
  let url: string;

  beforeEach(async () => {
    received = [];
    answers = [204];
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        const status = answers.length > 1 ? answers.shift() : answers[0];
        if (status === 0) return request.socket.destroy();
        response.writeHead(status ?? 204, status === 302 ? { location: url } : {}).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/warnings`;
    await addBudgets(db, budgetOf('search'));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const configure = (changes: object = {}) =>
    applyWebhooks(db, [{ url, secretEnv: 'HOOK_SECRET', allowPrivateNetwork: true, ...changes }], 'ana');
  const deliveries = () =>
    db.sql<{ state: string; tries: number; problem: string | null; waitS: number }[]>`
      SELECT state, tries, last_problem AS problem, round(extract(epoch FROM next_at - now()))::integer AS "waitS" FROM webhook_deliveries`;
  const makeDue = () => db.sql`UPDATE webhook_deliveries SET next_at = now()`;

  test('gets the figures of the budget and nothing of any task, signed with a time', async () => {
    await configure();
    await spend(800);
    await round((name) => (name === 'HOOK_SECRET' ? SECRET : undefined));
    expect(received).toHaveLength(1);
    const { headers, body } = received[0]!;
    expect(JSON.parse(body)).toEqual({
      id: headers['signalbox-event'],
      kind: 'budget.warning',
      at: expect.any(String),
      text: expect.stringContaining('team "search"'),
      budget: { id: 'team:search:day', scope: 'team:search', period: 'day', hard: true, timeZone: 'UTC', limitUsd: 0.000001, warnAt: 0.75 },
      spentUsd: 0.0000008,
      periodStart: expect.any(String),
      renewsAt: expect.any(String),
    });
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['signalbox-signature'])) ?? [];
    expect(Number(seconds)).toBe(NOW / 1_000);
    const expected = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest();
    expect(timingSafeEqual(expected, Buffer.from(signature ?? '', 'hex'))).toBe(true);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', tries: 1, problem: null }]);
    await makeDue();
    await round();
    expect(received).toHaveLength(1);
  });

  test.each([
    [500, 'it answered with status 500'],
    [302, 'it points to another address, and redirects are not followed'],
    [0, 'it could not be reached'],
  ])('that answers %d is tried again after a wait that doubles, under the same id', async (status, problem) => {
    await configure();
    await spend(800);
    answers = [status, status, 200];
    await round();
    expect(await deliveries()).toMatchObject([{ state: 'waiting', tries: 1, problem: expect.stringContaining(problem), waitS: 30 }]);
    await round(); // not due yet
    expect(received).toHaveLength(1);
    await makeDue();
    await round();
    expect(await deliveries()).toMatchObject([{ state: 'waiting', tries: 2, waitS: 60 }]);
    await makeDue();
    expect(await round()).toEqual({ warnings: [], undelivered: [] });
    expect(await deliveries()).toMatchObject([{ state: 'delivered', tries: 3 }]);
    expect(new Set(received.map(({ headers }) => headers['signalbox-event'])).size).toBe(1);
  });

  test('is left to the next round by a worker that died after it took the delivery', async () => {
    await configure();
    await spend(800);
    await db.sql`SELECT warn_of_budgets()`;
    await db.sql`SELECT take_deliveries(8)`;
    await round();
    expect(received).toHaveLength(0);
    await makeDue();
    await round();
    expect(await deliveries()).toMatchObject([{ state: 'delivered', tries: 2 }]);
  });

  test('is given up after 20 tries, and that is told without its path', async () => {
    await configure();
    await spend(800);
    answers = [503];
    await round();
    await db.sql`UPDATE webhook_deliveries SET tries = 18`;
    await makeDue();
    expect((await round()).undelivered).toEqual([]);
    expect(await deliveries()).toMatchObject([{ tries: 19, waitS: 21_600 }]);
    await makeDue();
    const { undelivered } = await round();
    expect(undelivered).toEqual([
      `A warning did not reach the webhook at ${new URL(url).host}: it answered with status 503. It is given up.`,
    ]);
    expect(await deliveries()).toMatchObject([{ state: 'given-up', tries: 20 }]);
  });

  test('without its secret, or in a network that is not allowed, gets nothing and is tried again', async () => {
    await configure();
    await spend(800);
    await round(() => undefined);
    expect(await deliveries()).toMatchObject([{ state: 'waiting', problem: 'the secret HOOK_SECRET is not set where the workers run' }]);
    await configure({ allowPrivateNetwork: false });
    await makeDue();
    await round();
    expect(await deliveries()).toMatchObject([{ state: 'waiting', problem: expect.stringContaining('its address is not called') }]);
    expect(received).toHaveLength(0);
  });

  test('that is not configured any more is given up', async () => {
    await configure();
    await spend(800);
    await db.sql`SELECT warn_of_budgets()`;
    await applyWebhooks(db, [], 'ana');
    expect((await round()).undelivered).toHaveLength(1);
    expect(received).toHaveLength(0);
  });

  test('that never answers holds a round for some seconds and no longer', async () => {
    server.removeAllListeners('request');
    await configure();
    await spend(800);
    const startedAt = performance.now();
    await round();
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(await deliveries()).toMatchObject([{ state: 'waiting', problem: expect.stringContaining('did not answer in time') }]);
  });

  test('is configured once: a change is in the audit log with its host, and neither its path nor a secret', async () => {
    expect(await configure()).toBe(true);
    expect(await configure()).toBe(false);
    const rows = await db.sql`SELECT actor, details FROM audit_log WHERE action = 'webhooks.applied'`;
    expect(rows).toEqual([{ actor: 'ana', details: { before: [], after: [{ host: new URL(url).host, secretEnv: 'HOOK_SECRET' }] } }]);
  });
});
