/**
 * What must hold right before a call, and what the call is made of. Asked on every path, because everything it rests on can
 * have changed since the decision: the catalogue, the health of the model, the keys of this worker.
 */

import type { Grader } from '../../db/documents/grader';
import { promptDocument, taskFactsOf } from '../../db/documents/submission';
import { moveHealth, type TaskToCall } from '../../db/queries/dispatch';
import type { Model } from '../../routing/catalogue';
import { obstacleToCall } from '../../routing/decision/admissible';
import { afterFailure, afterProbeStarted, mayCall } from '../../routing/decision/cool-down';
import type { Decision } from '../../routing/decision/decision';
import type { CallFailure } from '../../routing/decision/failure';
import type { ModelHealth } from '../../routing/decision/knowledge';
import { worstCaseCost } from '../../routing/money/cost';
import { adaptPrompt } from '../../routing/task/adapt-prompt';
import type { Prompt } from '../../routing/task/prompt';
import type { TaskFacts } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';
import type { CallInput } from '../../workflows/messages';
import type { Deps } from '../deps';
import type { Provider } from '../providers/provider';
import type { AnsweredCall } from './complete';

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
export async function prepareCall(deps: Deps, input: CallInput, loaded: TaskToCall): Promise<PreparedCall | RefusedCall> {
  const [policy, { catalogue, providers }] = await Promise.all([
    deps.rules.policy(loaded.policyVersion),
    deps.rules.catalogue(loaded.activeCatalogueVersion),
  ]);
  const facts = taskFactsOf(input.taskId, loaded);
  const decision = loaded.decision as Decision;
  const model = catalogue.models.get(input.model);
  if (model === undefined) return refuse('not-admissible', `${input.model} is no longer in the catalogue.`);
  const obstacle = obstacleToCall(model, facts, decision.descriptor, deps.now());
  if (obstacle !== undefined) return refuse('not-admissible', `${model.id} may not be called: ${obstacle.detail}.`);
  const provider = providers.for(model);
  if (provider === undefined)
    return refuse('not-configured', `${model.provider} cannot be called from this worker; "signalbox doctor" says why.`);

  const { prompt, maxOutputTokens, worstCaseNano } = requestTo(model, loaded, decision);
  if (worstCaseNano === undefined && !model.allowUnknownPrice) return refuse('not-admissible', `The price of ${model.id} is unknown.`);
  const permission = await askBreaker(deps, model.id, loaded.health ?? undefined, input.maxCallMs);
  if (typeof permission === 'object') return { refused: permission };
  return {
    attemptId: deps.newId(),
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

/** What a model is sent, and the most that it can cost; undefined: its price is unknown. */
export function requestTo(
  model: Model,
  stored: Pick<TaskToCall, 'prompt' | 'promptBytes'>,
  decision: Pick<Decision, 'chain' | 'maxOutputTokens'>,
): { readonly prompt: Prompt; readonly maxOutputTokens: number; readonly worstCaseNano: NanoUsd | undefined } {
  const prompt = adaptPrompt(promptDocument.parse(stored.prompt), model.promptTemplate);
  const promptBytes = stored.promptBytes + Buffer.byteLength(Object.values(model.promptTemplate ?? {}).join());
  const planned = decision.chain.find((link) => link.model === model.id)?.maxOutputTokens ?? decision.maxOutputTokens;
  const maxOutputTokens = Math.min(planned, model.maxOutputTokens);
  return { prompt, maxOutputTokens, worstCaseNano: worstCaseCost(model, promptBytes, prompt.messages.length, maxOutputTokens) };
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
