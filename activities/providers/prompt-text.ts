/**
 * A prompt as one text, for models that are asked by text alone.
 */

import type { Message, Prompt } from './provider';

/** The text of a prompt; undefined when it holds what text cannot say: files, tools, their calls and results. */
export function promptText(prompt: Prompt): string | undefined {
  if (prompt.tools?.length) return undefined;
  const turns = prompt.messages.map(messageText);
  if (turns.some((turn) => turn === undefined)) return undefined;
  const format = prompt.responseFormat ? [jsonInstruction(prompt.responseFormat)] : [];
  const [only] = turns;
  if (turns.length === 1 && only !== undefined && prompt.messages[0]?.role === 'user') return [only, ...format].join('\n\n');
  const labelled = prompt.messages.map(({ role }, index) => `${LABELS[role]}:\n${turns[index]}`);
  return [...labelled, ...format].join('\n\n');
}

const LABELS: Readonly<Record<Message['role'], string>> = { system: 'Instructions', user: 'User', assistant: 'Assistant', tool: 'Tool' };

function messageText({ content }: Message): string | undefined {
  if (typeof content === 'string') return content;
  const texts = content.map((part) => (part.type === 'text' ? part.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** Asks for JSON in words. */
export function jsonInstruction({ schema }: NonNullable<Prompt['responseFormat']>): string {
  const conforming = schema ? ` that conforms to this JSON Schema: ${JSON.stringify(schema)}` : '';
  return `Answer with one JSON value and nothing else${conforming}.`;
}
