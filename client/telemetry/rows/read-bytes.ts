/** The bytes of a file, with errors that people can do something about. */

import { RoutingError } from '../../../routing/errors';

export type Bytes = AsyncIterable<Uint8Array>;

/**
 * @param what how errors name the file, as the beginning of a sentence
 * @throws {RoutingError} `bad_input` when it cannot be read
 */
export async function* readBytes(source: Bytes, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new RoutingError('bad_input', `${what} cannot be read (${code}). Check its path and mode.`, { cause });
  }
}
