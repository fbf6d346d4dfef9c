/** `signalbox init`: writes a commented signalbox.yaml and policy.yaml to start from. */

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initFiles } from '../../db/documents/starting-files';
import { RoutingError } from '../../routing/errors';
import type { Cli, CommonOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';

export interface InitOptions extends CommonOptions {
  readonly force?: boolean;
}

/** @param folder where to write; made when it does not exist */
export async function runInit(folder: string, options: InitOptions, { output }: Cli): Promise<ExitCode> {
  const files = initFiles().map(({ name, text }) => ({ path: join(folder, name), text }));
  const present = files.map(({ path }) => path).filter((path) => existsSync(path));
  if (present.length > 0 && !options.force) {
    throw new RoutingError('bad_argument', `${present.join(' and ')} exist already; nothing was written. Add --force to replace them.`);
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const { path, text } of files) await writeFile(path, text, options.force ? {} : { flag: 'wx' });
  } catch (cause) {
    const { code = 'unknown error', path = folder } = cause as NodeJS.ErrnoException;
    throw new RoutingError('bad_argument', `${path} cannot be written (${code}). Choose another folder, or make it writable.`, { cause });
  }
  if (options.json) output.printJson({ written: files.map(({ path }) => path) });
  else output.print(`Wrote ${files.map(({ path }) => path).join(' and ')}. Edit them, then run "signalbox config check".`);
  return EXIT.ok;
}
