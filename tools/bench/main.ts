/**
 * `npm run bench`: measures and prints, and never judges. What each figure means, and how it came out, is in docs/benchmarks.md.
 *
 *     npm run bench -- [--only PART]… [--tasks N] [--json]
 */

import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { budgetReport, renderBudgetReport } from './budget';
import { cascadesReport, renderCascadesReport } from './cascades';
import { classificationReport, renderClassificationReport } from './classification';
import { decisionReport, renderDecisionReport } from './decisions';
import { descriptorReport, renderDescriptorReport } from './descriptors';
import { dispatchReport, renderDispatchReport } from './dispatch';
import { embeddedReport, renderEmbeddedReport } from './embedded';
import { estimatesReport, renderEstimatesReport } from './estimates';
import { importsReport, renderImportsReport } from './imports';
import { type Servers, startServers } from './installation';
import { memoryReport, renderMemoryReport } from './memory';
import { offlineReport, renderOfflineReport } from './offline';
import { queriesReport, renderQueriesReport } from './queries';
import { readinessReport, renderReadinessReport } from './readiness';
import { renderReviewReport, reviewReport } from './review';
import { silentLogger } from './silent-logger';
import { renderSlotsReport, slotsReport } from './slots';

interface Part {
  readonly title: string;
  /** The figures, and the same for people. */
  run(): Promise<{ readonly report: object; readonly text: string }>;
}

const DEFAULT_TASKS = '3000';

/** Parts that take long, and run only when they are asked for. */
const ON_REQUEST = ['imports', 'offline', 'queries', 'review'];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      tasks: { type: 'string', default: DEFAULT_TASKS },
      json: { type: 'boolean', default: false },
    },
  });
  const servers = onDemand();
  const parts = partsOf(servers.get, Number(values.tasks));
  const wanted = values.only ?? Object.keys(parts).filter((name) => !ON_REQUEST.includes(name));
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0 || !(Number(values.tasks) >= 100)) {
    throw new Error(`There is no part "${unknown.join('", "')}", or fewer than 100 tasks. Parts: ${Object.keys(parts).join(', ')}.`);
  }
  const logging = { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) };
  Runtime.install({ logger: silentLogger, telemetryOptions: { logging }, shutdownSignals: [] });
  // The servers are processes of their own: without this, Ctrl-C would leave them running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void servers.stop().finally(() => process.exit(130)));
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const reports: Record<string, object> = {};
  if (!values.json) console.log(`${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Node ${machine.node}`);
  try {
    for (const name of wanted) {
      const part = parts[name]!;
      if (!values.json) console.log(`\n── ${name}: ${part.title}`);
      const { report, text } = await part.run();
      reports[name] = report;
      if (!values.json) console.log(text);
    }
  } finally {
    await servers.stop();
  }
  if (values.json) console.log(JSON.stringify({ machine, at: new Date().toISOString(), ...reports }, null, 2));
}

function partsOf(servers: () => Promise<Servers>, tasks: number): Readonly<Record<string, Part>> {
  return {
    decisions: part('classify and decide', async () => decisionReport(), renderDecisionReport),
    embedded: part('kept decisions, in a program of its own', async () => embeddedReport(servers), renderEmbeddedReport),
    classification: part('types given to labelled tasks', async () => classificationReport(), renderClassificationReport),
    descriptors: part('sizes and complexity given to recorded tasks', async () => descriptorReport(), renderDescriptorReport),
    cascades: part('cascades beside one other model and a random mix', cascadesReport, renderCascadesReport),
    estimates: part('cost and latency against recorded calls', estimatesReport, renderEstimatesReport),
    readiness: part('signalbox up', readinessReport, renderReadinessReport),
    dispatch: part('durable dispatch against the least Temporal does', async () => dispatchReport(await servers()), renderDispatchReport),
    budget: part('one budget row, 200 callers', async () => budgetReport(await servers()), renderBudgetReport),
    slots: part('slots across accounts', async () => slotsReport(await servers()), renderSlotsReport),
    review: part('a review of 10,000 and of 1,000,000 past tasks', async () => reviewReport(await servers()), renderReviewReport),
    offline: part('a review of logs, without servers', offlineReport, renderOfflineReport),
    queries: part('queries of people over 1,000,000 past tasks', async () => queriesReport(await servers()), renderQueriesReport),
    imports: part('imports of 1,000,000 tasks from each format', async () => importsReport(await servers()), renderImportsReport),
    memory: part('memory of a worker', async () => memoryReport(await servers(), tasks, showProgress(tasks)), renderMemoryReport),
  };
}

function part<R extends object>(title: string, measure: () => Promise<R>, render: (report: R) => string): Part {
  return {
    title,
    async run() {
      const report = await measure();
      return { report, text: render(report) };
    },
  };
}

/** The servers are started by the first part that needs them. */
function onDemand(): { readonly get: () => Promise<Servers>; readonly stop: () => Promise<void> } {
  let started: Promise<Servers> | undefined;
  return {
    get() {
      started ??= startServers();
      return started;
    },
    async stop() {
      await (await started)?.stop();
    },
  };
}

function showProgress(of: number): (done: number) => void {
  return (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of} tasks${done >= of ? '\n' : ''}`);
  };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
