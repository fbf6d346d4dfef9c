/**
 * From our prompt to the options of an AI SDK model.
 *
 * What the provider packages would drop with a warning that nobody reads is put into words here, so that the same prompt
 * means the same to every model.
 */

import type { createAnthropic } from '@ai-sdk/anthropic';
import { jsonInstruction } from './prompt-text';
import type { FilePart, Message, ModelCall, Prompt, TextPart, ToolCallPart } from './provider';

/** A model of any provider package; they share one interface. */
export type LanguageModel = ReturnType<ReturnType<typeof createAnthropic>['languageModel']>;
export type CallOptions = Parameters<LanguageModel['doGenerate']>[0];
export type ProviderOptions = NonNullable<CallOptions['providerOptions']>;
type SdkMessage = CallOptions['prompt'][number];
type SdkContent = Exclude<SdkMessage['content'], string>[number];
type SdkFilePart = Extract<SdkContent, { type: 'file' }>;
type SdkToolCallPart = Extract<SdkContent, { type: 'tool-call' }>;
type SdkToolResultPart = Extract<SdkContent, { type: 'tool-result' }>;
type SdkTool = Extract<NonNullable<CallOptions['tools']>[number], { type: 'function' }>;
type JsonSchema = SdkTool['inputSchema'];

/** The options that are the same for every provider. The maximum of output tokens is always among them. */
export function callOptions(call: ModelCall): CallOptions {
  const { prompt } = call;
  const canThink = call.model.capabilities.includes('reasoning');
  return {
    prompt: [...outputInstruction(call), ...prompt.messages.map(sdkMessage)],
    maxOutputTokens: call.maxOutputTokens,
    headers: { 'x-client-request-id': call.attemptId },
    ...(prompt.temperature !== undefined && { temperature: prompt.temperature }),
    ...(prompt.topP !== undefined && { topP: prompt.topP }),
    ...(prompt.stopSequences && { stopSequences: [...prompt.stopSequences] }),
    ...(prompt.seed !== undefined && { seed: prompt.seed }),
    ...(prompt.reasoningEffort && canThink && { reasoning: prompt.reasoningEffort }),
    ...(prompt.responseFormat && { responseFormat: responseFormat(prompt.responseFormat) }),
    ...(prompt.tools?.length && {
      tools: prompt.tools.map((tool): SdkTool => {
        const described = tool.description === undefined ? {} : { description: tool.description };
        return { type: 'function', name: tool.name, ...described, inputSchema: tool.inputSchema as JsonSchema };
      }),
      toolChoice: toolChoice(prompt.toolChoice),
    }),
  };
}

/**
 * What to say of the output in words. JSON without a schema is ignored by some providers and refused by others unless the
 * prompt speaks of JSON; a schema is only text to a model that cannot be held to one.
 */
function outputInstruction({ prompt, model }: ModelCall): SdkMessage[] {
  const { responseFormat } = prompt;
  const isHeld = responseFormat?.schema !== undefined && model.capabilities.includes('structured-output');
  return responseFormat && !isHeld ? [{ role: 'system', content: jsonInstruction(responseFormat) }] : [];
}

function responseFormat({ schema, name }: NonNullable<Prompt['responseFormat']>): NonNullable<CallOptions['responseFormat']> {
  return { type: 'json', ...(schema && { schema: schema as JsonSchema }), ...(name !== undefined && { name }) };
}

function toolChoice(choice: Prompt['toolChoice'] = 'auto'): NonNullable<CallOptions['toolChoice']> {
  return typeof choice === 'object' ? { type: 'tool', toolName: choice.tool } : { type: choice };
}

function sdkMessage(message: Message): SdkMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: parts(message.content).map((part) => (part.type === 'text' ? part : sdkFile(part))) };
    case 'assistant':
      return { role: 'assistant', content: parts(message.content).map((part) => (part.type === 'text' ? part : sdkToolCall(part))) };
    case 'tool':
      return {
        role: 'tool',
        content: message.content.map(
          ({ toolCallId, toolName, output }): SdkToolResultPart => ({
            type: 'tool-result',
            toolCallId,
            toolName,
            output: typeof output === 'string' ? { type: 'text', value: output } : { type: 'json', value: output as JsonValue },
          }),
        ),
      };
  }
}

type JsonValue = Extract<SdkToolResultPart['output'], { type: 'json' }>['value'];

function parts<Part extends FilePart | ToolCallPart>(content: string | readonly (TextPart | Part)[]): readonly (TextPart | Part)[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function sdkFile({ mediaType, data }: FilePart): SdkFilePart {
  return {
    type: 'file',
    mediaType,
    data: data.startsWith('https://') && URL.canParse(data) ? { type: 'url', url: new URL(data) } : { type: 'data', data },
  };
}

function sdkToolCall({ toolCallId, toolName, input }: ToolCallPart): SdkToolCallPart {
  return { type: 'tool-call', toolCallId, toolName, input };
}
