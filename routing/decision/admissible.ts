/**
 * Which models may take a task at all. Hard filters: nothing is ever traded for them.
 *
 * The conditions that protect content and make a call possible stand in one function, `obstacleToCall`, which is asked twice:
 * here, when a decision is made, and again right before every call, on every path, because a catalogue can change in between.
 */

import { type Catalogue, type Model, tierRank } from '../catalogue';
import { type TaskDescriptor, TIER_OF_COMPLEXITY } from '../task/descriptor';
import type { TaskFacts } from '../task/task';
import { formatUsd } from '../units';
import { mayCall } from './cool-down';
import type { FilteredOut, FilterRule } from './decision';
import { type CallSize, type Estimate, estimateCall } from './estimate';
import type { Knowledge } from './knowledge';
import type { PolicyConstraints } from './policy';

/** Why a model may not take a task. */
export interface Obstacle {
  readonly rule: FilterRule;
  /** For people: what was needed and what the model has. */
  readonly detail: string;
}

/**
 * The first condition that closes this model to this task, or undefined when it may be called.
 *
 * Fails closed: a privacy tier or region that the model does not list by name closes it, and so does a status that is not
 * plainly open. A deprecated model is open until the instant it retires.
 */
export function obstacleToCall(
  model: Model,
  task: Pick<TaskFacts, 'privacyTier' | 'residency' | 'requires' | 'maxOutputTokens'>,
  descriptor: Pick<TaskDescriptor, 'estimatedInputTokens' | 'estimatedOutputTokens'>,
  now: number,
): Obstacle | undefined {
  const { requires } = task;
  if (!isInService(model, now)) {
    return { rule: 'status', detail: 'it is retired' };
  }
  if (!model.privacyTiers.includes(task.privacyTier)) {
    return {
      rule: 'privacy-tier',
      detail: `the task is ${task.privacyTier}, the model is approved for ${listed(model.privacyTiers, 'nothing')}`,
    };
  }
  if (task.residency !== undefined && !model.regions.includes(task.residency)) {
    return {
      rule: 'residency',
      detail: `content must stay in "${task.residency}", the model is approved for ${listed(model.regions, 'no region')}`,
    };
  }
  for (const capability of requires.capabilities ?? []) {
    if (!model.capabilities.includes(capability)) {
      return { rule: 'capability', detail: `the task needs ${capability}, which the model does not have` };
    }
  }
  if (requires.tier !== undefined && tierRank(model.capabilityTier) < tierRank(TIER_OF_COMPLEXITY[requires.tier])) {
    return {
      rule: 'capability',
      detail: `the task needs at least a ${TIER_OF_COMPLEXITY[requires.tier]} model, this one is ${model.capabilityTier}`,
    };
  }
  const outputTokens = Math.min(descriptor.estimatedOutputTokens, task.maxOutputTokens ?? Infinity);
  const windowTokens = Math.max(descriptor.estimatedInputTokens + outputTokens, requires.contextWindowTokens ?? 0);
  if (windowTokens > model.contextWindowTokens) {
    return { rule: 'context-window', detail: `the task needs ${windowTokens} tokens, the model has ${model.contextWindowTokens}` };
  }
  if (outputTokens > model.maxOutputTokens) {
    return {
      rule: 'output-limit',
      detail: `the answer may need ${outputTokens} tokens, the model gives at most ${model.maxOutputTokens}`,
    };
  }
  return undefined;
}

function isInService(model: Model, now: number): boolean {
  const { status } = model;
  return status.kind === 'active' || (status.kind === 'deprecated' && (status.retiresAt === undefined || now < status.retiresAt));
}

function listed(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.join(', ');
}

/** What the filters look at. */
export interface FilterInput {
  readonly task: TaskFacts;
  readonly descriptor: TaskDescriptor;
  readonly size: CallSize;
  readonly catalogue: Catalogue;
  /** Models approved for the task's class; absent: all. */
  readonly approved: readonly string[] | undefined;
  readonly constraints: PolicyConstraints;
  readonly knowledge: Knowledge;
  readonly now: number;
}

export interface AdmissibleModel {
  readonly model: Model;
  readonly estimate: Estimate;
}

export interface FilterResult {
  /** In the order of the catalogue. */
  readonly admissible: readonly AdmissibleModel[];
  readonly filteredOut: readonly FilteredOut[];
  /** No model was left but those cooling down, and they were let through: waiting for one of them beats a refusal. */
  readonly isCoolDownLifted: boolean;
}

/**
 * Divides the catalogue into models that may take the task and models that may not, each with the first rule that closed it.
 *
 * Rules are asked in one fixed order: what protects content and what a call needs, what the submitter asked for, what the
 * policy approves, money, quality and time, and last the cool-down.
 */
