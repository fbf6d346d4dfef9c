/**
 * What a task asks of a model: the same for every model, and the only content a task has beside its grader.
 */

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}
/** An image or document, as base64 or by an https address. */
export interface FilePart {
  readonly type: 'file';
  readonly mediaType: string;
  readonly data: string;
}
/** A call of a tool that the model asked for earlier in the conversation. */
export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly toolCallId: string;
  readonly toolName: string;
  /** JSON value. */
  readonly input: unknown;
}
export interface ToolResultPart {
  readonly type: 'tool-result';
  readonly toolCallId: string;
  readonly toolName: string;
  /** JSON value. */
  readonly output: unknown;
}

export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly (TextPart | FilePart)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly (TextPart | ToolCallPart)[] }
  | { readonly role: 'tool'; readonly content: readonly ToolResultPart[] };

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the input. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** What a task asks of a model, the same for every model. Stored as the task's payload. */
export interface Prompt {
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: 'auto' | 'required' | 'none' | { readonly tool: string };
  /** JSON output; with a schema where the provider can hold the model to it. */
  readonly responseFormat?: { readonly type: 'json'; readonly schema?: Readonly<Record<string, unknown>>; readonly name?: string };
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
  readonly seed?: number;
  /** How much the model may think before it answers, where it can. */
  readonly reasoningEffort?: 'low' | 'medium' | 'high';
}

/** The text that a task is about: what its user asks last. Earlier turns and the system prompt are context. */
export function taskTextOf(prompt: Prompt): string {
  for (let index = prompt.messages.length - 1; index >= 0; index--) {
    const message = prompt.messages[index]!;
    if (message.role === 'user') return textOf(message);
  }
  return prompt.messages.map(textOf).join('\n');
}

/** All text of one message; files and tool values are not text. */
export function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
