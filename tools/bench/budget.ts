/**
 * One budget row that 200 callers reserve from at once: how many reservations it takes a second, and that it never gives more
 * than it has. The floor is the same number of callers adding 1 to one row.
 */

import { connect, type Database } from '../../db/connect';
import { openAttempt, settleAttempt } from '../../db/queries/ledger';
import { type DecidedTask, decidedTasks } from './decided-tasks';
import type { Servers } from './installation';
import { applyInstantRules } from './instant-rules';
import { repeat } from './load';

export interface BudgetReport {
  readonly callers: number;
  /** Connections that the callers share. */
  readonly connections: number;
  readonly attempted: number;
  readonly granted: number;
  /** What fits the limit: `granted` must be exactly this. */
  readonly fits: number;
  readonly reservationsPerSecond: number;
  readonly settlementsPerSecond: number;
  /** Updates of one row, each its own transaction, by as many callers. */
  readonly floorPerSecond: number;
  /** The highest spent + reserved that was seen meanwhile and at the end, as a share of the limit; never above 1. */
  readonly highestShare: number;
}

const CALLERS = 200;
/** Below what Postgres allows by default, which is 100. */
const CONNECTIONS = 80;
const TASKS = 3_000;
const FITS = 2_000;
const AMOUNT_NANO = 1_000_000;
const LIMIT_NANO = FITS * AMOUNT_NANO + AMOUNT_NANO / 2;

export async function budgetReport({ databaseUrl, db: rulesDb }: Servers): Promise<BudgetReport> {
  const limit = { id: 'bench', scopeKind: 'global', scopeId: '', period: 'month', limitNano: LIMIT_NANO, hard: true } as const;
  const { catalogue } = await applyInstantRules(rulesDb, [{ ...limit, timeZone: 'UTC', warnAt: 0.8 }]);
  const db = connect(databaseUrl, { maxConnections: CONNECTIONS, applicationName: 'signalbox-bench', planOnce: true });
  try {
    const floorPerSecond = await updatesOfOneRow(db);
    const decided = await decidedTasks(db, TASKS, catalogue.version);
    const model = [...catalogue.models.keys()][0]!;
    const shares: number[] = [];
    let isDone = false;
    const watching = (async () => {
      while (!isDone) shares.push(await shareInUse(rulesDb));
    })();

    const granted: DecidedTask[] = [];
    const reservationsPerSecond = await rate(TASKS, async (at) => {
      const task = decided[at]!;
      const opened = await openAttempt(db, {
        ...task,
        number: 1,
        model,
        catalogueVersion: catalogue.version,
        amountNano: AMOUNT_NANO,
        worker: 'bench',
        holdMs: 600_000,
        scope: {},
      });
      if (opened.kind === 'opened') granted.push(task);
    });
    const settlementsPerSecond = await rate(granted.length, async (at) => {
      await settleAttempt(db, {
        ...granted[at]!,
        number: 1,
        state: 'answered',
        costBasis: 'reported',
        costNano: AMOUNT_NANO,
        provider: 'instant',
        taskClass: 'bench/simple',
        scope: {},
      });
    });
    isDone = true;
    await watching;
    shares.push(await shareInUse(rulesDb));
    return {
      callers: CALLERS,
      connections: CONNECTIONS,
      attempted: TASKS,
      granted: granted.length,
      fits: FITS,
      reservationsPerSecond,
      settlementsPerSecond,
      floorPerSecond,
      highestShare: Math.max(...shares),
    };
  } finally {
    await db.close();
    await applyInstantRules(rulesDb);
  }
}

/** How many a second, run by all callers at once. */
async function rate(times: number, run: (at: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await repeat(times, CALLERS, run);
  return times / ((performance.now() - startedAt) / 1000);
}

async function shareInUse({ sql }: Database): Promise<number> {
  const [row] = await sql<[{ share: number }?]>`
    SELECT (spent_nano + reserved_nano)::float8 / ${LIMIT_NANO} AS share FROM budget_tracking WHERE budget_id = 'bench'`;
  return row?.share ?? 0;
}

const FLOOR_UPDATES = 2_000;

async function updatesOfOneRow({ sql }: Database): Promise<number> {
  await sql`CREATE TABLE bench_counter AS SELECT 0 AS n`;
  const perSecond = await rate(FLOOR_UPDATES, async () => {
    await sql`UPDATE bench_counter SET n = n + 1`;
  });
  await sql`DROP TABLE bench_counter`;
  return perSecond;
}

export function renderBudgetReport(report: BudgetReport): string {
  return [
    `${report.callers} callers on ${report.connections} connections, one budget row with room for ${report.fits} of ${report.attempted} calls`,
    `reservations/s ${report.reservationsPerSecond.toFixed(0)}   settlements/s ${report.settlementsPerSecond.toFixed(0)}   plain updates of one row/s ${report.floorPerSecond.toFixed(0)}`,
    `granted ${report.granted} (exactly ${report.fits} fit)   highest spent + reserved: ${(report.highestShare * 100).toFixed(3)} % of the limit`,
  ].join('\n');
}
