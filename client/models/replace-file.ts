/** Replaces a file of the user together with what follows from it: both happen, or neither. */

import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { RoutingError } from '../../routing/errors';

/**
 * Writes the new text beside the file, does what follows from it, and puts it in the file's place. Where that fails, the file stays
 * as it was.
 *
 * @throws {RoutingError} `bad_input` when the file cannot be written; what `follow` throws
 */
export async function replaceFile<T>(path: string, text: string, follow: () => Promise<T>): Promise<T> {
  const target = await realpath(path).catch(() => path); // a link stays a link; what is not there yet is made
  const beside = `${target}.new`;
  try {
    const mode = await stat(target).then(
      (found) => found.mode,
      () => 0o644,
    );
    await writeFile(beside, text, { mode });
    const followed = await follow();
    await rename(beside, target);
    return followed;
  } catch (cause) {
    await rm(beside, { force: true });
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new RoutingError('bad_input', `${path} cannot be written (${code}); it stays as it was. Make it and its folder writable.`, {
      cause,
    });
  }
}
