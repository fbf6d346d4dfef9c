/** Lines of a stream of any length, a part at a time, so that a file of gigabytes needs no more memory than a part of it. */

import type { Readable } from 'node:stream';
import { RoutingError } from '../../routing/errors';

/** Longer lines are not lines of the file that was meant, in characters. */
const LONGEST_LINE = 64 * 1024;

/**
 * @param open   called when the first line is asked for: a file that cannot be opened says so to whoever reads it
 * @param what   how errors name the stream, as the beginning of a sentence
 * @param onRead called with the bytes of each part
 * @throws {RoutingError} `bad_input` when it cannot be read or has a line of more than 64 KiB
 */
export async function* readLines(
  open: () => Readable,
  what: string,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  try {
    for await (const chunk of open() as AsyncIterable<Buffer>) {
      onRead(chunk.length);
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) {
        throw new RoutingError(
          'bad_input',
          `${what} has a line of more than ${LONGEST_LINE} characters. Give one JSON object on each line.`,
        );
      }
      yield lines;
    }
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new RoutingError('bad_input', `${what} cannot be read (${code}). Check its path and mode.`, { cause });
  }
  if (rest !== '') yield [rest];
}
