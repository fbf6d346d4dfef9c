/**
 * The files that a newcomer starts with.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RoutingError } from '../../routing/errors';
import { parseCatalogueFile, type SignalboxConfig } from './catalogue-file';
import { packageRoot } from './package-root';
import { loadPriceLibrary } from './price-library';
import { formatProblems } from './problem';

/** A file to write, by its name in the user's folder. */
export interface InitFile {
  readonly name: 'signalbox.yaml' | 'policy.yaml';
  readonly text: string;
}

/** What `signalbox init` writes: the starting catalogue and a policy of defaults, both with comments. */
export function initFiles(): readonly InitFile[] {
  return (['signalbox.yaml', 'policy.yaml'] as const).map((name) => ({
    name,
    text: readFileSync(join(packageRoot(), 'data', 'starting-catalogue', name), 'utf8'),
  }));
}

/**
 * The configuration of somebody who has no signalbox.yaml: current models of Anthropic, OpenAI and Google, also through
 * Bedrock and Azure.
 *
 * @throws {RoutingError} `internal` when the shipped files do not fit the program: the installation is broken
 */
export function loadStartingCatalogue(): SignalboxConfig {
  const [file] = initFiles();
  const parsed = parseCatalogueFile(file!.text, file!.name, loadPriceLibrary());
  if ('problems' in parsed) {
    throw new RoutingError(
      'internal',
      `The starting catalogue does not fit this program. Install the package again.\n${formatProblems(parsed.problems)}`,
    );
  }
  return parsed.ok;
}
