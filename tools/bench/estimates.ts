/**
 * How close estimates of cost and latency come to what calls really cost and took, before and after there is experience with a
 * class. Experience is gathered as the ledger gathers it: a mean over the answered calls of a model on a class.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { recordedPrice } from '../../client/demo/rules';
import { packageRoot } from '../../db/documents/package-root';
import { type RecordedCall, type RecordedTask, readRecording } from '../../db/documents/recording';
import type { Model } from '../../routing/catalogue';
import { estimateCall } from '../../routing/decision/estimate';
import type { ClassPerformance } from '../../routing/decision/knowledge';
import { classify } from '../../routing/task/classify';
import type { TaskDescriptor } from '../../routing/task/descriptor';
import { nanoToUsd, usdPerMillionToPico } from '../../routing/units';
import { instantCatalogue } from './instant-rules';
import { median } from './quantiles';

/** Median of |estimate / recorded − 1|, a fraction. */
export interface EstimateError {
  readonly calls: number;
  readonly error: number;
}

export interface EstimatesReport {
  readonly cost: {
    /** What is known is the catalogue and the text. */
    readonly unseen: EstimateError;
    /** The other half of the tasks was seen. */
    readonly learned: EstimateError;
    readonly byClass: Readonly<Record<string, { readonly unseen: EstimateError; readonly learned: EstimateError }>>;
  };
  readonly latency: {
    /** The estimate after all other runs of the class were seen: mean and stated profile together. */
    readonly learned: EstimateError;
    /** The mean of the other runs alone, which is where the estimate goes as calls gather. */
    readonly meanAlone: EstimateError;
    readonly byClass: Readonly<Record<string, { readonly learned: EstimateError; readonly meanAlone: EstimateError }>>;
  };
}

export async function estimatesReport(): Promise<EstimatesReport> {
  const folder = join(packageRoot(), 'data', 'recorded');
  return {
    cost: costErrors(await readRecording(join(folder, 'llmrouter.dev.jsonl.gz'))),
    latency: latencyErrors(await readRecording(join(folder, 'evaldevq.dev.jsonl.gz'))),
  };
}

/** One recorded call with all that an estimate may use. */
interface Observed {
  readonly taskClass: string;
  readonly model: Model;
  readonly prompt: string;
  readonly descriptor: TaskDescriptor;
  readonly call: RecordedCall;
}

const MAX_OUTPUT_TOKENS = 4096;

function estimateOf({ model, descriptor, prompt }: Observed, performance: ClassPerformance | undefined) {
  return estimateCall(
    model,
    { promptBytes: Buffer.byteLength(prompt), messageCount: 1, maxOutputTokens: MAX_OUTPUT_TOKENS },
    descriptor,
    performance,
  );
}

function costErrors(tasks: readonly RecordedTask[]): EstimatesReport['cost'] {
  const calls = observedCalls(tasks, (model) => recordedPrice(tasks, model));
  const [history, measured] = halves(calls);
  const known = Map.groupBy(history, keyOf);
  const errors = measured.flatMap((observed) => {
    const costUsd = observed.call.cost_usd;
    if (costUsd === null || costUsd === 0) return [];
    const errorOf = (performance: ClassPerformance | undefined): number =>
      Math.abs(nanoToUsd(estimateOf(observed, performance).costNanoUsd!) / costUsd - 1);
    const seen = known.get(keyOf(observed));
    return { taskClass: observed.taskClass, unseen: errorOf(undefined), learned: errorOf(seen && experienceOf(seen)) };
  });
  const report = (some: typeof errors) => ({
    unseen: summary(some.map(({ unseen }) => unseen)),
    learned: summary(some.map(({ learned }) => learned)),
  });
  return { ...report(errors), byClass: byClass(errors, report) };
}

