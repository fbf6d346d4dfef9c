/**
 * What a model is sent in a step of a cascade: the task, the task and a request for confidence, or an answer to judge.
 */

import { promptDocument } from '../../db/documents/submission';
import { loadStepAnswer } from '../../db/queries/cascades';
import type { TaskToCall } from '../../db/queries/dispatch';
import { askingConfidence, REQUEST_BYTES } from '../../routing/cascade/confidence';
import { judgePrompt } from '../../routing/cascade/judge';
import type { PlannedStep } from '../../routing/cascade/plan';
import type { Model } from '../../routing/catalogue';
import type { Decision } from '../../routing/decision/decision';
import { RoutingError } from '../../routing/errors';
import { worstCaseCost } from '../../routing/money/cost';
import type { Prompt } from '../../routing/task/prompt';
import type { StepCallInput } from '../../workflows/messages';
import type { StoredAnswer } from '../call/complete';
import { type CallRequest, requestTo } from '../call/request';
import type { Deps } from '../deps';

/** The step that a decision has at a place of its route. */
export function stepAt({ cascade }: Pick<Decision, 'cascade'>, place: number): PlannedStep {
  const step = cascade?.steps.find((each) => each.place === place);
  if (step === undefined) throw new RoutingError('internal', `The decision has no step ${place}.`);
  return step;
}

/**
 * @param mark sets task and answer off for a judge; of this call alone
 * @returns why nothing can be asked, for people, where that is so
 */
export async function stepRequest(
  { db }: Pick<Deps, 'db'>,
  { taskId, decisionId, step: place, part }: StepCallInput,
  loaded: TaskToCall,
  { decision, model, mark }: { readonly decision: Decision; readonly model: Model; readonly mark: string },
): Promise<CallRequest | string> {
  const { check } = stepAt(decision, place);
  const { terms } = check ?? {};
  if (part === 'answer' || terms?.kind !== 'judge') {
    const isStated = part === 'answer' && terms?.kind === 'confidence';
    return isStated ? withConfidence(model, loaded, decision) : requestTo(model, loaded, decision);
  }
  const answer = (await loadStepAnswer(db, taskId, decisionId, place)) as StoredAnswer | undefined;
  if (answer === undefined) return 'The answer that it would judge was erased.';
  if (answer.text === '') return 'The answer that it would judge holds no text.';
  const prompt = judgePrompt(promptDocument.parse(loaded.prompt), answer.text, terms.rubric, mark);
  if (prompt === undefined) return 'The task holds files, which a judge is not shown.';
  const maxOutputTokens = Math.min(terms.maxOutputTokens, model.maxOutputTokens);
  return { prompt, maxOutputTokens, worstCaseNano: worstCaseOf(model, prompt, maxOutputTokens) };
}

function withConfidence(model: Model, loaded: TaskToCall, decision: Decision): CallRequest {
  const request = requestTo(model, { ...loaded, promptBytes: loaded.promptBytes + REQUEST_BYTES }, decision);
  return { ...request, prompt: askingConfidence(request.prompt) };
}

/** Every byte of what is sent is taken for a token, as for any call. */
function worstCaseOf(model: Model, prompt: Prompt, maxOutputTokens: number) {
  return worstCaseCost(model, Buffer.byteLength(JSON.stringify(prompt)), prompt.messages.length, maxOutputTokens);
}
