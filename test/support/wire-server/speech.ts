/**
 * What every wire format can say, in one vocabulary: the shared suite speaks this, and each format translates.
 */

import type { Usage } from '../../../routing/money/price';

export interface SaidToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** An answer before it is written in a format. */
export interface Said {
  readonly text?: string;
  readonly toolCalls?: readonly SaidToolCall[];
  readonly end: 'stop' | 'length' | 'refused';
  /** Absent: the format's usage object is left out. */
  readonly usage?: Usage;
}

/** An error before it is written in a format. */
export type SaidError = 'invalid' | 'too-long' | 'key' | 'model' | 'rate' | 'quota' | 'overloaded' | 'broken' | 'filter';

export interface WrittenError {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** What a request asked for, read back from a format. */
export interface Asked {
  readonly maxTokens: unknown;
  /** All system and developer text. */
  readonly system: string;
  /** Roles and texts of the turns. */
  readonly turns: readonly { readonly role: string; readonly text: string }[];
  readonly toolNames: readonly string[];
  readonly toolResults: readonly unknown[];
  /** The schema that the answer is held to, or true for any JSON. */
  readonly json: unknown;
}

/** One wire format, from the server's side. */
export interface Speech {
  write(said: Said): unknown;
  stream(said: Said): { readonly contentType: string; readonly pieces: readonly (string | Buffer)[] };
  error(error: SaidError): WrittenError | undefined;
  read(body: unknown): Asked;
  /** What of a usage this format can state; the rest falls to the part that includes it. */
  expressible(usage: Usage): Usage;
}

/** One event of a server-sent event stream. */
export function sse(data: unknown, event?: string): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** A text cut in two, to be streamed; the cut may fall anywhere. */
export function halves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
}

type Loose = Readonly<Record<string, unknown>>;
export const obj = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
export const arr = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The text of a message's content, in any of the shapes in which formats write it. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return arr(content)
    .map((part) => obj(part).text)
    .filter((text) => typeof text === 'string')
    .join('');
}
