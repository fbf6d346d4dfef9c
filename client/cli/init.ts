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

/**
 * Writes the files that are missing; with `force`, all.
 *
 * @param folder where to write; made when it does not exist
 */
export async function runInit(folder: string, options: InitOptions, { output }: Cli): Promise<ExitCode> {
  const files = initFiles().map(({ name, text }) => ({ path: join(folder, name), text }));
  const missing = files.filter(({ path }) => !existsSync(path));
  if (missing.length === 0 && !options.force) {
    const present = files.map(({ path }) => path).join(' and ');
    throw new RoutingError('bad_argument', `${present} exist already; nothing was written. Add --force to replace them.`);
  }
  const written = options.force ? files : missing;
  try {
    await mkdir(folder, { recursive: true });
    for (const { path, text } of written) await writeFile(path, text, options.force ? {} : { flag: 'wx' });
  } catch (cause) {
    const { code = 'unknown error', path = folder } = cause as NodeJS.ErrnoException;
    throw new RoutingError('bad_argument', `${path} cannot be written (${code}). Choose another folder, or make it writable.`, { cause });
  }
  const paths = written.map(({ path }) => path);
  if (options.json) output.printJson({ written: paths });
  else {
    const kept = files.filter((file) => !written.includes(file)).map(({ path }) => ` ${path} stays as it is.`);
    output.print(`Wrote ${paths.join(' and ')}.${kept.join('')} Edit what does not suit you, then run "signalbox config check".`);
  }
  return EXIT.ok;
}
