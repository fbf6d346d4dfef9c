/** What a model is sent for a task, and the most that it can cost. */

import { promptDocument } from '../../db/documents/submission';
import type { TaskToCall } from '../../db/queries/dispatch';
import type { Model } from '../../routing/catalogue';
import type { Decision } from '../../routing/decision/decision';
import { worstCaseCost } from '../../routing/money/cost';
import { adaptPrompt } from '../../routing/task/adapt-prompt';
import type { Prompt } from '../../routing/task/prompt';
import type { NanoUsd } from '../../routing/units';

export interface CallRequest {
  /** In the words this model wants to be asked in. */
  readonly prompt: Prompt;
  readonly maxOutputTokens: number;
  /** Undefined: its price is unknown. */
  readonly worstCaseNano: NanoUsd | undefined;
}

/** The task as a model is sent it. */
export function requestTo(
  model: Model,
  stored: Pick<TaskToCall, 'prompt' | 'promptBytes'>,
  decision: Pick<Decision, 'chain' | 'maxOutputTokens'>,
): CallRequest {
  const prompt = adaptPrompt(promptDocument.parse(stored.prompt), model.promptTemplate);
  const promptBytes = stored.promptBytes + Buffer.byteLength(Object.values(model.promptTemplate ?? {}).join());
  const planned = decision.chain.find((link) => link.model === model.id)?.maxOutputTokens ?? decision.maxOutputTokens;
  const maxOutputTokens = Math.min(planned, model.maxOutputTokens);
  return { prompt, maxOutputTokens, worstCaseNano: worstCaseCost(model, promptBytes, prompt.messages.length, maxOutputTokens) };
}
