/**
 * Whether a model that only checks may see a task, and what asking it costs.
 *
 * It is sent the task's content, so everything that protects content holds for it as for a model that answers. What says who may
 * answer (tier, approved models, the submitter's choice) says nothing of who may check.
 */

import type { Catalogue, Model } from '../catalogue';
import { type Obstacle, obstacleToCall } from '../decision/admissible';
import { type CallSize, estimateCall } from '../decision/estimate';
import type { Knowledge } from '../decision/knowledge';
import type { PolicyConstraints } from '../decision/policy';
import { estimateCost, worstCaseCost } from '../money/cost';
import type { TaskDescriptor } from '../task/descriptor';
import type { TaskFacts } from '../task/task';
import { formatUsd, type NanoUsd } from '../units';
import type { Check } from './check';

/** Bytes of an answer that are counted for one of its tokens, where the answer is not there yet: a long word of most languages. */
const BYTES_PER_TOKEN = 8;

/** Bytes of what frames task and answer in the prompt of a judge, its rubric aside. */
const FRAME_BYTES = 1_500;

/** Tokens that the verdict of a judge takes, without thinking. */
const VERDICT_TOKENS = 20;

/** A task whose answers are to be checked. */
export interface CheckedTask {
  readonly task: TaskFacts;
  readonly descriptor: TaskDescriptor;
  readonly size: CallSize;
  readonly catalogue: Pick<Catalogue, 'models'>;
  readonly constraints: PolicyConstraints;
  readonly knowledge: Knowledge;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface CheckCall {
  readonly costNanoUsd: NanoUsd;
  readonly maxCostNanoUsd: NanoUsd;
  readonly latencyMs: number;
  readonly maxOutputTokens: number;
}

/**
 * The condition that keeps a checking model from being sent this task at this moment; asked again right before its call.
 *
 * A second answer needs what the first one needs; a judge only reads.
 */
export function obstacleToCheckCall(
  model: Model,
  kind: Check['kind'],
  task: Pick<TaskFacts, 'privacyTier' | 'residency' | 'requires' | 'maxOutputTokens' | 'constraints'>,
  descriptor: Pick<TaskDescriptor, 'estimatedInputTokens' | 'estimatedOutputTokens'>,
  now: number,
): Obstacle | undefined {
  const { tier: _, capabilities, ...requires } = task.requires;
  const needed = kind === 'judge' || capabilities === undefined ? requires : { ...requires, capabilities };
  const obstacle = obstacleToCall(model, { ...task, requires: needed }, descriptor, now);
  if (obstacle !== undefined) return obstacle;
  return task.constraints.excludeModels?.includes(model.id) ? { rule: 'excluded', detail: 'the task excludes it' } : undefined;
}

/** The first reason why a model may not be asked by the checks of this task; undefined when it may. */
export function obstacleToCheckModel(id: string, check: Check, input: CheckedTask): Obstacle | undefined {
  const { task, descriptor, catalogue, constraints, knowledge, now } = input;
  const model = catalogue.models.get(id);
  if (model === undefined) return { rule: 'status', detail: 'it is not in the catalogue' };
  const obstacle = obstacleToCheckCall(model, check.kind, task, descriptor, now);
  if (obstacle !== undefined) return obstacle;
  if (knowledge.configuredProviders !== undefined && !knowledge.configuredProviders.has(model.provider)) {
    return { rule: 'not-configured', detail: `provider "${model.provider}" has no key` };
  }
  if (model.prices === undefined && !model.allowUnknownPrice) return { rule: 'unknown-price', detail: 'its price is unknown' };
  const { maxCostNanoUsd } = estimateCheckCall(model, check, input);
  const limit = Math.min(task.constraints.maxCostNanoUsd ?? Infinity, constraints.maxCostPerCallNanoUsd ?? Infinity);
  if (maxCostNanoUsd > limit) {
    return { rule: 'cost-limit', detail: `a call may cost up to ${formatUsd(maxCostNanoUsd)}, the limit is ${formatUsd(limit)}` };
  }
  const { budgetRoomNanoUsd: room } = knowledge;
  if (room !== undefined && maxCostNanoUsd > room) {
    return {
      rule: 'budget',
      detail: `a call may cost up to ${formatUsd(maxCostNanoUsd)}, the budget has ${formatUsd(Math.max(room, 0))} left`,
    };
  }
  return undefined;
}

/** What one call of a checking model is expected to bring. A price that is unknown, and allowed by name, counts as 0. */
export function estimateCheckCall(model: Model, check: Check, { descriptor, size, knowledge }: CheckedTask): CheckCall {
  if (check.kind !== 'judge') {
    const {
      costNanoUsd = 0,
      maxCostNanoUsd = 0,
      latencyMs,
      maxOutputTokens,
    } = estimateCall(model, size, descriptor, knowledge.performance.get(model.id));
    return { costNanoUsd, maxCostNanoUsd, latencyMs, maxOutputTokens };
  }
  const maxOutputTokens = Math.min(check.maxOutputTokens, model.maxOutputTokens);
  const frameBytes = FRAME_BYTES + 4 * check.rubric.length;
  const answerTokens = Math.min(descriptor.estimatedOutputTokens, size.maxOutputTokens);
  const inputTokens = descriptor.estimatedInputTokens + answerTokens + Math.ceil(frameBytes / 4);
  const worstBytes = size.promptBytes + size.maxOutputTokens * BYTES_PER_TOKEN + frameBytes;
  return {
    costNanoUsd: estimateCost(model, inputTokens, VERDICT_TOKENS) ?? 0,
    maxCostNanoUsd: worstCaseCost(model, worstBytes, 2, maxOutputTokens) ?? 0,
    latencyMs: Math.round(model.latency.firstTokenMs + VERDICT_TOKENS * model.latency.msPerOutputToken),
    maxOutputTokens,
  };
}
