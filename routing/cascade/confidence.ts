/**
 * The confidence that a model states with its answer: how it is asked for, and how it is taken out of the answer again, so that who
 * asked sees only the answer.
 */

import type { Prompt } from '../task/prompt';

/** Asked of the model after everything the submitter wrote. */
const REQUEST = [
  'When you have given your answer, add one last line of exactly this form and nothing after it:',
  'CONFIDENCE: N',
  'where N is a whole number from 0 to 100, the chance in percent that your answer is right and complete.',
].join('\n');

/** Bytes that the request adds to a prompt. */
export const REQUEST_BYTES = REQUEST.length + 2;

/** The prompt with the request behind the last thing the user asks; as it is when no user asks anything. */
export function askingConfidence(prompt: Prompt): Prompt {
  const last = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const messages = prompt.messages.map((message, index) => {
    if (index !== last || message.role !== 'user') return message;
    if (typeof message.content === 'string') return { role: 'user' as const, content: `${message.content}\n\n${REQUEST}` };
    return { role: 'user' as const, content: [...message.content, { type: 'text' as const, text: `\n\n${REQUEST}` }] };
  });
  return { ...prompt, messages };
}

/**
 * An answer without its line of confidence, and what that line says, a fraction in [0, 1]; undefined when there is no such line or it
 * says something else. Only the last line counts: the word may occur in an answer.
 */
export function splitConfidence(text: string): { readonly text: string; readonly stated?: number } {
  const trimmed = text.trimEnd();
  const lineAt = trimmed.lastIndexOf('\n') + 1;
  const line = trimmed.slice(lineAt);
  if (line.length > 40) return { text };
  const found = /^\W{0,4}confidence\W{1,6}(\d{1,3})(?:\.\d{1,3})?\s{0,2}%?\W{0,4}$/i.exec(line);
  const percent = found === null ? Number.NaN : Number(found[1]);
  if (!(percent >= 0 && percent <= 100)) return { text };
  return { text: trimmed.slice(0, lineAt).trimEnd(), stated: percent / 100 };
}
