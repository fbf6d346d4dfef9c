/** Values as other systems write them: numbers and JSON as texts, empty texts for what is not there, prompts as messages. */

import { createHash } from 'node:crypto';
import type { Row } from './formats/format';
import { instantOf } from './instant';

/** The first of these fields that says something. */
export function firstOf(row: Row, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = row[name];
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** A number, also where it is written as a text; anything else is handed on, so that it is told as wrong. */
export function numberOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const number = Number(value);
  return value.trim() === '' || Number.isNaN(number) ? value : number;
}

/** An object or array, also where it is written as JSON in a text. Undefined: it is neither. */
export function structureOf(value: unknown): object | undefined {
  if (typeof value === 'object' && value !== null) return value;
  if (typeof value !== 'string' || !/^\s*[[{]/u.test(value)) return undefined;
  try {
    return JSON.parse(value) as object;
  } catch {
    return undefined;
  }
}

/** As `structureOf`, for objects: empty when it is none. */
export function objectOf(value: unknown): Row {
  const structure = structureOf(value);
  return structure === undefined || Array.isArray(structure) ? {} : (structure as Row);
}

/** Between two instants, in milliseconds. Undefined: one is not known, or they are the wrong way round. */
export function elapsedMs(from: unknown, to: unknown): number | undefined {
  const [start, end] = [instantOf(from), instantOf(to)];
  return start === undefined || end === undefined || end < start ? undefined : end - start;
}

/** `provider/model`, unless the model stands with its provider already. */
export function modelName(provider: unknown, model: unknown): unknown {
  if (typeof provider !== 'string' || provider === '' || typeof model !== 'string' || model === '') return model;
  return model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
}

/** What a source says of the input of a call. */
export interface Input {
  /** SHA-256 of the text. */
  readonly hash?: string;
  readonly text?: string;
}

/**
 * The text of a prompt: of the only message, or of all with their roles. Nothing when it holds more than text, because a text alone
 * would be another task.
 *
 * @param value a text, messages, or an object or JSON with them
 */
export function inputOf(value: unknown, withText: boolean): Input {
  const text = promptText(structureOf(value) ?? value);
  if (text === undefined || text === '') return {};
  const hash = createHash('sha256').update(text).digest('hex');
  return withText ? { hash, text } : { hash };
}

function promptText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) {
    const { messages, prompt } = value as Row;
    return messages === undefined && prompt === undefined ? undefined : promptText(messages ?? prompt);
  }
  const messages: { role: string; text: string }[] = [];
  for (const message of value) {
    const { role, content, parts } = objectOf(message);
    const text = contentText(content ?? parts);
    if (typeof role !== 'string' || text === undefined) return undefined;
    messages.push({ role, text });
  }
  const [only] = messages;
  return messages.length === 1 ? only?.text : messages.map(({ role, text }) => `${role}: ${text}`).join('\n\n');
}

function contentText(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts: string[] = [];
  for (const part of content) {
    const { type, text, content: inner } = objectOf(part);
    const said = text ?? inner;
    if (type !== 'text' || typeof said !== 'string') return undefined;
    texts.push(said);
  }
  return texts.join('\n');
}
