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
import { type LiveCanary, trialOf } from './canary';
import { buildChain, chainLink, routedModels } from './chain';
import { type Choice, chooseModel, likelihoodOf } from './choice';
import { confidenceIn } from './confidence';
import type { Decision, Refusal } from './decision';
import type { Knowledge } from './knowledge';
import type { ClassPolicy, Policy } from './policy';
import { protectPremium } from './premium';
import { refusalReasons, routeReasons } from './reasons';
import { byScore, scoreModels } from './score';

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
  /** Rollouts that were live at this moment; absent: none. */
  readonly canaries?: readonly LiveCanary[];
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
  const usual = routedModels(classPolicy?.route, scored);
  const usualChoice = chooseModel(input, subject.tier, usual, protection.pool);
  const trial = trialOf(input, subject.taskClass, classPolicy?.route, scored);
  const isMoved = trial?.arm === 'canary';
  const routed = isMoved ? trial.models : usual;
  const choice: Choice = isMoved ? { model: trial.models[0], by: 'policy', propensity: 1 } : usualChoice;
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
    reasons: routeReasons({ task, ...subject, choice, route: classPolicy?.route, trial, protection, chain, scored, filtered, policy }),
    propensity: trial === undefined ? choice.propensity : likelihoodOf(chosen, usualChoice, trial.models[0], trial.weight),
    ...(trial?.arm === undefined ? {} : { rollout: { id: trial.rolloutId, arm: trial.arm } }),
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
