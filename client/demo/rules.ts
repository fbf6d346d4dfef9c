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

/** How much worse than the best a cheaper model may be, a difference of mean qualities. */
export const DEMO_TOLERANCE = 0.02;

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
  const options = { file: dataFile, faults_percent: String(DEMO_FAULTS_PERCENT), faults_seed: 'demo', pace: '1' };
  const header = '# Recorded models: names, prices and qualities come from the data set, not from live providers.\n';
  return header + stringify({ providers: { recorded: { kind: 'recorded', options, models } } });
}

/** The text of policy.yaml: for every kind of task the cheapest model that did about as well as the best one. */
export function demoPolicyYaml(history: readonly RecordedTask[]): string {
  const byClass = Map.groupBy(history, ({ task_class }) => task_class);
  const classes = Object.fromEntries(
    [...byClass]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, tasks]) => [name, { route: routeFor(recordsOf(tasks)), tolerance: DEMO_TOLERANCE }]),
  );
  const header = `# For every kind of task the cheapest model within ${DEMO_TOLERANCE} of the best, over the recorded tasks that are not submitted.\n`;
  return header + stringify({ classes });
}

function routeFor(records: readonly ModelRecord[]): { model: string; fallbacks: string[] } {
  const best = records[0]!.meanQuality;
  const goodEnough = records.filter(({ meanQuality }) => meanQuality >= best - DEMO_TOLERANCE);
  const chosen = goodEnough.reduce((cheapest, record) => (record.meanCostUsd < cheapest.meanCostUsd ? record : cheapest));
  const fallbacks = records.filter(({ model }) => model !== chosen.model).slice(0, 2);
  return { model: `recorded/${chosen.model}`, fallbacks: fallbacks.map(({ model }) => `recorded/${model}`) };
}
