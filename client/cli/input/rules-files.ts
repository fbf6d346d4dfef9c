/**
 * The user's rules: signalbox.yaml and policy.yaml of a folder, each replaced by what ships with the program where it is
 * missing.
 */

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseCatalogueFile, type SignalboxConfig } from '../../../db/documents/catalogue-file';
import { packageRoot } from '../../../db/documents/package-root';
import { parsePolicyFile } from '../../../db/documents/policy-file';
import { loadPriceLibrary } from '../../../db/documents/price-library';
import { formatProblems, type Problem } from '../../../db/documents/problem';
import { loadStartingCatalogue } from '../../../db/documents/starting-files';
import type { Catalogue } from '../../../routing/catalogue';
import { DEFAULT_POLICY, type LearningParameters, type Policy } from '../../../routing/decision/policy';
import { RoutingError } from '../../../routing/errors';
import { readUtf8 } from './text';

export interface RulesFiles {
  readonly config: SignalboxConfig;
  readonly policy: Policy;
  /** Absent: the starting catalogue. */
  readonly catalogueFile?: string;
  /** Absent: the default policy. */
  readonly policyFile?: string;
}

export interface RulesPaths {
  readonly catalogueFile?: string;
  readonly policyFile?: string;
}

/** Twice what the parser takes, so that it is the parser who says that a file is too large. */
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * Which files there are.
 *
 * @param place a folder or a signalbox.yaml, as the user named it; the current folder when undefined
 * @throws {RoutingError} `config_not_found` when a place was named and has no such file
 */
export function findRulesFiles(place: string | undefined): RulesPaths {
  const isFile = place !== undefined && isExistingFile(place);
  const folder = isFile ? dirname(place) : (place ?? '.');
  const catalogueFile = isFile ? place : join(folder, 'signalbox.yaml');
  const policyFile = join(folder, 'policy.yaml');
  const found = {
    ...(isExistingFile(catalogueFile) ? { catalogueFile } : {}),
    ...(isExistingFile(policyFile) ? { policyFile } : {}),
  };
  if (place !== undefined && Object.keys(found).length === 0) {
    throw new RoutingError(
      'config_not_found',
      `There is no signalbox.yaml and no policy.yaml at "${place}". Name a folder or a signalbox.yaml, or run "signalbox init" there.`,
    );
  }
  return found;
}

function isExistingFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/**
 * Reads the rules.
 *
 * @param place as for `findRulesFiles`
 * @throws {RoutingError} `bad_config` naming every problem with its line; `config_not_found`
 */
export async function readRulesFiles(place: string | undefined): Promise<RulesFiles> {
  const { catalogueFile, policyFile } = findRulesFiles(place);
  const config = catalogueFile === undefined ? loadStartingCatalogue() : await readCatalogueFile(catalogueFile);
  const policy =
    policyFile === undefined
      ? { ...DEFAULT_POLICY, learning: config.ewma }
      : await readPolicyFile(policyFile, config.catalogue, config.ewma);
  return { config, policy, ...(catalogueFile === undefined ? {} : { catalogueFile }), ...(policyFile === undefined ? {} : { policyFile }) };
}

/** @throws {RoutingError} `bad_config` naming every problem with its line; `bad_input` when it cannot be read */
export async function readCatalogueFile(path: string): Promise<SignalboxConfig> {
  const parsed = parseCatalogueFile(await readConfigurationText(path), path, loadPriceLibrary());
  if ('problems' in parsed) throw badConfig(path, parsed.problems);
  return parsed.ok;
}

/**
 * @param catalogue the models that it may name
 * @param learning  what holds where the file says nothing
 * @throws {RoutingError} as `readCatalogueFile`
 */
export async function readPolicyFile(path: string, catalogue: Catalogue, learning?: LearningParameters): Promise<Policy> {
  const parsed = parsePolicyFile(await readConfigurationText(path), path, catalogue, learning);
  if ('problems' in parsed) throw badConfig(path, parsed.problems);
  return parsed.ok;
}

/** The text of a configuration file. */
export function readConfigurationText(path: string): Promise<string> {
  return readUtf8(createReadStream(path), `The file "${path}"`, MOST_BYTES);
}

function badConfig(path: string, problems: readonly Problem[]): RoutingError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new RoutingError('bad_config', `${path} has ${count}; nothing was done.\n${formatProblems(problems)}`);
}

/** The catalogue for somebody who has neither a file nor a key: scripted models, which cost nothing and are named as such. */
export function loadScriptedCatalogue(): SignalboxConfig {
  const path = join(packageRoot(), 'data', 'starting-catalogue', 'scripted.yaml');
  const parsed = parseCatalogueFile(readFileSync(path, 'utf8'), 'scripted.yaml', loadPriceLibrary());
  if ('ok' in parsed) return parsed.ok;
  throw new RoutingError(
    'internal',
    `The scripted catalogue does not fit this program. Install the package again.\n${formatProblems(parsed.problems)}`,
  );
}
