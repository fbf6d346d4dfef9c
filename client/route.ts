/**
 * Where a task would go, without sending it: the same pure core as a dispatch, on rules that the caller has at hand.
 */

import { factsOf, type ParsedSubmission, promptOf } from '../db/documents/submission';
import type { CascadePlan } from '../routing/cascade/plan';
import type { Catalogue } from '../routing/catalogue';
import { decide } from '../routing/decision/decide';
import type { Decision, Refusal } from '../routing/decision/decision';
import type { Knowledge } from '../routing/decision/knowledge';
import type { Policy } from '../routing/decision/policy';
import { describePrompt } from '../routing/task/describe-prompt';
import { type TaskDescriptor, taskClassOf } from '../routing/task/descriptor';
import { nanoToUsd } from '../routing/units';

export interface RouteRules {
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  /** What is known about the models for the class of the task. */
  readonly knowledge: (taskClass: string) => Promise<Knowledge> | Knowledge;
  readonly now: number;
}

/** Decides on a submission and keeps nothing. */
export async function routeSubmission(
  task: ParsedSubmission,
  { catalogue, policy, knowledge, now }: RouteRules,
): Promise<Decision | Refusal> {
  const prompt = promptOf(task);
  const facts = { ...factsOf(task), id: 'unsent' };
  const graderKind = task.grader?.kind;
  const descriptor: TaskDescriptor = describePrompt(prompt, facts);
  return decide({
    task: facts,
    descriptor,
    promptBytes: Buffer.byteLength(JSON.stringify(prompt)),
    messageCount: prompt.messages.length,
    catalogue,
    policy,
    knowledge: await knowledge(taskClassOf(facts.taskClass, descriptor)),
    now,
    seed: facts.id,
    ...(graderKind === undefined ? {} : { graderKind }),
  });
}

/** What `route --json` prints. Money in dollars, times in milliseconds, scores and propensity in [0, 1], confidence 0 to 100. */
export interface RouteAnswer {
  readonly taskClass: string;
  readonly tier: string;
  /** Null when no model may take the task. */
  readonly model: string | null;
  readonly provider: string | null;
  readonly confidence: number | null;
  readonly estimatedCostUsd: number | null;
  readonly estimatedLatencyMs: number | null;
  readonly alternatives: readonly { readonly model: string; readonly score: number; readonly factors: Readonly<Record<string, number>> }[];
  readonly filteredOut: readonly { readonly model: string; readonly rule: string; readonly detail: string }[];
  readonly chain: readonly string[];
  readonly reasons: readonly string[];
  readonly policyVersion: number;
  readonly propensity: number | null;
  /** The steps that the task would go through; null: its class has no cascade. */
  readonly cascade: CascadeAnswer | null;
}

export interface CascadeAnswer {
  readonly stream: 'checked' | 'unchecked';
  /** Each step once, with its check, at its dearest. */
  readonly maxCostUsd: number;
  /** `reach`: share of tasks that are expected to come this far. */
  readonly steps: readonly {
    readonly place: number;
    readonly model: string;
    readonly check: string | null;
    readonly checkModel: string | null;
    readonly reach: number;
  }[];
  readonly skipped: readonly { readonly place: number; readonly model: string; readonly rule: string; readonly detail: string }[];
}

/** A decision in the shape of `route --json`. */
export function routeAnswer(decided: Decision | Refusal): RouteAnswer {
  const { taskClass, tier, filteredOut, reasons, policyVersion } = decided;
  if (decided.kind === 'refused') {
    const nothing = {
      model: null,
      provider: null,
      confidence: null,
      estimatedCostUsd: null,
      estimatedLatencyMs: null,
      propensity: null,
      cascade: null,
    };
    return { taskClass, tier, ...nothing, alternatives: [], filteredOut, chain: [], reasons, policyVersion };
  }
  return {
    taskClass,
    tier,
    model: decided.model,
    provider: decided.chain[0]?.provider ?? null,
    confidence: decided.confidence,
    estimatedCostUsd: nanoToUsd(decided.estimatedCostNanoUsd),
    estimatedLatencyMs: Math.round(decided.estimatedLatencyMs),
    alternatives: decided.alternatives.map(({ model, score, factors }) => ({ model, score, factors: { ...factors } })),
    filteredOut,
    chain: decided.chain.map(({ model }) => model),
    reasons,
    policyVersion,
    propensity: decided.propensity,
    cascade: decided.cascade === undefined ? null : cascadeAnswer(decided.cascade),
  };
}

function cascadeAnswer({ stream, maxCostNanoUsd, steps, skipped }: CascadePlan): CascadeAnswer {
  return {
    stream,
    maxCostUsd: nanoToUsd(maxCostNanoUsd),
    steps: steps.map(({ place, link, check, reach }) => ({
      ...{ place, model: link.model, reach },
      ...{ check: check?.terms.kind ?? null, checkModel: check?.link?.model ?? null },
    })),
    skipped,
  };
}
