/**
 * What must hold right before a call, and what the call is made of. Asked on every path, because everything it rests on can
 * have changed since the decision: the catalogue, the health of the model, the keys of this worker.
 */

import type { Grader } from '../../db/documents/grader';
import { taskFactsOf } from '../../db/documents/submission';
import { moveHealth, type TaskToCall } from '../../db/queries/dispatch';
import { obstacleToCheckCall } from '../../routing/cascade/check-model';
import type { Model } from '../../routing/catalogue';
import { type Obstacle, obstacleToCall } from '../../routing/decision/admissible';
import { afterFailure, afterProbeStarted, mayCall } from '../../routing/decision/cool-down';
import type { Decision } from '../../routing/decision/decision';
import type { CallFailure } from '../../routing/decision/failure';
import type { ModelHealth } from '../../routing/decision/knowledge';
import type { Prompt } from '../../routing/task/prompt';
import type { TaskFacts } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';
import type { CallInput, StepCallInput } from '../../workflows/messages';
import { stepAt, stepRequest } from '../cascade/step-request';
import type { Deps } from '../deps';
import type { Provider } from '../providers/provider';
import type { AnsweredCall } from './complete';
import { requestTo } from './request';

/** A call that may be made once its money is reserved. */
export interface PreparedCall extends AnsweredCall {
  readonly facts: TaskFacts;
  readonly provider: Provider;
  /** The model is cooling down, and this call is the one that tries it. */
  readonly isProbe: boolean;
  /** In the words this model wants to be asked in. */
  readonly prompt: Prompt;
  readonly maxOutputTokens: number;
  readonly worstCaseNano: NanoUsd;
}

/** Why a call may not be made: nothing was reserved and nothing was called. */
export interface RefusedCall {
  readonly refused: CallFailure;
}

/** Filters on the catalogue in force now and the task's stored tier; fails closed. */
export async function prepareCall(deps: Deps, input: CallInput | StepCallInput, loaded: TaskToCall): Promise<PreparedCall | RefusedCall> {
  const [policy, { catalogue, providers }] = await Promise.all([
    deps.rules.policy(loaded.policyVersion),
    deps.rules.catalogue(loaded.activeCatalogueVersion),
  ]);
  const facts = taskFactsOf(input.taskId, loaded);
  const decision = loaded.decision as Decision;
  const model = catalogue.models.get(input.model);
  if (model === undefined) return refuse('not-admissible', `${input.model} is no longer in the catalogue.`);
  const obstacle = obstacleTo(input, model, facts, decision, deps.now());
  if (obstacle !== undefined) return refuse('not-admissible', `${model.id} may not be called: ${obstacle.detail}.`);
  const provider = providers.for(model);
  if (provider === undefined)
    return refuse('not-configured', `${model.provider} cannot be called from this worker; "signalbox doctor" says why.`);

  const attemptId = deps.newId();
  const request =
    'step' in input ? await stepRequest(deps, input, loaded, { decision, model, mark: attemptId }) : requestTo(model, loaded, decision);
  if (typeof request === 'string') return refuse('not-admissible', request);
  const { prompt, maxOutputTokens, worstCaseNano } = request;
  if (worstCaseNano === undefined && !model.allowUnknownPrice) return refuse('not-admissible', `The price of ${model.id} is unknown.`);
  const permission = await askBreaker(deps, model.id, loaded.health ?? undefined, input.maxCallMs);
  if (typeof permission === 'object') return { refused: permission };
  return {
    attemptId,
    facts,
    decision,
    policy,
    model,
    provider,
    isProbe: permission === 'probe',
    prompt,
    maxOutputTokens,
    worstCaseNano: worstCaseNano ?? 0,
    grader: (loaded.grader ?? undefined) as Grader | undefined,
  };
}

/** The condition that closes a model to this call at this moment: whether it answers, or reads the task to check an answer. */
function obstacleTo(
  input: CallInput | StepCallInput,
  model: Model,
  facts: TaskFacts,
  decision: Decision,
  now: number,
): Obstacle | undefined {
  const kind = 'step' in input && input.part === 'check' ? stepAt(decision, input.step).check?.terms.kind : undefined;
  if (kind === undefined) return obstacleToCall(model, facts, decision.descriptor, now);
  return obstacleToCheckCall(model, kind, facts, decision.descriptor, now);
}

function refuse(failure: CallFailure['class'], message: string): RefusedCall {
  return { refused: { class: failure, message } };
}

/** Asks the circuit breaker, and takes the probe when it is free; a failure says that the model may not be called. */
async function askBreaker(
  deps: Deps,
  model: string,
  known: ModelHealth | undefined,
  probeMs: number,
): Promise<'yes' | 'probe' | CallFailure> {
  if (mayCall(known, deps.now()) === 'yes') return 'yes';
  let permission: 'yes' | 'probe' | CallFailure = 'yes';
  await moveHealth(deps.db, model, (health) => {
    const now = deps.now();
    const answer = mayCall(health, now);
    // A probe ends long before its limit: who waits for one asks again soon, who waits for a cool-down knows its end.
    const wait = health.state === 'open' ? { retryAfterMs: health.until - now } : {};
    permission =
      answer === 'no' ? { class: 'cooling-down', message: `${model} is cooling down after repeated failures.`, ...wait } : answer;
    return answer === 'probe' ? afterProbeStarted(health, now, probeMs) : health;
  });
  return permission;
}

/** Gives back the probe of a call that is not made after all. */
export async function giveBackProbe(deps: Deps, { isProbe, model, policy }: PreparedCall): Promise<void> {
  if (isProbe) await moveHealth(deps.db, model.id, (health) => afterFailure(health, 'not-admissible', deps.now(), policy.coolDown));
}
