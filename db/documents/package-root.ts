/**
 * Where the files that ship with the package are: the same from the source tree and from dist/.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RoutingError } from '../../routing/errors';

/**
 * The folder of this package's package.json, as an absolute path.
 *
 * @throws {RoutingError} `internal` when the program was taken out of its package
 */
export function packageRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (isPackageRoot(folder)) return folder;
    if (folder === dirname(folder)) {
      throw new RoutingError('internal', `No package.json of signalbox above ${__dirname}. Install the package again.`);
    }
  }
}

function isPackageRoot(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'signalbox';
  } catch {
    return false;
  }
}
