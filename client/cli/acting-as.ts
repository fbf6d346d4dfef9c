/** In whose name a command acts: for the audit log, and for who may approve what. */

import type { Cli } from './cli';
import { findRulesFiles, readCatalogueFile } from './input/rules-files';

/** Options of a command that acts in somebody's name. */
export interface ActingOptions {
  readonly as?: string;
}

/**
 * Who `--as` names; else the `operator` of the signalbox.yaml here; else the user of this machine.
 *
 * @throws {RoutingError} `bad_config` when the file has problems
 */
export async function actorOf({ as }: ActingOptions, cli: Cli): Promise<string> {
  if (as !== undefined) return as;
  const { catalogueFile } = findRulesFiles(undefined);
  return (catalogueFile === undefined ? undefined : (await readCatalogueFile(catalogueFile)).operator) ?? cli.user;
}
