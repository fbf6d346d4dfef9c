/**
 * A change of settings in a file of a folder: written into the text that is there, checked as a whole, and put in force.
 *
 * What is in force must be what the folder said before, so that nothing else comes into force along with the change.
 */

import { dirname, join } from 'node:path';
import type { Database } from '../../db/connect';
import { differencePolicies, type PolicyChange, policyFromJson } from '../../db/documents/policy-document';
import { activeCatalogue, listBudgets, loadPolicy } from '../../db/queries/rules';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import { type Change, withSettings } from '../config/edit-settings';
import type { Override, RulesFileName } from '../config/override';
import { applyCatalogueAndBudgets, applyPolicyChange, budgetRowsOf } from '../stack/apply-rules';
import { findRulesFiles, type RulesFiles, readConfigurationText, readRulesFiles } from './input/rules-files';

/** A file of a folder with changes that are not written yet, and what they make of the rules. */
export interface SettingsChange {
  readonly file: RulesFileName;
  readonly path: string;
  readonly text: string;
  readonly isChanged: boolean;
  readonly before: RulesFiles;
  readonly after: RulesFiles;
}

/** Where the files are, and what takes the place of their values. */
export interface ChangePlace {
  /** As for `findRulesFiles`. */
  readonly place: string | undefined;
  readonly overrides: readonly Override[];
}

/** @throws {RoutingError} `config_not_found` for a signalbox.yaml that does not exist; `bad_config` when the file would be wrong */
export async function changeSettings(
  file: RulesFileName,
  changes: readonly Change[],
  { place, overrides }: ChangePlace,
): Promise<SettingsChange> {
  const { catalogueFile, policyFile } = findRulesFiles(place);
  const found = file === 'policy.yaml' ? policyFile : catalogueFile;
  if (found === undefined && file === 'signalbox.yaml') {
    throw new RoutingError(
      'config_not_found',
      'There is no signalbox.yaml here. Name its folder with --config, or write one with "signalbox init".',
    );
  }
  const path = found ?? join(catalogueFile === undefined ? (place ?? '.') : dirname(catalogueFile), file);
  const written = found === undefined ? '' : await readConfigurationText(path);
  const before = await readRulesFiles(place, overrides);
  const text = withSettings(written, changes);
  const after = await readRulesFiles(place, overrides, { [file]: text });
  return { file, path, text, isChanged: text !== written, before, after };
}

/** What came into force. */
export interface InForce {
  readonly policyVersion: number;
  readonly catalogueVersion: string | null;
  readonly changes: readonly PolicyChange[];
}

/**
 * Puts the folder's rules after the change in force.
 *
 * @param mayChangeMore something else than the change may come into force with it
 * @throws {RoutingError} `conflict` when something else would, or somebody else was first
 */
export async function applyChange(
  db: Database,
  { file, before, after }: SettingsChange,
  actor: string,
  mayChangeMore: boolean,
): Promise<InForce> {
  const inForce = await loadPolicy(db);
  const policy = inForce === undefined ? DEFAULT_POLICY : policyFromJson(inForce.body);
  if (!mayChangeMore) {
    const isPolicyOther = differencePolicies(policy, before.policy).length > 0;
    if (isPolicyOther || (file === 'signalbox.yaml' && (await isCatalogueOther(db, before)))) throw wouldChangeMore();
  }
  const catalogueVersion = file === 'signalbox.yaml' ? (await applyCatalogueAndBudgets(db, after.config, actor)).catalogue.version : null;
  const changes = differencePolicies(policy, after.policy);
  const { version } = await applyPolicyChange(db, { base: inForce?.version, policy: after.policy, changes }, actor);
  return { policyVersion: version, catalogueVersion, changes };
}

async function isCatalogueOther(db: Database, { config }: RulesFiles): Promise<boolean> {
  const [active, budgets] = await Promise.all([activeCatalogue(db), listBudgets(db)]);
  const rowsOf = (rows: typeof budgets) =>
    JSON.stringify(rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((row) => Object.entries(row).sort()));
  return active?.version !== config.catalogue.version || rowsOf(budgets) !== rowsOf(budgetRowsOf(config.budgets));
}

function wouldChangeMore(): RoutingError {
  return new RoutingError(
    'conflict',
    'The rules in force are not what the files say, so more would change than was asked for; nothing was changed. Look at "signalbox policy diff", run "signalbox policy apply" first, or add --yes to put the files in force as a whole.',
  );
}
