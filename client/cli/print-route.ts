/** What `route` prints: the decision, with `--live` the slot, and with `--show-prompt` what each model of the chain would be asked. */

import { type ParsedSubmission, promptOf } from '../../db/documents/submission';
import type { Model } from '../../routing/catalogue';
import type { Decision, Refusal } from '../../routing/decision/decision';
import { adaptPrompt } from '../../routing/task/adapt-prompt';
import type { Message, Prompt } from '../../routing/task/prompt';
import type { SlotNow } from '../live-slot';
import { routeAnswer } from '../route';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { describeDecision } from './terminal/decision';
import type { Output } from './terminal/output';
import { describeSlot, type ShownSlot } from './terminal/slot';
import { indented, withoutEscapes } from './terminal/text';

/** A decision, with what it was made on. */
export interface Routed {
  readonly task: ParsedSubmission;
  readonly decided: Decision | Refusal;
  readonly models: ReadonlyMap<string, Pick<Model, 'promptTemplate'>>;
  /** Null: the task needs none. Absent: without a stack nobody knows. */
  readonly slot?: SlotNow | null;
}

export interface PrintRouteOptions {
  readonly json?: boolean;
  readonly showPrompt?: boolean;
}

/** A prompt as one model gets it. */
interface AdaptedPrompt {
  readonly model: string;
  /** The model has words of its own around it. */
  readonly isAdapted: boolean;
  readonly prompt: Prompt;
}

export function printRoute(routed: Routed, { json, showPrompt }: PrintRouteOptions, { output }: Cli): ExitCode {
  const { decided, slot } = routed;
  const shown = slot == null ? slot : shownSlot(slot);
  const prompts = showPrompt ? { prompts: promptsOf(routed) } : {};
  if (json) output.printJson({ ...routeAnswer(decided), ...(shown !== undefined && { slot: shown }), ...prompts });
  else {
    const ofSlot =
      shown == null ? [] : [`${output.colors.bold(shown.mode === 'act' ? 'Slot' : 'Slot, only observed')}\n${describeSlot(shown, output)}`];
    const ofPrompts = (prompts.prompts ?? []).map((prompt) => describe(prompt, output));
    output.print([describeDecision(decided, output), ...ofSlot, ...ofPrompts].join('\n\n'));
  }
  return decided.kind === 'routed' ? EXIT.ok : EXIT.failed;
}

/** As `slots dry-run --json` names its parts, with the place in the queue. */
function shownSlot({ mode, slot, place, reason, alternatives, worth, valuePercentiles }: SlotNow): ShownSlot & Pick<SlotNow, 'mode'> {
  return {
    mode,
    account: slot?.account ?? null,
    model: slot?.model ?? null,
    place: place ?? null,
    reason,
    alternatives,
    expectedValue: worth.value,
    valueSource: worth.source,
    valueBasis: worth.basis ?? null,
    valueRemark: worth.remark ?? null,
    percentiles: valuePercentiles ?? null,
  };
}

/** In the order of the chain. */
function promptsOf({ task, decided, models }: Routed): AdaptedPrompt[] {
  if (decided.kind === 'refused') return [];
  const prompt = promptOf(task);
  return decided.chain.map(({ model }) => {
    const template = models.get(model)?.promptTemplate;
    return { model, isAdapted: template !== undefined, prompt: adaptPrompt(prompt, template) };
  });
}

function describe({ model, isAdapted, prompt }: AdaptedPrompt, { colors }: Output): string {
  const messages = prompt.messages.map((message) => `${message.role}: ${withoutEscapes(textOf(message))}`);
  return `${colors.bold(`Prompt for ${model}`)}${isAdapted ? ', by its template' : ''}\n${indented(messages.join('\n'))}`;
}

function textOf({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('');
}
