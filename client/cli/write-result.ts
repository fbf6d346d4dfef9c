/** Results that are too long to be held: written a part at a time into a file that is whole in the end, or not there. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { RoutingError } from '../../routing/errors';
import { type Write, writerTo } from './terminal/output';

/**
 * Runs `produce` and puts what it writes into a file of its owner's. When it fails, the file is as it was before.
 *
 * @throws {RoutingError} `bad_argument` when the file exists and may not be replaced, or cannot be written; of `produce`
 */
export async function writeToFile<T>(path: string, mayReplace: boolean, produce: (write: Write) => Promise<T>): Promise<T> {
  const beside = `${path}.unfinished`;
  try {
    if (!mayReplace && (await doesExist(path))) throw existsAlready(path);
    const file = createWriteStream(beside, { mode: 0o600 });
    try {
      await once(file, 'open');
      const result = await produce(writerTo(file));
      file.end();
      await finished(file);
      await rename(beside, path);
      return result;
    } finally {
      file.destroy();
    }
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => {});
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new RoutingError('bad_argument', `${path} cannot be written (${code}). Choose another file, or make its folder writable.`, {
      cause,
    });
  }
}

async function doesExist(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function existsAlready(path: string): RoutingError {
  return new RoutingError('bad_argument', `${path} exists already. Add --force to replace it, or choose another file.`);
}
