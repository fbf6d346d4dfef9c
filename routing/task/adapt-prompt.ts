/**
 * Words that one model wants to be asked with, put around what the submitter wrote.
 */

import type { Model } from '../catalogue';
import type { Message, Prompt } from './prompt';

/** The prompt for one model: the template's system text first, its prefix and suffix around the last thing the user asks. */
export function adaptPrompt(prompt: Prompt, template: Model['promptTemplate']): Prompt {
  if (template === undefined) return prompt;
  const last = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const asked = prompt.messages.map((message, index) => (index === last ? framed(message, template) : message));
  const system: Message[] = template.system === undefined ? [] : [{ role: 'system', content: template.system }];
  return { ...prompt, messages: [...system, ...asked] };
}

function framed(message: Message, { prefix = '', suffix = '' }: NonNullable<Model['promptTemplate']>): Message {
  if (message.role !== 'user' || (prefix === '' && suffix === '')) return message;
  if (typeof message.content === 'string') return { role: 'user', content: `${prefix}${message.content}${suffix}` };
  const before = prefix === '' ? [] : [{ type: 'text' as const, text: prefix }];
  const after = suffix === '' ? [] : [{ type: 'text' as const, text: suffix }];
  return { role: 'user', content: [...before, ...message.content, ...after] };
}
