/** `signalbox policy diff`: what differs between two versions of the policy, or between a file and what is in force. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from '../../db/connect';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { differencePolicies, policyFromJson } from '../../db/documents/policy-document';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { activeCatalogue, loadPolicy } from '../../db/queries/rules';
import type { Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { findRulesFiles, type RulesPaths, readCatalogueFile, readPolicyFile } from './input/rules-files';
import { withDatabase } from './open-client';
import { describeChanges } from './terminal/policy-changes';

/** A policy with the name that people gave it. */
interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/**
 * @param from a version, a folder or a policy.yaml; the policy.yaml here when undefined
 * @param to   the same; what is in force when undefined
 */
export function runPolicyDiff(from: string | undefined, to: string | undefined, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  return withDatabase(cli, options, async (db) => {
    const first = await find(from ?? '.', db);
    const second = to === undefined ? await inForce(db) : await find(to, db);
    // A file is what may come after what is in force; a version is what was before it.
    const isFile = to === undefined && !isVersion(from ?? '.');
    const [before, after] = isFile ? [second, first] : [first, second];
    const changes = differencePolicies(before.policy, after.policy);
    if (options.json) cli.output.printJson({ from: before.name, to: after.name, changes });
    else if (changes.length === 0) cli.output.print(`${before.name} and ${after.name} have the same rules.`);
    else cli.output.print(describeChanges(changes, cli.output, [before.name, after.name]));
    return EXIT.ok;
  });
}

function isVersion(words: string): boolean {
  return /^\d{1,9}$/u.test(words);
}

async function find(words: string, db: Database): Promise<NamedPolicy> {
  if (!isVersion(words)) return fromFile(words, db);
  const row = await loadPolicy(db, Number(words));
  if (row === undefined)
    throw new RoutingError('unknown_policy', `There is no policy version ${words}. "signalbox policy list" names all.`);
  return { name: `version ${words}`, policy: policyFromJson(row.body) };
}

async function inForce(db: Database): Promise<NamedPolicy> {
  const row = await loadPolicy(db);
  if (row === undefined)
    throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" or "signalbox policy apply".');
  return { name: `in force (version ${row.version})`, policy: policyFromJson(row.body) };
}

/** @param place a folder, or a policy.yaml; its models are those of the signalbox.yaml beside it, else of the catalogue in force */
async function fromFile(place: string, db: Database): Promise<NamedPolicy> {
  const { catalogueFile, policyFile } = /\.ya?ml$/iu.test(place) ? besideOf(place) : findRulesFiles(place);
  if (policyFile === undefined) {
    throw new RoutingError('config_not_found', `There is no policy.yaml at "${place}". Name its folder, the file, or a version.`);
  }
  const config = catalogueFile === undefined ? undefined : await readCatalogueFile(catalogueFile);
  const catalogue = config?.catalogue ?? (await catalogueOf(db));
  return { name: policyFile, policy: await readPolicyFile(policyFile, catalogue, config?.ewma) };
}

function besideOf(policyFile: string): RulesPaths {
  const catalogueFile = join(dirname(policyFile), 'signalbox.yaml');
  return { policyFile, ...(existsSync(catalogueFile) ? { catalogueFile } : {}) };
}

async function catalogueOf(db: Database) {
  const active = await activeCatalogue(db);
  return active === undefined ? loadStartingCatalogue().catalogue : storedCatalogueFromJson(active.body).catalogue;
}
