/**
 * Where programs that were downloaded or built are kept: once per machine and user, outside every clone, named by version and
 * platform, so that two versions live side by side and an unfinished one is never found.
 */

import { accessSync, chmodSync, constants, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheFolder, type Environment } from './cache-folder';
import { hold, holderOf, released } from './exclusive';

export type { Environment } from './cache-folder';

/**
 * Path of a program in the user's cache folder.
 *
 * @param program name and version, e.g. `temporal-1.8.2`
 */
export function cachedProgram(program: string, env: Environment, platform: NodeJS.Platform = process.platform): string {
  return join(cacheFolder(env, platform), 'signalbox', `${program}-${platform}-${process.arch}${platform === 'win32' ? '.exe' : ''}`);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts a program into the cache, unless another process does so first; then waits for that one.
 *
 * @param make writes the program to the path it is given, and throws when it cannot
 * @param onWait called with the other process's pid, where it is known
 */
export async function placeInCache(
  path: string,
  make: (temporary: string) => Promise<void>,
  onWait: (pid: number | undefined) => void,
): Promise<void> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const held = await hold(path, () => ({ pid: process.pid }));
    if (held === undefined) {
      const holder = (await holderOf(path)) as { pid?: number } | undefined;
      onWait(holder?.pid);
      await released(path);
      continue;
    }
    try {
      if (isExecutable(path)) return;
      const temporary = join(folder, `.${basename(path)}.unfinished`);
      rmSync(temporary, { force: true }); // left by a process that was killed
      try {
        await make(temporary);
        chmodSync(temporary, 0o755);
        renameSync(temporary, path);
      } finally {
        rmSync(temporary, { force: true });
      }
      return;
    } finally {
      await held.release();
    }
  }
}
