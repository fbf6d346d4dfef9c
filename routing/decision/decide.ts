/**
 * Which model a task goes to, and which ones after it should it fail.
 *
 * The order is fixed: what may not be, then what a person approved, then the score under premium protection. The same input
 * gives the same decision anywhere, so that a stored decision can be explained and computed again.
 */

import type { Catalogue } from '../catalogue';
import { type TaskDescriptor, TIER_OF_COMPLEXITY, taskClassOf } from '../task/descriptor';
import type { TaskFacts } from '../task/task';
import { filterModels } from './admissible';
import { buildChain, chainLink } from './chain';
import { chooseModel } from './choice';
import { confidenceIn } from './confidence';
import type { Decision, Refusal } from './decision';
import type { Knowledge } from './knowledge';
import type { ClassPolicy, Policy } from './policy';
import { protectPremium } from './premium';
import { refusalReasons, routeReasons } from './reasons';
import { byScore, type ScoredModel, scoreModels } from './score';

export interface DecisionInput {
  readonly task: TaskFacts;
  readonly descriptor: TaskDescriptor;
  /** UTF-8 bytes of all that is sent: messages, tool definitions, schemas, files. */
  readonly promptBytes: number;
  readonly messageCount: number;
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  readonly knowledge: Knowledge;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Decides between models that nothing else tells apart; a task keeps its seed. */
  readonly seed: string;
}

/**
 * Decides on one task. Never throws for a task: when no model may take it, the refusal says which filter closed each one.
 */
export function decide(input: DecisionInput): Decision | Refusal {
  const { task, descriptor, catalogue, policy, knowledge } = input;
  const subject = subjectOf(task, descriptor);
  const classPolicy = classPolicyOf(policy, subject.taskClass);
  const maxOutputTokens = task.maxOutputTokens ?? policy.constraints.defaultMaxOutputTokens;
  const filtered = filterModels({
    task,
    descriptor,
    size: { promptBytes: input.promptBytes, messageCount: input.messageCount, maxOutputTokens },
    catalogue,
    approved: classPolicy?.approved,
    constraints: policy.constraints,
    knowledge,
    now: input.now,
  });
  const common = {
    taskClass: subject.taskClass,
    tier: subject.tier,
    descriptor,
    filteredOut: filtered.filteredOut,
    policyVersion: policy.version,
    catalogueVersion: catalogue.version,
  };
  if (filtered.admissible.length === 0) {
    return { kind: 'refused', ...common, reasons: refusalReasons(task, catalogue, filtered.filteredOut) };
  }

  const scored = scoreModels(filtered.admissible, { tier: subject.tier, descriptor: { type: subject.type } }, knowledge, policy);
  const protection = protectPremium(scored, task, policy.premium, knowledge.valuePercentiles);
  const routed = routedModels(classPolicy, scored);
  const choice = chooseModel(input, subject.tier, routed, protection.pool);
  const chain = buildChain(choice.model, routed, protection.open, policy.attempts.maxModels);
  const chosen = choice.model;
  const rest = scored.filter((model) => model !== chosen).sort(byScore);
  const runnerUp = protection.pool.filter((model) => model !== chosen).sort(byScore)[0];
  return {
    kind: 'routed',
    ...common,
    model: chosen.model.id,
    chosenBy: choice.by,
    confidence: confidenceIn(chosen, knowledge.performance.get(chosen.model.id), runnerUp, choice.by === 'policy'),
    estimatedCostNanoUsd: chosen.candidate.estimatedCostNanoUsd,
    estimatedLatencyMs: chosen.candidate.estimatedLatencyMs,
    alternatives: rest.map(({ candidate }) => candidate),
    chosen: chosen.candidate,
    chain: chain.map(chainLink),
    reasons: routeReasons({ task, ...subject, choice, route: classPolicy?.route, protection, chain, scored, filtered, policy }),
    propensity: choice.propensity,
    maxOutputTokens,
    limits: policy.attempts,
  };
}

/** What the decision is about: the submitter's own words win over what was detected. */
function subjectOf(task: TaskFacts, descriptor: TaskDescriptor) {
  const type = task.type ?? descriptor.type;
  const complexity = task.requires.tier ?? descriptor.complexity;
  return { type, tier: TIER_OF_COMPLEXITY[complexity], taskClass: taskClassOf(task.taskClass, { type, complexity }) };
}

/** Class names come from submitters, so only what the policy itself holds counts (`constructor` is no class). */
function classPolicyOf(policy: Policy, taskClass: string): ClassPolicy | undefined {
  return Object.hasOwn(policy.classes, taskClass) ? policy.classes[taskClass] : undefined;
}

/** The admissible models of the policy's route, its first model first. */
function routedModels(classPolicy: ClassPolicy | undefined, scored: readonly ScoredModel[]): readonly ScoredModel[] {
  const route = classPolicy?.route;
  if (route === undefined) return [];
  return [route.model, ...route.fallbacks].flatMap((id) => scored.find(({ model }) => model.id === id) ?? []);
}
