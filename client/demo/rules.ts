/**
 * The catalogue and the policy of the demonstration, made from recorded calls: prices from what the calls cost, and one model for
 * everything. Written as the files a user would write, and read like them.
 */

import { stringify } from 'yaml';
import type { RecordedTask } from '../../db/documents/recording';

/** How one model did on one kind of task, over the history. */
export interface ModelRecord {
  readonly model: string;
  readonly meanQuality: number;
  readonly meanCostUsd: number;
}

/** The model that everything goes to at first: the newest of the recorded ones, and one of the dearest. */
export const DEMO_MODEL = 'llama-3.3-nemotron-super-49b-v1';

/** How much worse a change may make a kind of task, a difference of success rates. */
export const DEMO_TOLERANCE = 0.05;

/** What a rate limit of the demonstration asks for: longer than a task waits for one model, so that it falls back. */
const DEMO_RETRY_AFTER_MS = 120_000;

/** Share of the submitted tasks whose first call fails. */
export const DEMO_FAULTS_PERCENT = 5;

/** Calls take real time, so that some are in flight when a worker is killed: milliseconds of every recorded call. */
const DEMO_CALL_MS = 150;

/** Mean quality and cost of every model over some tasks, best quality first. */
export function recordsOf(tasks: readonly RecordedTask[]): ModelRecord[] {
  const sums = new Map<string, { quality: number; cost: number; calls: number }>();
  for (const task of tasks) {
    for (const [model, call] of Object.entries(task.models)) {
      const sum = sums.get(model) ?? { quality: 0, cost: 0, calls: 0 };
      sums.set(model, { quality: sum.quality + call.quality, cost: sum.cost + (call.cost_usd ?? 0), calls: sum.calls + 1 });
    }
  }
  return [...sums]
    .map(([model, { quality, cost, calls }]) => ({ model, meanQuality: quality / calls, meanCostUsd: cost / calls }))
    .sort((a, b) => b.meanQuality - a.meanQuality);
}

/**
 * US dollars per million tokens that a model's recorded calls were billed at; the data set prices tokens in and out alike.
 */
export function recordedPrice(tasks: readonly RecordedTask[], model: string): number {
  let cost = 0;
  let tokens = 0;
  for (const { models } of tasks) {
    const call = models[model];
    if (call?.cost_usd == null || call.input_tokens === null || call.output_tokens === null) continue;
    cost += call.cost_usd;
    tokens += call.input_tokens + call.output_tokens;
  }
  return Number(((cost / tokens) * 1_000_000).toFixed(6));
}

/** What the recorded models do beside answering. */
export interface DemoFaults {
  /** Share of tasks whose first call fails, in percent. */
  readonly faultsPercent: number;
  /** A model that has become worse, and the share of its answers that are worthless, in percent. */
  readonly degraded?: { readonly model: string; readonly percent: number };
}

/** The text of signalbox.yaml: every recorded model, tiered by how it did over the whole history. */
export function demoCatalogueYaml(history: readonly RecordedTask[], dataFile: string, { faultsPercent, degraded }: DemoFaults): string {
  const records = recordsOf(history);
  const models = Object.fromEntries(
    records.map(({ model, meanQuality }, rank) => {
      const price = recordedPrice(history, model);
      return [
        model,
        {
          display_name: model,
          cost_tier: price >= 0.5 ? 'premium' : price > 0.1 ? 'balanced' : 'budget',
          capability_tier: rank < 3 ? 'COMPLEX' : rank < 6 ? 'STANDARD' : 'SIMPLE',
          default_priority: Math.round(meanQuality * 100),
          quality: Number(meanQuality.toFixed(3)),
          prices: { input: price, output: price },
          context_window: 128_000,
          max_output: 4_096,
          latency: { first_token_ms: DEMO_CALL_MS, ms_per_output_token: 0 },
        },
      ];
    }),
  );
  const options = {
    file: dataFile,
    faults_percent: String(faultsPercent),
    faults_seed: 'demo',
    retry_after_ms: String(DEMO_RETRY_AFTER_MS),
    pace: '1',
    ...(degraded === undefined ? {} : { degraded_model: degraded.model, degraded_percent: String(degraded.percent) }),
  };
  const header = '# Recorded models: names, prices and qualities come from the data set, not from live providers.\n';
  return header + stringify({ providers: { recorded: { kind: 'recorded', options, models } } });
}

/**
 * The text of policy.yaml: everything goes to one large model, as teams begin. Reviewed in compressed time: the last hour stands for
 * four weeks, and the steps of a rollout take seconds.
 */
export function demoPolicyYaml(recording: readonly RecordedTask[]): string {
  const names = [...new Set(recording.map(({ task_class }) => task_class))].sort();
  const fallbacks = recordsOf(recording)
    .filter(({ model }) => model !== DEMO_MODEL)
    .slice(0, 2)
    .map(({ model }) => `recorded/${model}`);
  const route = { model: `recorded/${DEMO_MODEL}`, fallbacks };
  const classes = Object.fromEntries(names.map((name) => [name, { route, tolerance: DEMO_TOLERANCE }]));
  const header = '# Everything on one large model, before anybody has looked. Times of the review are compressed for the demonstration.\n';
  return header + stringify({ classes, review: DEMO_REVIEW }, { aliasDuplicateObjects: false });
}

/** Milliseconds in the units that policy.yaml counts in. */
const hours = (ms: number) => ms / 3_600_000;
const days = (ms: number) => hours(ms) / 24;

/**
 * As the defaults, but for the times, the number of tasks in a step, the least saving (a recorded call costs a hundredth of a cent),
 * and the latency, which is not recorded and is the same for all models but for the load of this machine.
 */
const DEMO_REVIEW = {
  window_days: days(3_600_000),
  min_saving_usd_per_month: 1,
  groups: { 'multiple-choice': ['arc_challenge', 'commonsense_qa', 'openbook_qa'] },
  replay: { concurrency: 20 },
  proof: { max_latency_ratio: 10 },
  canary: {
    steps: [
      { share: 0.05, min_per_arm: 10, dwell_hours: hours(1_000) },
      { share: 0.25, min_per_arm: 40, dwell_hours: hours(1_000) },
      { share: 0.5, min_per_arm: 150, dwell_hours: hours(1_000) },
    ],
    soak_days: days(1_000),
    deadline_days: days(600_000),
    label_window_hours: 0,
    tick_seconds: 0.5,
    lease_minutes: 0.5,
  },
  watch: { tick_minutes: 0.01, duration_days: 1 },
} as const;
