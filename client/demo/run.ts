/**
 * The demonstration: recorded tasks through the real stack, with faults and a killed worker; then a review of what they left behind, a
 * person's verdict, the rollout, and a change taken back by itself. Answers are recorded, and times of the rollout compressed;
 * everything else is real: Postgres, Temporal, worker processes, the ledger, the decisions.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Database } from '../../db/connect';
import { packageRoot } from '../../db/documents/package-root';
import { readRecording } from '../../db/documents/recording';
import { migrate } from '../../db/migrate';
import { type AuditReport, auditLedger } from '../../db/queries/audit-ledger';
import { readRulesFiles } from '../cli/input/rules-files';
import { applyCatalogueAndBudgets, applyRules } from '../stack/apply-rules';
import { type Stack, type StackEvent, startStack } from '../stack/supervisor';
import { type DispatchReport, dispatchTasks } from './dispatch';
import { DEGRADED_PERCENT, type DemoDrift, drift } from './drift';
import { awaitVerdict, type DemoReview, reviewEverything } from './review';
import { type DemoRollout, type DemoRollouts, rollOut, shortName } from './rollout';
import { DEMO_FAULTS_PERCENT, type DemoFaults, demoCatalogueYaml, demoPolicyYaml } from './rules';
import { drawSample } from './sample';
import { type DemoVoice, openStage, type Stage } from './stage';
import { emptyDemoState } from './state';

export interface DemoOptions extends DemoVoice {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tasks of the first part. */
  readonly tasks: number;
  /** Give the verdict in a second name, instead of waiting for a person. */
  readonly approve: boolean;
  /** How long to wait for a person, in milliseconds. */
  readonly verdictWaitMs: number;
  readonly onStack: (event: StackEvent) => void;
  /** Each part, as soon as it is over. */
  readonly onDispatched: (report: DispatchReport) => void;
  readonly onReviewed: (review: DemoReview) => void;
  readonly onRolledOut: (rollouts: DemoRollouts) => void;
  readonly signal: AbortSignal;
}

export interface DemoReport {
  readonly stackReadyMs: number;
  readonly dispatch: DispatchReport;
  readonly review: DemoReview;
  /** Names of the kinds of tasks whose change was approved. */
  readonly approved: readonly string[];
  /** Absent: nothing was approved in time. */
  readonly rollouts?: DemoRollouts;
  /** Absent: nothing was promoted. */
  readonly drift?: DemoDrift;
  readonly audit: AuditReport;
  readonly stateDir: string;
}

const SEED = 'demo';
const WORKERS = 2;

/** Runs it, from an empty state to the figures of its last page, and stops everything it started. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const dataFile = join(packageRoot(), 'data', 'recorded', 'llmrouter.dev.jsonl.gz');
  const sample = drawSample(await readRecording(dataFile), options.tasks, SEED);
  await emptyDemoState(options.stateDir);
  const writeCatalogue = (faults: DemoFaults) =>
    writeFileSync(join(options.stateDir, 'signalbox.yaml'), demoCatalogueYaml(sample.tasks, dataFile, faults));
  writeCatalogue({ faultsPercent: DEMO_FAULTS_PERCENT });
  writeFileSync(join(options.stateDir, 'policy.yaml'), demoPolicyYaml(sample.tasks));

  const stack = await startDemoStack(options);
  const stage = await openStage(stack, options, options.signal).catch(async (error: unknown) => {
    await stack.stop();
    throw error;
  });
  try {
    const dispatch = await dispatchTasks(stage, sample.tasks);
    options.onDispatched(dispatch);

    writeCatalogue({ faultsPercent: 0 }); // the providers have recovered
    await applyCatalogue(options.stateDir, stage.db);
    const review = await reviewEverything(stage, join(options.stateDir, 'report'));
    options.onReviewed(review);
    const approved = review.report.result === 'awaiting' ? await verdictOn(stage, review, options) : [];

    const rollouts = approved.length > 0 ? await rollOut(stage, sample.rest) : undefined;
    if (rollouts !== undefined) options.onRolledOut(rollouts);
    const promoted = best(rollouts);
    const drifted = promoted === undefined ? undefined : await letDrift(promoted);
    return {
      stackReadyMs: stack.readyMs,
      dispatch,
      review,
      approved,
      ...(rollouts === undefined ? {} : { rollouts }),
      ...(drifted === undefined ? {} : { drift: drifted }),
      audit: await auditLedger(stage.db),
      stateDir: options.stateDir,
    };
  } finally {
    await stage.close();
    await stack.stop();
  }

  async function letDrift(promotedRollout: DemoRollout): Promise<DemoDrift> {
    return drift(stage, promotedRollout, sample.rest, async () => {
      writeCatalogue({ faultsPercent: 0, degraded: { model: shortName(promotedRollout.candidate), percent: DEGRADED_PERCENT } });
      await applyCatalogue(options.stateDir, stage.db);
    });
  }
}

function startDemoStack({ stateDir, env, onStack, signal }: DemoOptions): Promise<Stack> {
  return startStack({
    stateDir,
    config: {},
    // A killed worker is noticed after this time; the default suits calls of minutes, and these take milliseconds.
    env: { ...env, HEARTBEAT_SECONDS: '3', UPKEEP_SECONDS: '5', LOG_LEVEL: 'warn' },
    async migrate(databaseUrl) {
      await migrate(databaseUrl);
      const rules = await readRulesFiles(stateDir);
      const db = connect(databaseUrl, { maxConnections: 1 });
      await applyRules(db, rules, 'demo').finally(() => db.close());
    },
    workers: { count: WORKERS, args: [join(packageRoot(), 'dist', 'worker', 'main.js')], graceMs: 10_000 },
    onEvent: onStack,
    signal,
    usualPorts: { postgres: 0, temporal: 0 },
  });
}

async function applyCatalogue(stateDir: string, db: Database): Promise<void> {
  const { config } = await readRulesFiles(stateDir);
  await applyCatalogueAndBudgets(db, config, 'demo');
}

async function verdictOn(stage: Stage, { reviewId }: DemoReview, options: DemoOptions): Promise<readonly string[]> {
  return awaitVerdict(stage, reviewId, { approve: options.approve, waitMs: options.verdictWaitMs });
}

/** The promoted change whose model was the best: where worthless answers show soonest. */
function best(rollouts: DemoRollouts | undefined): DemoRollout | undefined {
  const promoted = (rollouts?.rollouts ?? []).filter(({ state }) => state === 'WATCHED' || state === 'PROMOTED');
  return promoted.sort((a, b) => b.approvedLevel - a.approvedLevel)[0];
}