/** Each run is estimated from the other runs of its class. */
function latencyErrors(tasks: readonly RecordedTask[]): EstimatesReport['latency'] {
  const calls = observedCalls(tasks, () => 1).filter(({ call }) => (call.latency_ms ?? 0) > 0);
  const errors = [...Map.groupBy(calls, keyOf).values()].flatMap((runs) =>
    runs.flatMap((observed) => {
      const others = runs.filter((run) => run !== observed);
      if (others.length === 0) return [];
      const experience = experienceOf(others);
      const errorOf = (ms: number): number => Math.abs(ms / observed.call.latency_ms! - 1);
      return {
        taskClass: observed.taskClass,
        learned: errorOf(estimateOf(observed, experience).latencyMs),
        meanAlone: errorOf(experience.meanLatencyMs!),
      };
    }),
  );
  const report = (some: typeof errors) => ({
    learned: summary(some.map(({ learned }) => learned)),
    meanAlone: summary(some.map(({ meanAlone }) => meanAlone)),
  });
  return { ...report(errors), byClass: byClass(errors, report) };
}

/** What the ledger would know after these calls of one model on one class; see `settle_attempt`. */
function experienceOf(calls: readonly Observed[]): ClassPerformance {
  const latencies = calls.flatMap(({ call }) => call.latency_ms ?? []);
  const logRatios = calls.flatMap(({ call: { output_tokens: tokens }, descriptor }) =>
    tokens === null ? [] : Math.log(Math.max(tokens, 1) / descriptor.estimatedOutputTokens),
  );
  return {
    attempts: calls.length,
    successes: calls.length,
    graded: 0,
    ...(latencies.length === 0 ? {} : { meanLatencyMs: meanOf(latencies) }),
    ...(logRatios.length === 0 ? {} : { outputRatio: Math.exp(meanOf(logRatios)) }),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function observedCalls(tasks: readonly RecordedTask[], pricePerMillion: (model: string) => number): Observed[] {
  const [plain] = instantCatalogue().catalogue.models.values();
  const names = [...new Set(tasks.flatMap(({ models }) => Object.keys(models)))];
  const models = new Map(
    names.map((name) => {
      const price = usdPerMillionToPico(pricePerMillion(name));
      return [name, { ...plain!, id: `recorded/${name}`, prices: { steps: [{ aboveInputTokens: 0, input: price, output: price }] } }];
    }),
  );
  return tasks.flatMap(({ task_class: taskClass, prompt, models: calls }) => {
    const descriptor = classify(prompt);
    return Object.entries(calls).map(([name, call]) => ({ taskClass, model: models.get(name)!, prompt, descriptor, call }));
  });
}

/** By a hash of the prompt, so that all calls of one task are on one side. */
function halves(calls: readonly Observed[]): [history: Observed[], measured: Observed[]] {
  const isHistory = ({ prompt }: Observed): boolean => createHash('sha256').update(prompt).digest()[0]! < 128;
  return [calls.filter(isHistory), calls.filter((call) => !isHistory(call))];
}

function keyOf({ taskClass, model }: Observed): string {
  return `${taskClass} ${model.id}`;
}

function summary(errors: readonly number[]): EstimateError {
  return { calls: errors.length, error: median(errors) };
}

function byClass<E extends { readonly taskClass: string }, R>(errors: readonly E[], report: (some: E[]) => R): Record<string, R> {
  const groups = [...Map.groupBy(errors, ({ taskClass }) => taskClass)].sort(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(groups.map(([name, some]) => [name, report(some)]));
}

export function renderEstimatesReport({ cost, latency }: EstimatesReport): string {
  const percent = ({ error }: EstimateError): string => `${(100 * error).toFixed(1)} %`.padStart(9);
  const rows = <R>(groups: Readonly<Record<string, R>>, cells: (row: R) => string): string[] =>
    Object.entries(groups).map(([name, row]) => `    ${name.padEnd(24)}${cells(row)}`);
  return [
    'median absolute error of the estimate of one call',
    `  cost (${cost.learned.calls} calls)             unseen   half seen`,
    `    ${'all'.padEnd(24)}${percent(cost.unseen)}${percent(cost.learned).padStart(12)}`,
    ...rows(cost.byClass, ({ unseen, learned }) => `${percent(unseen)}${percent(learned).padStart(12)}`),
    `  latency (${latency.learned.calls} calls)        estimate   class mean`,
    `    ${'all'.padEnd(24)}${percent(latency.learned)}${percent(latency.meanAlone).padStart(13)}`,
    ...rows(latency.byClass, ({ learned, meanAlone }) => `${percent(learned)}${percent(meanAlone).padStart(13)}`),
  ].join('\n');
}
