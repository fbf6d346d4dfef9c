/**
 * A decision in plain sentences, most important first: what a person reads who wants to know why.
 */

import type { CascadePlan } from '../cascade/plan';
import type { CapabilityTier, Catalogue } from '../catalogue';
import type { TaskFacts } from '../task/task';
import { formatUsd } from '../units';
import type { FilterResult } from './admissible';
import type { Trial } from './canary';
import type { Choice } from './choice';
import type { Factors, FilteredOut, FilterRule } from './decision';
import { type CascadeRoute, modelsOfRoute, type Policy, type Route } from './policy';
import type { ProtectedPool } from './premium';
import type { ScoredModel } from './score';

export interface RoutedFacts {
  readonly task: TaskFacts;
  readonly taskClass: string;
  readonly tier: CapabilityTier;
  readonly choice: Choice;
  readonly route: Route | undefined;
  /** The steps that the task goes through, where it does. */
  readonly cascade: CascadePlan | undefined;
  /** A rollout that this task could be part of. */
  readonly trial: Trial | undefined;
  readonly protection: ProtectedPool;
  readonly chain: readonly ScoredModel[];
  readonly scored: readonly ScoredModel[];
  readonly filtered: FilterResult;
  readonly policy: Policy;
}

/** Why a task goes where it goes. */
export function routeReasons(facts: RoutedFacts): readonly string[] {
  const { choice, filtered, chain, cascade } = facts;
  if (cascade !== undefined) return [...cascadeReasons(facts.taskClass, cascade), ...leftOutReasons(filtered)];
  const reasons = [whyThisModel(facts), ...controlReasons(facts)];
  if (choice.by !== 'policy') {
    reasons.push(...protectionReasons(facts), strongAndWeak(choice.model.candidate.factors));
  }
  if (filtered.isCoolDownLifted)
    reasons.push('Every model that may take this task is cooling down after failures; waiting for one beats a refusal.');
  if (choice.model.candidate.isPriceUnknown)
    reasons.push(`The price of ${choice.model.model.id} is unknown and it is allowed by name: its cost is not counted.`);
  if (chain.length > 1)
    reasons.push(
      `If it fails, ${listed(
        chain.slice(1).map(({ model }) => model.id),
        'then',
      )} would be next.`,
    );
  return [...reasons, ...leftOutReasons(filtered)];
}

function leftOutReasons({ filteredOut }: FilterResult): readonly string[] {
  return filteredOut.length === 0 ? [] : [`${countedModels(filteredOut.length)} left out: ${countedRules(filteredOut)}.`];
}

function cascadeReasons(taskClass: string, { steps, skipped, estimatedCostNanoUsd, maxCostNanoUsd }: CascadePlan): readonly string[] {
  const names = steps.map(({ link, check }) => `${link.model} (${check === undefined ? 'no check' : `check: ${check.terms.kind}`})`);
  return [
    `The policy takes ${taskClass} through ${steps.length === 1 ? 'one step' : `${steps.length} steps`}: ${listed(names, 'then')}.`,
    ...skipped.map(({ place, model, rule, detail }) => `Step ${place}, ${model}, by ${rule}: ${detail}.`),
    `A task is expected to cost ${formatUsd(estimatedCostNanoUsd)}, and ${formatUsd(maxCostNanoUsd)} when every step is called once at its dearest.`,
  ];
}

/** Why no step of a cascade may take the task. */
export function refusedStepsReasons(taskClass: string, { steps }: CascadeRoute, filteredOut: readonly FilteredOut[]): readonly string[] {
  return [
    `The policy takes ${taskClass} through ${steps.length} steps, and none of them may take this task.`,
    ...steps.map(({ model }, index) => {
      const closed = filteredOut.find((out) => out.model === model);
      return `Step ${index + 1}, ${model}, is closed by ${closed?.rule ?? 'status'}: ${closed?.detail ?? 'it is not in the catalogue'}.`;
    }),
  ];
}

