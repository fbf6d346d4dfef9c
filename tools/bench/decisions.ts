/**
 * How fast a task is classified and decided on, and that hostile text takes no more than its length says.
 */

import { decide } from '../../routing/decision/decide';
import { type ClassPerformance, type Knowledge, type RatingState, ratingKey } from '../../routing/decision/knowledge';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { classify } from '../../routing/task/classify';
import { describePrompt } from '../../routing/task/describe-prompt';
import type { Prompt } from '../../routing/task/prompt';
import type { TaskFacts } from '../../routing/task/task';
import { readRecordedTasks } from '../fit-classifier/labelled-tasks';
import { type Hostile, hostileTexts } from './hostile-texts';
import { instantCatalogue } from './instant-rules';
import { median, quantile } from './quantiles';

export interface DecisionReport {
  readonly models: number;
  readonly promptBytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly decisionsPerSecond: number;
  /** One row per kind of text, sizes ascending. */
  readonly hostile: readonly HostileReport[];
  /** The largest `growth` of any kind. */
  readonly worstGrowth: number;
}

export interface HostileReport {
  readonly kind: Hostile['kind'];
  /** Milliseconds by size. */
  readonly ms: readonly number[];
  /** Time per character of the largest text over that of the smallest; 1 is linear. */
  readonly growth: number;
}

export const HOSTILE_SIZES = [16, 64, 256, 1024].map((kib) => kib * 1024);

const PROMPT_BYTES = 2048;
const WARM_UP = 5_000;
const DECISIONS = 30_000;

export function decisionReport(): DecisionReport {
  const { catalogue } = instantCatalogue();
  const knowledge = knowledgeOfAll([...catalogue.models.keys()]);
  const prompts = promptsOf(PROMPT_BYTES);
  const timesUs: number[] = [];
  for (let at = 0; at < WARM_UP + DECISIONS; at++) {
    const prompt = prompts[at % prompts.length]!;
    const task = taskOf(at);
    const startedAt = performance.now();
    const descriptor = describePrompt(prompt, task);
    const decided = decide({
      task,
      descriptor,
      promptBytes: PROMPT_BYTES,
      messageCount: 1,
      catalogue,
      policy: DEFAULT_POLICY,
      knowledge,
      now: at,
      seed: task.id,
    });
    const tookUs = (performance.now() - startedAt) * 1000;
    if (decided.kind !== 'routed') throw new Error(`A task of the benchmark was refused: ${decided.reasons.join(' ')}`);
    if (at >= WARM_UP) timesUs.push(tookUs);
  }
  const hostile = hostileTexts(HOSTILE_SIZES).map(hostileReport);
  return {
    models: catalogue.models.size,
    promptBytes: PROMPT_BYTES,
    p50Us: median(timesUs),
    p99Us: quantile(timesUs, 0.99),
    decisionsPerSecond: (timesUs.length / timesUs.reduce((sum, us) => sum + us, 0)) * 1_000_000,
    hostile,
    worstGrowth: Math.max(...hostile.map(({ growth }) => growth)),
  };
}

/** Prompts of real words: the recorded tasks, one after the other, cut to the same size. */
function promptsOf(bytes: number): Prompt[] {
  const text = Buffer.from(
    readRecordedTasks()
      .map(({ prompt }) => prompt)
      .join('\n'),
  );
  return Array.from({ length: 500 }, (_, at) => ({
    messages: [{ role: 'user', content: text.toString('latin1', at * bytes, (at + 1) * bytes) }],
  }));
}

function taskOf(at: number): TaskFacts {
  return { id: `task-${at}`, priority: 50, privacyTier: 'internal', requires: {}, constraints: {}, scope: {} };
}

/** Everything is known of every model, which is what costs a decision most. */
function knowledgeOfAll(models: readonly string[]): Knowledge {
  const performance: ClassPerformance = {
    attempts: 120,
    successes: 117,
    graded: 60,
    meanScore: 0.8,
    meanLatencyMs: 1_900,
    outputRatio: 1.1,
  };
  const rating: RatingState = { ewma: 3.6, count: 40 };
  return {
    ratings: new Map(models.flatMap((model) => [[ratingKey(model), rating] as const, [ratingKey(model, 'STANDARD'), rating] as const])),
    performance: new Map(models.map((model) => [model, performance])),
    health: new Map(models.map((model) => [model, { state: 'closed', consecutiveFailures: 0 }])),
    budgetRoomNanoUsd: Number.MAX_SAFE_INTEGER,
  };
}

const HOSTILE_ROUNDS = 7;

function hostileReport({ kind, texts }: Hostile): HostileReport {
  const ms = texts.map((text) => {
    const times = Array.from({ length: HOSTILE_ROUNDS }, () => {
      const startedAt = performance.now();
      classify(text);
      return performance.now() - startedAt;
    });
    return median(times);
  });
  const perCharacter = ms.map((time, at) => time / texts[at]!.length);
  return { kind, ms, growth: perCharacter.at(-1)! / perCharacter[0]! };
}

export function renderDecisionReport(report: DecisionReport): string {
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(10)).join('');
  return [
    `${report.models} models, prompts of ${report.promptBytes} bytes, one core`,
    `p50 ${report.p50Us.toFixed(1)} µs   p99 ${report.p99Us.toFixed(1)} µs   ${Math.round(report.decisionsPerSecond)} decisions/s`,
    '',
    `classification of hostile text, ms${''.padEnd(2)}${cells(HOSTILE_SIZES.map((size) => `${size / 1024} KiB`))}    growth per character`,
    ...report.hostile.map(
      ({ kind, ms, growth }) => `  ${kind.padEnd(34)}${cells(ms.map((time) => time.toFixed(3)))}    × ${growth.toFixed(2)}`,
    ),
  ].join('\n');
}
