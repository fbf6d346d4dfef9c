/**
 * What durable dispatch costs: a task with an instant model against a bare workflow with one empty activity, on the same server,
 * in alternating rounds, so that whatever else the machine does falls on both alike.
 */

import { dispatchWorkflowId } from '../../workflows/messages';
import { type Floor, startFloor } from './floor';
import { type Installation, type Servers, startInstallation } from './installation';
import { promptNumber, repeat } from './load';
import { median, quantile } from './quantiles';
import { countRoundTrips } from './round-trips';
import { type Segment, timelineOf } from './timeline';

export interface Spread {
  readonly p50Ms: number;
  readonly p90Ms: number;
}

/** The same measured of three things. `shape` is a workflow of the shape of a dispatch whose steps are empty. */
export interface Compared<T> {
  readonly bare: T;
  readonly shape: T;
  readonly dispatch: T;
}

export interface DispatchReport {
  /** One at a time, from the call of the client to the answer. */
  readonly latency: Compared<Spread>;
  /** p50 of dispatch over p50 of bare. */
  readonly latencyRatio: number;
  /** With `inFlight` at a time, median of the rounds. */
  readonly perSecond: Compared<number>;
  /** Median of dispatch over bare within each round. */
  readonly throughputRatio: number;
  readonly inFlight: number;
  /** CPU of this process (client, workers, workflows) per task, in milliseconds, at `inFlight`. */
  readonly cpuMsPerTask: Compared<number>;
  /** Round trips to Postgres per task: those of the client (accept, result) and of the worker. */
  readonly roundTripsPerTask: number;
  readonly eventsPerWorkflow: Compared<number>;
  /** Where the time of one task goes, one at a time: medians, in order. */
  readonly segments: readonly Segment[];
}

const ROUNDS = 8;
const PER_ROUND = 25;
const IN_FLIGHT = 50;
const LOAD_ROUNDS = 4;
const PER_LOAD_ROUND = 200;
const COUNTED_TASKS = 100;

type Kind = keyof Compared<unknown>;
type Runs = Compared<() => Promise<string>>;

export async function dispatchReport(servers: Servers): Promise<DispatchReport> {
  const installation = await startInstallation(servers, servers.databaseUrl, 'measured');
  const floor = await startFloor(installation.workers.client);
  try {
    return await measure(servers, installation, floor);
  } finally {
    await floor.stop();
    await installation.stop();
  }
}

async function measure(servers: Servers, installation: Installation, floor: Floor): Promise<DispatchReport> {
  const runs: Runs = { bare: () => floor.run(), shape: () => floor.runShape(), dispatch: () => runTask(installation) };
  await inTurn(1, runs, (_, run) => repeat(PER_LOAD_ROUND, 20, run));

  const times: Compared<number[]> = { bare: [], shape: [], dispatch: [] };
  await inTurn(ROUNDS, runs, async (kind, run) => {
    for (let at = 0; at < PER_ROUND; at++) {
      const startedAt = performance.now();
      await run();
      times[kind].push(performance.now() - startedAt);
    }
  });

  const rates: Compared<number[]> = { bare: [], shape: [], dispatch: [] };
  const cpu: Compared<number[]> = { bare: [], shape: [], dispatch: [] };
  await inTurn(LOAD_ROUNDS, runs, async (kind, run) => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    await repeat(PER_LOAD_ROUND, IN_FLIGHT, run);
    const { user, system } = process.cpuUsage(before);
    rates[kind].push(PER_LOAD_ROUND / ((performance.now() - startedAt) / 1000));
    cpu[kind].push((user + system) / 1000 / PER_LOAD_ROUND);
  });

  const latency = forEach(times, (all) => ({ p50Ms: median(all), p90Ms: quantile(all, 0.9) }));
  const perSecond = forEach(rates, median);
  return {
    latency,
    latencyRatio: latency.dispatch.p50Ms / latency.bare.p50Ms,
    perSecond,
    throughputRatio: median(rates.dispatch.map((rate, round) => rate / rates.bare[round]!)),
    inFlight: IN_FLIGHT,
    cpuMsPerTask: forEach(cpu, median),
    roundTripsPerTask: await roundTripsPerTask(servers),
    eventsPerWorkflow: {
      bare: await eventsOf(installation, await runs.bare()),
      shape: await eventsOf(installation, await runs.shape()),
      dispatch: await eventsOf(installation, await runs.dispatch()),
    },
    segments: await timelineOf(servers.db, installation),
  };
}

