/**
 * Slots: what the rule does to a day of work, what one assignment costs, and how many slots a second the durable queue gives out.
 */

import { v7 as newId } from 'uuid';
import type { Deps } from '../../activities/deps';
import { createRules } from '../../activities/rules';
import { offerSlots, type SlotRules } from '../../activities/slots/offer';
import { connect, type Database } from '../../db/connect';
import { settleAttempt } from '../../db/queries/ledger';
import { applySlots, enqueueForSlot, openAttemptInSlot } from '../../db/queries/slots';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { assignQueue } from '../../routing/slots/assign-queue';
import { assignSlot } from '../../routing/slots/assign-slot';
import { DEFAULT_FORMULA } from '../../routing/slots/expected-value';
import type { SlotAccount } from '../../routing/slots/settings';
import type { Slot, SlotTask } from '../../routing/slots/slot';
import { type DecidedTask, decidedTasks } from './decided-tasks';
import type { Servers } from './installation';
import { applyInstantRules } from './instant-rules';
import { repeat } from './load';
import { median, quantile } from './quantiles';
import { type PolicyFigures, type SimulationReport, simulationReport } from './slots-simulation';

export interface SlotsReport {
  readonly simulation: SimulationReport;
  /** One task among 100 slots while 1,000 wait, in milliseconds; and the same for the whole queue. */
  readonly assignP50Ms: number;
  readonly assignP99Ms: number;
  readonly wholeQueueMs: number;
  readonly grants: {
    readonly slots: number;
    /** Tasks in the queue when it begins. */
    readonly waiting: number;
    readonly holders: number;
    /** Slots granted, taken up by an attempt, given back by its settlement, and offered again. */
    readonly grantsPerSecond: number;
    readonly offerP50Ms: number;
    readonly offerP99Ms: number;
    /** The most leases of an account over its slots that were ever seen; never above 0. */
    readonly mostOver: number;
  };
}

const WAITING = 1_000;
const SLOTS = 100;
const CALLS = 2_000;

export async function slotsReport(servers: Servers): Promise<SlotsReport> {
  return { simulation: simulationReport(), ...assignTimes(), grants: await grantRate(servers) };
}

function assignTimes() {
  const tiers = ['budget', 'balanced', 'premium'] as const;
  const slots = Array.from({ length: SLOTS }, (_, at): Slot => {
    const costTier = tiers[at % 3]!;
    return { account: `account-${at}`, model: `model-${at % 20}`, costTier, utilisationRate: (at % 10) / 10 };
  });
  const queue = Array.from({ length: WAITING }, (_, at): SlotTask => {
    const fits = Array.from({ length: 10 }, (__, n) => `model-${(at + n) % 20}`);
    return { id: `task-${at}`, fits, lacks: {}, expectedValue: at % 97, priority: at % 101 };
  });
  const context = { premium: DEFAULT_POLICY.premium, busySlots: slots.slice(50), valuePercentiles: { closed: 48, claim: 87 } };
  const times: number[] = [];
  for (let at = 0; at < CALLS * 2; at++) {
    const startedAt = performance.now();
    assignSlot(queue[at % WAITING]!, slots, context);
    if (at >= CALLS) times.push(performance.now() - startedAt);
  }
  const startedAt = performance.now();
  assignQueue(
    queue,
    slots.map((slot) => ({ slot, places: 1 })),
    { premium: DEFAULT_POLICY.premium, busySlots: [] },
  );
  return { assignP50Ms: median(times), assignP99Ms: quantile(times, 0.99), wholeQueueMs: performance.now() - startedAt };
}

const HOLDERS = 16;
const GRANTS = 2_000;

