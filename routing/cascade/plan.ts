/**
 * A cascade as one task will go through it: the steps that may take the task, what each would cost, and how often each is expected to
 * be reached. Decided once, with everything else of the decision.
 */

import type { Model } from '../catalogue';
import type { AdmissibleModel } from '../decision/admissible';
import type { ChainLink, FilteredOut, FilterRule } from '../decision/decision';
import type { CascadeRoute } from '../decision/policy';
import type { NanoUsd } from '../units';
import { type Check, modelOfCheck, obstacleToGraderCheck } from './check';
import { type CheckedTask, estimateCheckCall, obstacleToCheckModel } from './check-model';

/** Why a step is left out: the rule that closed its model or the model of its check, or `check` where there is nothing to check by. */
export interface SkippedStep {
  /** Place in the policy's route, 1 for the first. */
  readonly place: number;
  readonly model: string;
  readonly rule: FilterRule | 'check';
  readonly detail: string;
}

export interface PlannedCheck {
  readonly terms: Check;
  /** The model that it asks; absent: it asks none. */
  readonly link?: ChainLink;
  readonly estimatedCostNanoUsd: NanoUsd;
}

export interface PlannedStep {
  /** Place in the policy's route, 1 for the first. */
  readonly place: number;
  readonly link: ChainLink;
  /** Absent: its answer is given as it is. */
  readonly check?: PlannedCheck;
  /** Share of tasks that are expected to come this far, in (0, 1]. */
  readonly reach: number;
}

export interface CascadePlan {
  readonly stream: CascadeRoute['stream'];
  /** Never empty. */
  readonly steps: readonly PlannedStep[];
  readonly skipped: readonly SkippedStep[];
  /** Of a task: each step's cost by how often it is reached. */
  readonly estimatedCostNanoUsd: NanoUsd;
  /** When every step is called once, with its check, and each costs as much as it can. */
  readonly maxCostNanoUsd: NanoUsd;
  /** To the answer, on average, in whole milliseconds. */
  readonly estimatedLatencyMs: number;
  /** The most that all its calls may cost together, as the submitter said; absent: no limit of the task's own. */
  readonly costCeilingNanoUsd?: NanoUsd;
}

export interface CascadeInput extends CheckedTask {
  readonly route: CascadeRoute;
  readonly admissible: readonly AdmissibleModel[];
  readonly filteredOut: readonly FilteredOut[];
  /** Kind of the task's grader; absent: it has none. */
  readonly graderKind?: string;
}

/**
 * The steps of a route that this task can go through; undefined when there is none.
 *
 * A step whose model may not take the task is left out with the rule that closed it. So is a step whose check could say nothing of
 * this task, unless it is the last one left: then its answer is given without a check. Paying for an answer that can never pass would
 * help nobody.
 *
 * How often a step passes on is taken from the expected quality of its model: the share of good answers, as if the check were right.
 */
export function planCascade(input: CascadeInput): CascadePlan | undefined {
  const { route, task } = input;
  const skipped: SkippedStep[] = [];
  const open = route.steps.flatMap(({ model, check }, index) => {
    const place = index + 1;
    const found = input.admissible.find((each) => each.model.id === model);
    if (found !== undefined) return [{ place, found, check, obstacle: check && obstacleToCheck(check, found, input) }];
    const closed = input.filteredOut.find((out) => out.model === model);
    skipped.push({ place, model, rule: closed?.rule ?? 'status', detail: closed?.detail ?? 'it is not in the catalogue' });
    return [];
  });
  const last = open.at(-1);
  if (last === undefined) return undefined;
  const steps: PlannedStep[] = [];
  let reach = 1;
  let cost = 0;
  let worst = 0;
  let latencyMs = 0;
  for (const { place, found, check, obstacle } of open) {
    if (obstacle !== undefined) {
      const detail = found === last.found ? `${obstacle.detail}; its answer is given without this check` : obstacle.detail;
      skipped.push({ place, model: found.model.id, rule: obstacle.rule, detail });
      if (found !== last.found) continue;
    }
    const { estimate } = found;
    const planned = check === undefined || obstacle !== undefined ? undefined : plannedCheck(check, found, input);
    steps.push({ place, link: linkOf(found), ...(planned && { check: planned.check }), reach });
    cost += reach * ((estimate.costNanoUsd ?? 0) + (planned?.check.estimatedCostNanoUsd ?? 0));
    worst += (estimate.maxCostNanoUsd ?? 0) + (planned?.check.link?.maxCostNanoUsd ?? 0);
    latencyMs += reach * (estimate.latencyMs + (planned?.latencyMs ?? 0));
    reach *= 1 - Math.min(1, Math.max(0, estimate.quality));
  }
  const ceiling = task.constraints.maxCostNanoUsd;
  return {
    stream: route.stream,
    steps,
    skipped: skipped.sort((a, b) => a.place - b.place),
    estimatedCostNanoUsd: Math.round(cost),
    maxCostNanoUsd: worst,
    estimatedLatencyMs: Math.round(latencyMs),
    ...(ceiling === undefined ? {} : { costCeilingNanoUsd: ceiling }),
  };
}

/** Why a check can say nothing of this task's answers; undefined when it can. */
function obstacleToCheck(check: Check, { model }: AdmissibleModel, input: CascadeInput): Omit<SkippedStep, 'place' | 'model'> | undefined {
  if (check.kind === 'grader') {
    const detail = obstacleToGraderCheck(input.graderKind);
    return detail === undefined ? undefined : { rule: 'check', detail: `its check is the task's grader, and ${detail}` };
  }
  const asked = modelOfCheck(check, model.id);
  if (asked === undefined || asked === model.id) return undefined;
  const obstacle = obstacleToCheckModel(asked, check, input);
  return obstacle && { rule: obstacle.rule, detail: `its check asks ${asked}, which may not see this task (${obstacle.detail})` };
}

function plannedCheck(check: Check, found: AdmissibleModel, input: CascadeInput) {
  const asked = modelOfCheck(check, found.model.id);
  const model = asked === undefined ? undefined : input.catalogue.models.get(asked);
  if (model === undefined) return { check: { terms: check, estimatedCostNanoUsd: 0 }, latencyMs: 0 };
  const { costNanoUsd, maxCostNanoUsd, latencyMs, maxOutputTokens } = estimateCheckCall(model, check, input);
  const link = { ...linkTo(model), maxCostNanoUsd, maxOutputTokens };
  return { check: { terms: check, link, estimatedCostNanoUsd: costNanoUsd }, latencyMs };
}

function linkOf({ model, estimate }: AdmissibleModel): ChainLink {
  return { ...linkTo(model), maxCostNanoUsd: estimate.maxCostNanoUsd ?? 0, maxOutputTokens: estimate.maxOutputTokens };
}

function linkTo({
  id,
  provider,
  pool,
  contextWindowTokens,
}: Model): Pick<ChainLink, 'model' | 'provider' | 'pool' | 'contextWindowTokens'> {
  return { model: id, provider, pool, contextWindowTokens };
}