let submitted = 0;

/** Submits a task, waits for its answer, and gives the id of its workflow. */
async function runTask({ client }: Installation): Promise<string> {
  const { taskId } = await client.submit({ prompt: promptNumber(submitted++) });
  const { outcome, reason } = await client.result(taskId, { timeoutMs: 60_000 });
  if (outcome !== 'completed') throw new Error(`A task of the benchmark was not completed: ${reason}`);
  return dispatchWorkflowId(taskId);
}

/** Runs the three kinds one after the other, again and again. */
async function inTurn(rounds: number, runs: Runs, round: (kind: Kind, run: () => Promise<string>) => Promise<void>): Promise<void> {
  for (let at = 0; at < rounds; at++) {
    for (const kind of ['bare', 'shape', 'dispatch'] as const) await round(kind, runs[kind]);
  }
}

function forEach<From, To>(of: Compared<From>, map: (from: From) => To): Compared<To> {
  return { bare: map(of.bare), shape: map(of.shape), dispatch: map(of.dispatch) };
}

/** On an installation of its own, whose database connections pass a counter; upkeep's are taken off by counting an idle time as long. */
async function roundTripsPerTask(servers: Servers): Promise<number> {
  const counter = await countRoundTrips(servers.databaseUrl);
  const installation = await startInstallation(servers, counter.url, 'counted');
  try {
    await repeat(COUNTED_TASKS, 10, () => runTask(installation)); // statements are prepared
    const before = counter.count();
    const startedAt = performance.now();
    await repeat(COUNTED_TASKS, 1, () => runTask(installation));
    const counted = counter.count() - before;
    const tookMs = performance.now() - startedAt;
    const idleFrom = counter.count();
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    return (counted - (counter.count() - idleFrom)) / COUNTED_TASKS;
  } finally {
    await installation.stop();
    counter.stop();
  }
}

async function eventsOf({ workers }: Installation, workflowId: string): Promise<number> {
  const { events } = await workers.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.length ?? 0;
}

export function renderDispatchReport(report: DispatchReport): string {
  const { latency, perSecond, cpuMsPerTask, eventsPerWorkflow, segments } = report;
  const row = (name: string, { bare, shape, dispatch }: Compared<number>, ratio: number | undefined, digits = 1): string =>
    `${name.padEnd(34)}${[bare, shape, dispatch].map((value) => value.toFixed(digits).padStart(10)).join('')}${ratio === undefined ? '' : `   × ${ratio.toFixed(2)}`}`;
  return [
    `${''.padEnd(34)}${['bare', 'shape', 'dispatch'].map((name) => name.padStart(10)).join('')}   dispatch / bare`,
    row(
      '1 in flight, p50 ms',
      forEach(latency, ({ p50Ms }) => p50Ms),
      report.latencyRatio,
    ),
    row(
      '1 in flight, p90 ms',
      forEach(latency, ({ p90Ms }) => p90Ms),
      latency.dispatch.p90Ms / latency.bare.p90Ms,
    ),
    row(`${report.inFlight} in flight, per second`, perSecond, report.throughputRatio),
    row('CPU of client and worker, ms/task', cpuMsPerTask, cpuMsPerTask.dispatch / cpuMsPerTask.bare),
    row('events in a history', eventsPerWorkflow, undefined, 0),
    `round trips to Postgres per task: ${report.roundTripsPerTask.toFixed(1)}`,
    '',
    'where the time of a task goes, 1 in flight, median ms',
    ...segments.map(({ name, p50Ms }) => `  ${name.padEnd(52)}${p50Ms.toFixed(1).padStart(6)}`),
  ].join('\n');
}