function whyThisModel({ task, taskClass, tier, choice, route, trial, protection, filtered, scored }: RoutedFacts): string {
  const { model, tierGap, candidate } = choice.model;
  if (trial?.arm === 'canary')
    return `Rollout ${trial.rolloutId} sends ${percent(trial.weight)} of ${taskClass} to ${model.id}; this task is in that share.`;
  if (choice.by === 'policy') {
    const [routed] = route === undefined ? [] : modelsOfRoute(route);
    if (routed === undefined || routed === model.id) return `The policy routes ${taskClass} to ${model.id}.`;
    const why = filtered.filteredOut.find((out) => out.model === routed)?.detail ?? 'it is not in the catalogue';
    return `The policy routes ${taskClass} to ${routed}, which may not take this task (${why}); ${model.id} follows it there.`;
  }
  const unrouted = route === undefined ? '' : `No model of the policy's route for ${taskClass} may take this task. `;
  if (task.constraints.model !== undefined) return `${unrouted}The task asks for ${model.id} by name.`;
  if (scored.length === 1) return `${unrouted}${model.id} is the only model that may take this task.`;
  if (tierGap < 0)
    return `${unrouted}${taskClass} wants a ${tier} model; of those open to it, ${model.id} (${model.capabilityTier}) comes closest.`;
  const how =
    choice.by === 'provider-ratings' ? 'is preferred by its ratings or default priority' : `scores best with ${candidate.score.toFixed(2)}`;
  return `${unrouted}${taskClass} wants a ${tier} model or better; of the ${protection.costTier} ones, ${model.id} ${how}.`;
}

function controlReasons({ trial }: RoutedFacts): readonly string[] {
  if (trial?.arm !== 'control') return [];
  return [`Rollout ${trial.rolloutId} leaves it on the old route and compares it with the tasks that it moves.`];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function protectionReasons({ task, protection, scored, choice, policy }: RoutedFacts): readonly string[] {
  const reasons: string[] = [];
  if (protection.claim !== undefined) {
    const claim = protection.claim === 'priority' ? `priority of ${task.priority}` : `expected value of ${task.expectedValue}`;
    reasons.push(`Its ${claim} claims a tier above the cheapest that would do.`);
  }
  if (protection.isPremiumKept) {
    reasons.push(`Premium models are kept for work that is worth more than this task's ${task.expectedValue}.`);
  }
  const poor = scored.filter((model) => model.isPoor && model !== choice.model).map(({ model }) => model.id);
  if (poor.length > 0) reasons.push(`${listed(poor, 'and')} passed over: rated below ${policy.learning.poorThreshold} on such tasks.`);
  return reasons;
}

function strongAndWeak(factors: Factors): string {
  const [best, second, ...others] = Object.entries(factors).sort(([, a], [, b]) => b - a);
  const worst = others.at(-1);
  const name = (factor: readonly [string, number] | undefined) => (factor === undefined ? '' : `${factor[0]} (${factor[1].toFixed(2)})`);
  return `It is strongest in ${name(best)} and ${name(second)}, weakest in ${name(worst)}.`;
}

/** Why no model may take the task, and what removed each one. */
export function refusalReasons(task: TaskFacts, catalogue: Catalogue, filteredOut: readonly FilteredOut[]): readonly string[] {
  if (catalogue.models.size === 0) return ['The catalogue has no models. Add one to the configuration.'];
  const { model } = task.constraints;
  if (model !== undefined && !catalogue.models.has(model)) {
    return [`The task asks for model "${model}", which is not in the catalogue. Check the name, or add the model.`];
  }
  const { provider } = task.constraints;
  if (provider !== undefined && filteredOut.every(({ rule }) => rule === 'provider')) {
    return [`The task asks for provider "${provider}", none of whose models may take it. Check the name, or add its models.`];
  }
  const perRule = new Map<FilterRule, FilteredOut>();
  for (const out of filteredOut) if (!perRule.has(out.rule)) perRule.set(out.rule, out);
  // What the submitter asked for himself he knows; what stood in the way of the rest comes first.
  const examples = [...perRule.values()].sort((a, b) => Number(OWN_WISHES.has(a.rule)) - Number(OWN_WISHES.has(b.rule)));
  return [
    `No model may take this task: ${countedRules(filteredOut)}.`,
    ...examples.map((out) => `${out.model} is closed by ${out.rule}: ${out.detail}.`),
  ];
}

const OWN_WISHES: ReadonlySet<FilterRule> = new Set(['provider', 'model', 'excluded']);

/** `3 by residency, 1 by status`. */
function countedRules(filteredOut: readonly FilteredOut[]): string {
  const counts = new Map<FilterRule, number>();
  for (const { rule } of filteredOut) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => `${count} by ${rule}`).join(', ');
}

function countedModels(count: number): string {
  return count === 1 ? '1 model was' : `${count} models were`;
}

function listed(names: readonly string[], last: string): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}
