/**
 * The catalogue and the policy of the demonstration, made from recorded calls: prices from what the calls cost, routes from how
 * the models did. Written as the files a user would write, and read like them.
 */

import { stringify } from 'yaml';
import type { RecordedTask } from '../../db/documents/recording';

/** How one model did on one kind of task, over the history. */
export interface ModelRecord {
  readonly model: string;
  readonly meanQuality: number;
  readonly meanCostUsd: number;
}

/** How much worse than the best model a cheaper one may be on a kind of task, a difference of mean qualities. */
export const DEMO_TOLERANCE = 0.02;

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

/** The text of signalbox.yaml: every recorded model, tiered by how it did over the whole history. */
export function demoCatalogueYaml(history: readonly RecordedTask[], dataFile: string): string {
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
    faults_percent: String(DEMO_FAULTS_PERCENT),
    faults_seed: 'demo',
    retry_after_ms: String(DEMO_RETRY_AFTER_MS),
    pace: '1',
  };
  const header = '# Recorded models: names, prices and qualities come from the data set, not from live providers.\n';
  return header + stringify({ providers: { recorded: { kind: 'recorded', options, models } } });
}

/**
 * The text of policy.yaml: for every kind of task the cheapest model that did about as well there as the model that is best
 * over all kinds. This is the plainest thing that routing by class can do.
 */
export function demoPolicyYaml(history: readonly RecordedTask[]): string {
  const best = recordsOf(history)[0]!.model;
  const byClass = [...Map.groupBy(history, ({ task_class }) => task_class)].sort(([a], [b]) => a.localeCompare(b));
  const classes = Object.fromEntries(
    byClass.map(([name, tasks]) => [name, { route: routeFor(recordsOf(tasks), best), tolerance: DEMO_TOLERANCE }]),
  );
  const header = `# For every kind of task the cheapest model at most ${DEMO_TOLERANCE} worse than ${best}, over the recorded tasks that are not submitted.\n`;
  return header + stringify({ classes });
}

function routeFor(records: readonly ModelRecord[], best: string): { model: string; fallbacks: string[] } {
  const reference = records.find(({ model }) => model === best)!;
  const goodEnough = records.filter(({ meanQuality }) => meanQuality >= reference.meanQuality - DEMO_TOLERANCE);
  const chosen = goodEnough.reduce((cheapest, record) => (record.meanCostUsd < cheapest.meanCostUsd ? record : cheapest));
  const fallbacks = records.filter(({ model }) => model !== chosen.model).slice(0, 2);
  return { model: `recorded/${chosen.model}`, fallbacks: fallbacks.map(({ model }) => `recorded/${model}`) };
}
