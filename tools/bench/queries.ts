/** What people wait for over a million past tasks: the queries behind `stats`, `tasks` and `cost`, and what upkeep does for them. */

import type { Database } from '../../db/connect';
import { loadSpending, rollUpCosts } from '../../db/queries/cost';
import { lastDecision } from '../../db/queries/ratings';
import { applyRetention, archiveOldestMonth, eraseOldContent } from '../../db/queries/retention';
import { callStats, countTasks, totalCost } from '../../db/queries/stats';
import { listTasks } from '../../db/queries/tasks';
import { rollUpCalls } from '../../db/queries/upkeep';
import { EVERYONE } from '../../routing/money/scope-text';
import type { Servers } from './installation';
import { addPastTasks, DAYS } from './past-tasks';
import { quantile } from './quantiles';

export interface QueriesReport {
  readonly tasks: number;
  readonly queries: readonly MeasuredQuery[];
  /** Roll-ups of all hours and days, made from nothing, in seconds. */
  readonly rollUp: { readonly callsSeconds: number; readonly costsSeconds: number };
  /** Content of 500 tasks erased, in milliseconds; the longest of its batches. */
  readonly eraseMaxMs: number;
  /** How long everybody waits while a month is moved, in milliseconds. */
  readonly archiveMs: number;
}

