/**
 * Which model a task goes to, and which ones after it should it fail.
 *
 * The order is fixed: what may not be, then what a person approved, then the score under premium protection. The same input
 * gives the same decision anywhere, so that a stored decision can be explained and computed again.
 */

import { type CascadePlan, planCascade } from '../cascade/plan';
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
import type { CascadeRoute, ClassPolicy, Policy, Route } from './policy';
import { protectPremium } from './premium';
import { refusalReasons, refusedStepsReasons, routeReasons } from './reasons';
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
  /** Rollouts that were live at this moment; absent: none. */
  readonly canaries?: readonly LiveCanary[];
  /** Kind of the task's grader, which a cascade may check by; absent: it has none. */
  readonly graderKind?: string;
}

/**
 * Decides on one task. Never throws for a task: when no model may take it, the refusal says which filter closed each one.
 */
export function decide(input: DecisionInput): Decision | Refusal {
  const { task, descriptor, catalogue, policy, knowledge } = input;
  const subject = subjectOf(task, descriptor);
  const classPolicy = classPolicyOf(policy, subject.taskClass);
  const maxOutputTokens = task.maxOutputTokens ?? policy.constraints.defaultMaxOutputTokens;
  const size = { promptBytes: input.promptBytes, messageCount: input.messageCount, maxOutputTokens };
  const filtered = filterModels({
    task,
    descriptor,
    size,
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
  const { route } = classPolicy ?? {};
  const stepped = cascadeOf(route);
  const steps = stepped && planCascade({ ...input, ...filtered, route: stepped, size, constraints: policy.constraints });
  if (stepped !== undefined && steps === undefined && !hasChosen(task)) {
    return { kind: 'refused', ...common, reasons: refusedStepsReasons(subject.taskClass, stepped, filtered.filteredOut) };
  }
  const usual = steps === undefined ? routedModels(route, scored) : scoredSteps(steps, scored);
  const usualChoice = chooseModel(input, subject.tier, usual, protection.pool);
  const trial = trialOf(input, subject.taskClass, route, scored);
  const isMoved = trial?.arm === 'canary';
  const routed = isMoved ? trial.models : usual;
  const choice: Choice = isMoved ? { model: trial.models[0], by: 'policy', propensity: 1 } : usualChoice;
  const cascade = isMoved ? undefined : steps;
  const chain = cascade === undefined ? buildChain(choice.model, routed, protection.open, policy.attempts.maxModels) : usual;
  const chosen = choice.model;
  const rest = scored.filter((model) => model !== chosen).sort(byScore);
  const runnerUp = protection.pool.filter((model) => model !== chosen).sort(byScore)[0];
  return {
    kind: 'routed',
    ...common,
    model: chosen.model.id,
    chosenBy: choice.by,
    confidence: confidenceIn(chosen, knowledge.performance.get(chosen.model.id), runnerUp, choice.by === 'policy'),
    estimatedCostNanoUsd: cascade?.estimatedCostNanoUsd ?? chosen.candidate.estimatedCostNanoUsd,
    estimatedLatencyMs: cascade?.estimatedLatencyMs ?? chosen.candidate.estimatedLatencyMs,
    alternatives: rest.map(({ candidate }) => candidate),
    chosen: chosen.candidate,
    chain: chain.map(chainLink),
    reasons: routeReasons({ task, ...subject, choice, route, cascade, trial, protection, chain, scored, filtered, policy }),
    propensity: trial === undefined ? choice.propensity : likelihoodOf(chosen, usualChoice, trial.models[0], trial.weight),
    ...(trial?.arm === undefined ? {} : { rollout: { id: trial.rolloutId, arm: trial.arm } }),
    maxOutputTokens,
    limits: policy.attempts,
    ...(cascade === undefined ? {} : { cascade }),
  };
}

/** The cascade of a class, where it has one. */
function cascadeOf(route: Route | undefined): CascadeRoute | undefined {
  return route?.kind === 'cascade' ? route : undefined;
}

/** Whether the submitter chose a model or provider himself: then the score decides among what he chose, if the cascade has none of it. */
function hasChosen({ constraints }: TaskFacts): boolean {
  return constraints.model !== undefined || constraints.provider !== undefined;
}

function scoredSteps({ steps }: CascadePlan, scored: readonly ScoredModel[]): readonly ScoredModel[] {
  return steps.flatMap(({ link }) => scored.find(({ model }) => model.id === link.model) ?? []);
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