async function grantRate({ databaseUrl, db: rulesDb }: Servers): Promise<SlotsReport['grants']> {
  const { catalogue } = await applyInstantRules(rulesDb);
  const models = [...catalogue.models.values()];
  const accounts = (['budget', 'balanced', 'premium'] as const).map((tier, at): SlotAccount => {
    const ofTier = models.filter(({ costTier }) => costTier === tier).map(({ id }) => id);
    return {
      id: tier,
      models: ofTier.slice(0, 3),
      concurrency: [24, 10, 6][at]!,
      timeZone: 'UTC',
      windows: [{ per: 'day', requests: 1_000_000, safetyRate: 1 }],
    };
  });
  await applySlots(rulesDb, accounts, 'bench');
  const db = connect(databaseUrl, { maxConnections: HOLDERS + 4, applicationName: 'signalbox-bench', planOnce: true });
  try {
    const rules: SlotRules = {
      catalogue,
      premium: DEFAULT_POLICY.premium,
      settings: { mode: 'act', patienceMs: 600_000, leaseMs: 60_000, formula: DEFAULT_FORMULA, groupPriorities: {}, accounts },
    };
    const tasks = new Map<string, DecidedTask>();
    for (const task of await decidedTasks(db, GRANTS, catalogue.version)) tasks.set(task.taskId, task);
    const all = accounts.flatMap((account) => account.models);
    await repeat(GRANTS, HOLDERS, async (at) => {
      const task = [...tasks.values()][at]!;
      const standing = (at % 997) / 997;
      await enqueueForSlot(db, {
        ...task,
        models: all,
        lacks: {},
        expectedValue: at % 97,
        valueSource: 'formula',
        priority: at % 101,
        standing,
        patienceMs: 600_000,
      });
    });
    const deps = stepsOn(db);
    const offers: number[] = [];
    const granted: string[] = [];
    const told = new Set<string>();
    let done = 0;
    const offer = async () => {
      const startedAt = performance.now();
      for (const taskId of await offerSlots(deps, rules)) {
        if (told.has(taskId)) continue; // lanes that offer at the same time share a run
        told.add(taskId);
        granted.push(taskId);
      }
      offers.push(performance.now() - startedAt);
    };
    let mostOver = Number.NEGATIVE_INFINITY;
    const startedAt = performance.now();
    await offer();
    await Promise.all(
      Array.from({ length: HOLDERS }, async (_, lane) => {
        while (done < GRANTS) {
          const taskId = granted.shift();
          if (taskId === undefined) {
            await offer();
            continue;
          }
          done += 1;
          await hold(db, tasks.get(taskId)!, catalogue.version);
          if (lane === 0) mostOver = Math.max(mostOver, await overrun(db));
          await offer();
        }
      }),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const slots = accounts.reduce((sum, { concurrency }) => sum + concurrency, 0);
    return {
      slots,
      waiting: GRANTS,
      holders: HOLDERS,
      grantsPerSecond: GRANTS / seconds,
      offerP50Ms: median(offers),
      offerP99Ms: quantile(offers, 0.99),
      mostOver,
    };
  } finally {
    await db.close();
    await applySlots(rulesDb, [], 'bench');
  }
}

/** A call in a slot that answers at once. */
async function hold(db: Database, task: DecidedTask, catalogueVersion: string): Promise<void> {
  const [lease] = await db.sql<{ model: string }[]>`SELECT model FROM slot_leases WHERE task_id = ${task.taskId}`;
  if (lease === undefined) throw new Error(`Task ${task.taskId} was granted a slot and has none.`);
  const call = { ...task, number: 1, model: lease.model, catalogueVersion, amountNano: 1_000, worker: 'bench', holdMs: 600_000, scope: {} };
  const opened = await openAttemptInSlot(db, { ...call, leaseMs: 60_000 });
  if (opened.kind !== 'opened') throw new Error(`The attempt of ${task.taskId} was not opened: ${opened.kind}.`);
  const bill = { costBasis: 'reported', costNano: 1_000, provider: 'instant', taskClass: 'bench/simple', scope: {} } as const;
  await settleAttempt(db, { ...task, number: 1, state: 'answered', ...bill });
}

async function overrun({ sql }: Database): Promise<number> {
  const [row] = await sql<[{ over: number }]>`
    SELECT coalesce(max(n - concurrency), -1)::integer AS over FROM slots JOIN (SELECT account, count(*) AS n FROM slot_leases GROUP BY 1) l USING (account)`;
  return row.over;
}

/** Steps that reach nothing but the database. */
function stepsOn(db: Database): Deps {
  const nothing = async () => {};
  const no = async () => false;
  return {
    db,
    reviewDb: db,
    rules: createRules(db, () => undefined),
    now: Date.now,
    newId: () => newId(),
    worker: 'bench',
    heartbeatMs: 15_000,
    secret: () => undefined,
    reviveDispatch: no,
    askForReview: nothing,
    reviveReview: no,
    reviveRollout: no,
    tellSlotGranted: nothing,
    cancelDispatch: nothing,
  };
}

export function renderSlotsReport({ simulation, grants, ...report }: SlotsReport): string {
  const { rule, firstCome } = simulation;
  const row = (name: string, of: (figures: PolicyFigures) => string) =>
    `${name.padEnd(58)}${of(rule).padStart(12)}${of(firstCome).padStart(12)}`;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  return [
    `${simulation.tasks} tasks on ${simulation.slots} slots over a day, patience ${simulation.patienceSeconds} s`.padEnd(58),
    `${''.padEnd(58)}${'rule'.padStart(12)}${'first come'.padStart(12)}`,
    row('expected value served by its proper tier', (of) => percent(of.valueByProperTier)),
    row('value above the claim percentile on a higher tier', (of) => percent(of.claimedValueOnHigherTier)),
    row('tasks below the closed percentile on premium unneeded', (of) => percent(of.cheapTasksOnPremium)),
    ...Array.from({ length: 10 }, (_, at) => row(`mean wait, value decile ${at + 1}`, (of) => seconds(of.meanWaitSeconds[at]!))),
    row('wait weighted by value', (of) => seconds(of.valueWeightedWaitSeconds)),
    row('99th percentile of the wait', (of) => seconds(of.p99WaitSeconds)),
    row('longest wait', (of) => seconds(of.longestWaitSeconds)),
    `assignSlot with ${WAITING} waiting and ${SLOTS} slots: p50 ${report.assignP50Ms.toFixed(4)} ms, p99 ${report.assignP99Ms.toFixed(4)} ms; the whole queue ${report.wholeQueueMs.toFixed(1)} ms`,
    `durable queue: ${grants.waiting} waiting, ${grants.slots} slots, ${grants.holders} holders: ${grants.grantsPerSecond.toFixed(0)} grants/s (granted, opened, settled, offered again); an offer p50 ${grants.offerP50Ms.toFixed(1)} ms, p99 ${grants.offerP99Ms.toFixed(1)} ms; leases over slots at most ${grants.mostOver}`,
  ].join('\n');
}
