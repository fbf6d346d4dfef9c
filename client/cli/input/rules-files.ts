/**
 * The user's rules: signalbox.yaml and policy.yaml of a folder, each replaced by what ships with the program where it is
 * missing.
 */

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SignalboxConfig } from '../../../db/documents/catalogue-file';
import { packageRoot } from '../../../db/documents/package-root';
import { initFiles, loadStartingCatalogue } from '../../../db/documents/starting-files';
import type { Catalogue } from '../../../routing/catalogue';
import type { LearningParameters, Policy } from '../../../routing/decision/policy';
import { RoutingError } from '../../../routing/errors';
import { catalogueFrom, policyFrom } from '../../config/overridden-rules';
import type { Override, RulesFileName } from '../../config/override';
import { type CatalogueFile, catalogueFileOf } from '../../models/catalogue-file';
import { readUtf8 } from './text';

export interface RulesFiles {
  readonly config: SignalboxConfig;
  readonly policy: Policy;
  /** Absent: the starting catalogue. */
  readonly catalogueFile?: string;
  /** Absent: the default policy. */
  readonly policyFile?: string;
  /** What was read of the user's own files; absent: there is none. */
  readonly texts: Partial<Readonly<Record<RulesFileName, string>>>;
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
 * @param place     as for `findRulesFiles`
 * @param overrides what takes the place of what the files say
 * @param texts     texts that take the place of the files', which need not exist then
 * @throws {RoutingError} `bad_config` naming every problem with its line, or the override that does not fit; `config_not_found`
 */
export async function readRulesFiles(
  place: string | undefined,
  overrides: readonly Override[] = [],
  texts: Partial<Readonly<Record<RulesFileName, string>>> = {},
): Promise<RulesFiles> {
  const { catalogueFile, policyFile } = findRulesFiles(place);
  const catalogueText = texts['signalbox.yaml'] ?? (catalogueFile && (await readConfigurationText(catalogueFile)));
  const config =
    catalogueText === undefined
      ? startingCatalogue(overrides)
      : catalogueFrom({ text: catalogueText, name: catalogueFile ?? 'signalbox.yaml' }, overrides);
  const policyText = texts['policy.yaml'] ?? (policyFile && (await readConfigurationText(policyFile)));
  const policy = policyFrom({ text: policyText ?? '', name: policyFile ?? 'policy.yaml' }, config.catalogue, config.ewma, overrides);
  return {
    config,
    policy,
    ...(catalogueFile === undefined ? {} : { catalogueFile }),
    ...(policyFile === undefined ? {} : { policyFile }),
    texts: {
      ...(catalogueText === undefined ? {} : { 'signalbox.yaml': catalogueText }),
      ...(policyText === undefined ? {} : { 'policy.yaml': policyText }),
    },
  };
}

/** @throws {RoutingError} as `readRulesFiles`; `bad_input` when it cannot be read */
export async function readCatalogueFile(path: string, overrides: readonly Override[] = []): Promise<SignalboxConfig> {
  return catalogueFrom({ text: await readConfigurationText(path), name: path }, overrides);
}

/**
 * The signalbox.yaml of a folder, for a command that changes it.
 *
 * @param overrides what takes the place of what it says, where it is put in force
 * @throws {RoutingError} `config_not_found` when there is none; as `readCatalogueFile`
 */
export async function readFileToEdit(place: string | undefined, overrides: readonly Override[]): Promise<CatalogueFile> {
  const { catalogueFile: path } = findRulesFiles(place);
  if (path === undefined) {
    throw new RoutingError(
      'config_not_found',
      'There is no signalbox.yaml here. Name its folder with --config, or write one with "signalbox init".',
    );
  }
  return catalogueFileOf(path, await readConfigurationText(path), overrides);
}

/**
 * @param catalogue the models that it may name
 * @param learning  what holds where the file says nothing
 * @throws {RoutingError} as `readCatalogueFile`
 */
export async function readPolicyFile(
  path: string,
  catalogue: Catalogue,
  learning?: LearningParameters,
  overrides: readonly Override[] = [],
): Promise<Policy> {
  return policyFrom({ text: await readConfigurationText(path), name: path }, catalogue, learning, overrides);
}

/** The text of a configuration file. */
export function readConfigurationText(path: string): Promise<string> {
  return readUtf8(createReadStream(path), `The file "${path}"`, MOST_BYTES);
}

/** The catalogue for somebody who has neither a file nor a key: scripted models, which cost nothing and are named as such. */
export function loadScriptedCatalogue(overrides: readonly Override[] = []): SignalboxConfig {
  const text = readFileSync(join(packageRoot(), 'data', 'starting-catalogue', 'scripted.yaml'), 'utf8');
  return catalogueFrom({ text, name: 'the scripted catalogue' }, overrides);
}

/** The catalogue for somebody who has no signalbox.yaml. */
export function startingCatalogue(overrides: readonly Override[]): SignalboxConfig {
  if (overrides.length === 0) return loadStartingCatalogue();
  return catalogueFrom({ text: startingCatalogueText(), name: 'the starting catalogue' }, overrides);
}

/** The signalbox.yaml of somebody who has none. */
export function startingCatalogueText(): string {
  return initFiles().find(({ name }) => name === 'signalbox.yaml')?.text ?? '';
}
