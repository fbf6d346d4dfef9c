/**
 * What keeping decisions saves a program that routes in its own process: a kept decision against one that is made, the whole of
 * `routeTask` with and without keeping, and how often recorded tasks find one that is kept.
 */

import { createRoutingSystem, type RoutingConfig } from '../../embedded';
import { createDecisionCache } from '../../routing/decision/cache';
import { type DecisionInput, decide } from '../../routing/decision/decide';
import { NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { describePrompt } from '../../routing/task/describe-prompt';
import { readRecordedTasks } from '../fit-classifier/labelled-tasks';
import type { Servers } from './installation';
import { instantCatalogue } from './instant-rules';
import { median } from './quantiles';

export interface EmbeddedReport {
  readonly models: number;
  /** Microseconds of one decision, tasks being classified already. */
  readonly keptUs: number;
  readonly madeUs: number;
  /** Microseconds of `routeTask`, classification included. */
  readonly memory: WithAndWithout;
  readonly postgres: WithAndWithout;
  /** Share of the recorded tasks that find a kept decision. */
  readonly hits: {
    /** Only asked where they would go. */
    readonly routed: number;
    /** Executed one after the other, and nothing learnt from them. */
    readonly executed: number;
    /** Executed, and each outcome learnt, which ends what was kept for its class. */
    readonly learning: number;
  };
}

interface WithAndWithout {
  readonly cacheUs: number;
  readonly noCacheUs: number;
}

/** Decisions that are measured at a time: one alone is shorter than the clock can tell. */
const BATCH = 1_000;
const BATCHES = 200;
const ROUTED_IN_MEMORY = 20_000;
const ROUTED_ON_POSTGRES = 2_000;

export async function embeddedReport(servers: () => Promise<Servers>): Promise<EmbeddedReport> {
  const texts = readRecordedTasks().map(({ prompt }) => prompt);
  const inputs = texts.slice(0, 50).map(inputOf);
  const cache = createDecisionCache({ ttlMs: 3_600_000, maxEntries: 1_000 });
  const { databaseUrl } = await servers();
  return {
    models: instantCatalogue().catalogue.models.size,
    keptUs: perDecision(inputs, cache.decide),
    madeUs: perDecision(inputs, decide),
    memory: await withAndWithout(texts, ROUTED_IN_MEMORY, {}),
    postgres: await withAndWithout(texts, ROUTED_ON_POSTGRES, { databaseUrl, name: 'bench' }),
    hits: {
      routed: await shareOfHits(texts, {}, false),
      executed: await shareOfHits(texts, { enableLearning: false }, true),
      learning: await shareOfHits(texts, {}, true),
    },
  };
}

function inputOf(text: string, at: number): DecisionInput {
  const prompt = { messages: [{ role: 'user', content: text }] } as const;
  const task = { id: `task-${at}`, priority: 50, privacyTier: 'internal', requires: {}, constraints: {}, scope: {} } as const;
  return {
    task,
    descriptor: describePrompt(prompt, task),
    promptBytes: Buffer.byteLength(text),
    messageCount: 1,
    catalogue: CATALOGUE,
    policy: DEFAULT_POLICY,
    knowledge: NO_KNOWLEDGE,
    now: 0,
    seed: task.id,
  };
}

const CATALOGUE = instantCatalogue().catalogue;

function perDecision(inputs: readonly DecisionInput[], decideOne: (input: DecisionInput) => unknown): number {
  const batches = Array.from({ length: BATCHES }, () => {
    const startedAt = performance.now();
    for (let at = 0; at < BATCH; at++) decideOne(inputs[at % inputs.length]!);
    return ((performance.now() - startedAt) * 1000) / BATCH;
  });
  return median(batches.slice(BATCHES / 10)); // the first ones warm up
}

async function withAndWithout(texts: readonly string[], times: number, config: RoutingConfig): Promise<WithAndWithout> {
  return { cacheUs: await perRoute(texts, times, config), noCacheUs: await perRoute(texts, times, { ...config, enableCache: false }) };
}

/** The median of `routeTask`, one after the other; as many again come before, to warm up. */
async function perRoute(texts: readonly string[], times: number, config: RoutingConfig): Promise<number> {
  const system = createRoutingSystem(config);
  const us: number[] = [];
  for (let at = 0; at < 2 * times; at++) {
    const startedAt = performance.now();
    await system.routeTask(texts[at % texts.length]!);
    if (at >= times) us.push((performance.now() - startedAt) * 1000);
  }
  await system.close();
  return median(us);
}

async function shareOfHits(texts: readonly string[], config: RoutingConfig, isExecuted: boolean): Promise<number> {
  const system = createRoutingSystem(config);
  for (const text of texts) {
    if (!isExecuted) await system.routeTask(text);
    else await system.executeWithRouting(text, async () => ({ answer: '', usage: { inputTokens: 500, outputTokens: 300 } }));
  }
  const { hits, misses } = system.cacheFigures();
  return hits / (hits + misses);
}

export function renderEmbeddedReport({ models, keptUs, madeUs, memory, postgres, hits }: EmbeddedReport): string {
  const us = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} µs`;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return [
    `one decision among ${models} models: kept ${us(keptUs)}, made ${us(madeUs)}`,
    `routeTask in memory: ${us(memory.cacheUs)} with a cache, ${us(memory.noCacheUs)} without`,
    `routeTask on Postgres: ${us(postgres.cacheUs)} with a cache, ${us(postgres.noCacheUs)} without`,
    `recorded tasks that find a kept decision: ${percent(hits.routed)} asked only, ${percent(hits.executed)} executed, ${percent(hits.learning)} executed and learnt from`,
  ].join('\n');
}
