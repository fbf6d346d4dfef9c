/**
 * The descriptor of a whole prompt: classified by what its user asks, measured by everything that is sent.
 */

import { classify } from './classify';
import type { TaskDescriptor } from './descriptor';
import { type Prompt, taskTextOf, textOf } from './prompt';
import type { TaskFacts } from './task';
import { estimateTokens } from './tokens';

/** The submitter's own type, tier and answer length win over detection. */
export function describePrompt(prompt: Prompt, facts: Pick<TaskFacts, 'type' | 'requires' | 'maxOutputTokens'>): TaskDescriptor {
  const text = taskTextOf(prompt);
  const descriptor = classify(text, {
    ...(facts.type === undefined ? {} : { type: facts.type }),
    ...(facts.requires.tier === undefined ? {} : { complexity: facts.requires.tier }),
    ...(facts.maxOutputTokens === undefined ? {} : { maxOutputTokens: facts.maxOutputTokens }),
    hasTools: (prompt.tools ?? []).length > 0,
    hasFiles: prompt.messages.some(({ content }) => typeof content !== 'string' && content.some((part) => part.type === 'file')),
  });
  return isOnly(prompt, text) ? descriptor : { ...descriptor, estimatedInputTokens: tokensOf(prompt) };
}

function isOnly({ messages, tools }: Prompt, text: string): boolean {
  return tools === undefined && messages.length === 1 && textOf(messages[0]!) === text;
}

/** Tokens of every message and tool definition; a file counts as its share of base64 or address. */
function tokensOf({ messages, tools = [] }: Prompt): number {
  const ofMessages = messages.map((message) =>
    typeof message.content === 'string'
      ? estimateTokens(message.content)
      : message.content.map((part) => tokensOfPart(part)).reduce((a, b) => a + b, 0),
  );
  return Math.max(
    1,
    [...ofMessages, ...tools.map((tool) => estimateTokens(JSON.stringify(tool)))].reduce((a, b) => a + b, 0),
  );
}

function tokensOfPart(part: { readonly type: string }): number {
  return estimateTokens('text' in part && typeof part.text === 'string' ? part.text : JSON.stringify(part));
}