export function filterModels(input: FilterInput): FilterResult {
  const admissible: AdmissibleModel[] = [];
  const filteredOut: FilteredOut[] = [];
  const coolingDown: AdmissibleModel[] = [];
  for (const model of input.catalogue.models.values()) {
    const obstacle = obstacleToCall(model, input.task, input.descriptor, input.now) ?? obstacleToChoice(model, input);
    if (obstacle !== undefined) {
      filteredOut.push({ model: model.id, rule: obstacle.rule, detail: obstacle.detail });
      continue;
    }
    const estimate = estimateCall(model, input.size, input.descriptor, input.knowledge.performance.get(model.id));
    const misfit = obstacleInEstimate(model, estimate, input);
    if (misfit !== undefined) {
      filteredOut.push({ model: model.id, rule: misfit.rule, detail: misfit.detail });
    } else if (mayCall(input.knowledge.health.get(model.id), input.now) === 'no') {
      coolingDown.push({ model, estimate });
    } else {
      admissible.push({ model, estimate });
    }
  }
  if (admissible.length === 0 && coolingDown.length > 0) {
    return { admissible: coolingDown, filteredOut, isCoolDownLifted: true };
  }
  for (const { model } of coolingDown) {
    filteredOut.push({ model: model.id, rule: 'cool-down', detail: 'it failed repeatedly and is left alone for a while' });
  }
  return { admissible, filteredOut, isCoolDownLifted: false };
}

/** What the submitter, the policy and the configuration say of a model, before anything is estimated. */
function obstacleToChoice(model: Model, { task, approved, knowledge }: FilterInput): Obstacle | undefined {
  const wanted = task.constraints;
  if (wanted.provider !== undefined && model.provider !== wanted.provider) {
    return { rule: 'provider', detail: `the task asks for provider "${wanted.provider}"` };
  }
  if (wanted.model !== undefined && model.id !== wanted.model) {
    return { rule: 'model', detail: `the task asks for model "${wanted.model}"` };
  }
  if (wanted.excludeModels?.includes(model.id)) {
    return { rule: 'excluded', detail: 'the task excludes it' };
  }
  if (approved !== undefined && !approved.includes(model.id)) {
    return { rule: 'approved-list', detail: 'the policy does not approve it for this class of task' };
  }
  if (knowledge.configuredProviders !== undefined && !knowledge.configuredProviders.has(model.provider)) {
    return { rule: 'not-configured', detail: `provider "${model.provider}" has no key` };
  }
  if (model.prices === undefined && !model.allowUnknownPrice) {
    return { rule: 'unknown-price', detail: 'its price is unknown; give it one, or allow it by name' };
  }
  return undefined;
}

/** Money, quality and time. */
function obstacleInEstimate(model: Model, estimate: Estimate, { task, constraints, knowledge }: FilterInput): Obstacle | undefined {
  const callLimit = Math.min(task.constraints.maxCostNanoUsd ?? Infinity, constraints.maxCostPerCallNanoUsd ?? Infinity);
  if (callLimit !== Infinity && estimate.maxCostNanoUsd === undefined) {
    return { rule: 'cost-limit', detail: `its price is unknown, so a call cannot be held to ${formatUsd(callLimit)}` };
  }
  // Without a price nothing can be reserved: whoever allowed the model by name took that upon himself.
  const maxCost = estimate.maxCostNanoUsd ?? 0;
  if (maxCost > callLimit) {
    return { rule: 'cost-limit', detail: `a call may cost up to ${formatUsd(maxCost)}, the limit is ${formatUsd(callLimit)}` };
  }
  const { budgetRoomNanoUsd } = knowledge;
  if (budgetRoomNanoUsd !== undefined && maxCost > budgetRoomNanoUsd) {
    return {
      rule: 'budget',
      detail: `a call may cost up to ${formatUsd(maxCost)}, the budget has ${formatUsd(Math.max(budgetRoomNanoUsd, 0))} left`,
    };
  }
  const { minQuality, maxLatencyMs } = task.constraints;
  if (minQuality !== undefined && estimate.quality < minQuality) {
    return { rule: 'min-quality', detail: `expected quality is ${estimate.quality.toFixed(2)}, the task asks for ${minQuality}` };
  }
  if (maxLatencyMs !== undefined && estimate.latencyMs > maxLatencyMs) {
    return { rule: 'max-latency', detail: `${model.displayName} takes about ${estimate.latencyMs} ms, the task allows ${maxLatencyMs} ms` };
  }
  return undefined;
}