interface MeasuredQuery {
  readonly name: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const TASKS = 1_000_000;
/** Of programs that route by themselves, on the same days. */
const EMBEDDED_CALLS = 100_000;
const RUNS = 40;
const DAY_MS = 86_400_000;

export async function queriesReport({ db }: Servers): Promise<QueriesReport> {
  await addPastTasks(db, 0, TASKS);
  await addCosts(db);
  await addEmbeddedCalls(db, EMBEDDED_CALLS);
  const callsSeconds = await secondsOf(() => allOf(() => rollUpCalls(db, 24)));
  const costsSeconds = await secondsOf(() => allOf(() => rollUpCosts(db, 7)));
  const now = Date.now();
  const month = { from: now - 30 * DAY_MS, to: now, scope: EVERYONE };
  const queries = [
    await measured('stats', () => Promise.all([countTasks(db), totalCost(db), callStats(db)])),
    await measured('stats --days 7', () => Promise.all([countTasks(db, 7), totalCost(db, 7), callStats(db, 7)])),
    await measured('tasks', () => listTasks(db, { limit: 20 })),
    await measured('tasks --limit 1000', () => listTasks(db, { limit: 1_000 })),
    await measured('tasks --status running', () => listTasks(db, { status: 'running', limit: 20 })),
    await measured('tasks --status failed', () => listTasks(db, { status: 'failed', limit: 20 })),
    await measured('tasks --class bench/class-11', () => listTasks(db, { taskClass: 'bench/class-11', limit: 20 })),
    await measured('tasks --class none', () => listTasks(db, { taskClass: 'none', limit: 20 })),
    await measured('tasks, refused of a class', () => listTasks(db, { status: 'refused', taskClass: 'bench/class-11', limit: 20 })),
    await measured('tasks, replays', () => listTasks(db, { purpose: 'replay', limit: 20 })),
    await measured('cost by model, 30 days', () => loadSpending(db, { ...month, by: 'model' })),
    await measured('cost by class, 30 days', () => loadSpending(db, { ...month, by: 'class' })),
    await measured('cost by system, 30 days', () => loadSpending(db, { ...month, by: 'system' })),
    await measured('rate: the last decision of an owner', () => lastDecision(db, 'bench')),
    await measured('cost by model, today', () => loadSpending(db, { ...month, from: Math.floor(now / DAY_MS) * DAY_MS, by: 'model' })),
  ];
  return {
    tasks: TASKS,
    queries,
    rollUp: { callsSeconds, costsSeconds },
    eraseMaxMs: await eraseMaxMs(db),
    archiveMs: await archiveMs(db),
  };
}

async function addEmbeddedCalls({ sql }: Database, calls: number): Promise<void> {
  await sql`
    INSERT INTO embedded_calls (id, system, model, task_class, tier, state, reserved_nano, balance_ids, cost_nano, cost_basis, input_tokens,
        output_tokens, latency_ms, started_at, expires_at, ended_at)
      SELECT gen_random_uuid(), 'program-' || n % 5, 'bench/model-' || n % 7, 'bench/class-' || n % 12, 'STANDARD', 'settled', 0, '{}', 1000 + n % 900,
        'usage', 400, 150, 200 + n % 3000, at, at, at
      FROM (SELECT n, now() - ${DAYS} * random() * interval '1 day' AS at FROM generate_series(1, ${calls}::integer) AS n) AS drawn`;
  await sql`ANALYZE embedded_calls`;
}

/** A cost row for each call, and content for every tenth task. */
async function addCosts(db: Database): Promise<void> {
  await db.sql.begin(async (sql) => {
    await sql`SET LOCAL statement_timeout = 0`;
    await sql`ALTER TABLE cost_tracking DISABLE TRIGGER cost_tracking_complete`;
    await sql`
    INSERT INTO cost_tracking (task_id, attempt_id, decision_id, model, provider, task_class, team, input_tokens, output_tokens, cost_nano, cost_basis, at)
      SELECT a.task_id, a.id, a.decision_id, a.model, split_part(a.model, '/', 1), t.task_class, 'team-' || ('x' || right(a.task_id::text, 1))::bit(4)::integer,
        400, 150, a.cost_nano, a.cost_basis, a.ended_at FROM attempts a JOIN tasks t ON t.id = a.task_id`;
    await sql`ALTER TABLE cost_tracking ENABLE TRIGGER cost_tracking_complete`;
    await sql`
    INSERT INTO task_payloads (task_id, prompt, prompt_bytes, prompt_sha256)
      SELECT id, json_build_object('messages', json_build_array(json_build_object('role', 'user', 'content', repeat(md5(id::text), 30)))), 1000, md5(id::text)
      FROM tasks WHERE right(id::text, 1) = '0'`;
  });
  await db.sql`ANALYZE`;
}

async function measured(name: string, ask: () => Promise<unknown>): Promise<MeasuredQuery> {
  await ask();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push((await secondsOf(ask)) * 1_000);
  return { name, p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

async function allOf(work: () => Promise<unknown>): Promise<void> {
  while ((await work()) !== 0);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

async function eraseMaxMs(db: Database): Promise<number> {
  await applyRetention(db, { contentDays: 14 }, 'bench');
  let longest = 0;
  for (;;) {
    const startedAt = performance.now();
    const { isDone } = await eraseOldContent(db, 500);
    longest = Math.max(longest, performance.now() - startedAt);
    if (isDone) return longest;
  }
}

/** The older of the two months, as if it had been over for long. */
async function archiveMs(db: Database): Promise<number> {
  await db.sql`UPDATE rollup_progress SET rolled_until = now()`;
  await db.sql`INSERT INTO rollup_progress (rolled_until) VALUES (now()) ON CONFLICT DO NOTHING`;
  await applyRetention(db, { tasksMonths: 1 }, 'bench');
  await makeOlder(db);
  const startedAt = performance.now();
  const archived = await archiveOldestMonth(db);
  if (archived.kind !== 'archived') throw new Error(`No month was archived: ${JSON.stringify(archived)}.`);
  return performance.now() - startedAt;
}

/** Lets the month before this one look as if it were three months older. */
async function makeOlder({ sql }: Database): Promise<void> {
  const before = new Date(new Date().setUTCDate(0)).toISOString().slice(0, 7).replace('-', '');
  for (const table of ['tasks', 'task_payloads', 'routing_decisions', 'attempts', 'answers', 'routing_outcomes', 'cost_tracking']) {
    await sql`ALTER TABLE ${sql(`${table}_${before}`)} RENAME TO ${sql(`${table}_202001`)}`;
  }
  await sql`UPDATE budget_tracking SET period_end = now() WHERE period_end > now()`;
}

export function renderQueriesReport({ tasks, queries, rollUp, eraseMaxMs: erase, archiveMs: archive }: QueriesReport): string {
  return [
    `${tasks.toLocaleString('en')} tasks over ${DAYS} days, ${RUNS} runs each`,
    `${'query'.padEnd(38)}${'p50'.padStart(10)}${'p95'.padStart(10)}`,
    ...queries.map(
      ({ name, p50Ms, p95Ms }) => `${name.padEnd(38)}${`${p50Ms.toFixed(1)} ms`.padStart(10)}${`${p95Ms.toFixed(1)} ms`.padStart(10)}`,
    ),
    `all roll-ups from nothing: calls ${rollUp.callsSeconds.toFixed(1)} s, costs ${rollUp.costsSeconds.toFixed(1)} s`,
    `content of 500 tasks erased in at most ${erase.toFixed(0)} ms; a month moved in ${archive.toFixed(0)} ms`,
  ].join('\n');
}
