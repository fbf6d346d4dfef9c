/** The text of a task: words of the command line, a file, or standard input. */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { RoutingError } from '../../../routing/errors';

/** Where a text may come from. */
export interface TextSource {
  /** Words of the command line; a single `-` is standard input. */
  readonly words: readonly string[];
  readonly file?: string | undefined;
  readonly stdin: Readable;
}

/** More is not read, whatever the limit of a prompt, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The text, without the line end that closes a file.
 *
 * @throws {RoutingError} `bad_argument` when it is given twice or not at all; `bad_input` when it cannot be read or is not UTF-8;
 *   `input_too_large`
 */
export async function readText({ words, file, stdin }: TextSource): Promise<string> {
  if (file !== undefined && words.length > 0) {
    throw new RoutingError('bad_argument', 'The text is given twice, as words and with --file. Give one of them.');
  }
  if (file !== undefined) return withoutLastLineEnd(await readUtf8(createReadStream(file), `The file "${file}"`));
  if (words.length === 1 && words[0] === '-') return withoutLastLineEnd(await readUtf8(stdin, 'Standard input'));
  if (words.length === 0) {
    throw new RoutingError('bad_argument', 'There is no text. Give it as words, with --file FILE, or as "-" for standard input.');
  }
  return words.join(' ');
}

/**
 * Everything a stream gives, as text.
 *
 * @param what how errors name it, as the beginning of a sentence
 * @throws {RoutingError} `bad_input`, `input_too_large`
 */
export async function readUtf8(stream: Readable, what: string, mostBytes = MOST_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new RoutingError('bad_input', `${what} cannot be read (${code}). Check its path and mode.`, { cause });
  }
  if (bytes > mostBytes) throw new RoutingError('input_too_large', `${what} has more than ${mostBytes} bytes. Give a part of it.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new RoutingError('bad_input', `${what} is not text in UTF-8. Convert it first.`);
  }
}

function withoutLastLineEnd(text: string): string {
  return text.replace(/\r?\n$/u, '');
}

/**
 * Refuses what could not be submitted, for commands that keep nothing: a class for a text that cannot be a task helps nobody.
 *
 * @throws {RoutingError} `bad_input`, `input_too_large`
 */
export function checkText(text: string, maxBytes: number): void {
  if (text.trim() === '') throw new RoutingError('bad_input', 'The text is empty. Say what is to be done.');
  if (text.includes('\0')) throw new RoutingError('bad_input', 'The text contains a NUL character, which cannot be stored. Remove it.');
  if (!text.isWellFormed()) {
    throw new RoutingError('bad_input', 'The text contains half of a surrogate pair, which is not valid Unicode. Remove it.');
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new RoutingError(
      'input_too_large',
      `The text has ${bytes} bytes; the limit is ${maxBytes}. Shorten it, or raise settings.max_prompt_bytes in signalbox.yaml.`,
    );
  }
}
