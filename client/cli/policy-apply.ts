/**
 * `signalbox policy apply`: shows what the files of a folder would change of the rules in force, and after a yes puts them in
 * force. The new version is immutable, and the audit log says who applied it.
 */

import { createInterface } from 'node:readline/promises';
import type { Database } from '../../db/connect';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import type { SignalboxConfig } from '../../db/documents/catalogue-file';
import { differencePolicies, type PolicyChange, policyFromJson } from '../../db/documents/policy-document';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { activeCatalogue, loadPolicy } from '../../db/queries/rules';
import type { Catalogue } from '../../routing/catalogue';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import { applyCatalogueAndBudgets, applyPolicyChange } from '../stack/apply-rules';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { findRulesFiles, readCatalogueFile, readPolicyFile } from './input/rules-files';
import { withDatabase } from './open-client';
import { describeChanges } from './terminal/policy-changes';

export interface PolicyApplyOptions extends StackCommandOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What the files would change. */
interface Plan {
  /** Absent: the folder has no signalbox.yaml, and catalogue and budgets stay. */
  readonly config?: SignalboxConfig;
  readonly policy: Policy;
  readonly policyFile: string;
  /** Version in force; absent: none. */
  readonly base: number | undefined;
  readonly changes: readonly PolicyChange[];
  readonly models: { readonly added: readonly string[]; readonly removed: readonly string[]; readonly changed: readonly string[] };
}

export async function runPolicyApply(place: string | undefined, options: PolicyApplyOptions, cli: Cli): Promise<ExitCode> {
  return withDatabase(cli, options, async (db) => {
    const plan = await planFrom(place, db);
    if (!options.json) printPlan(plan, cli);
    const isNothing = plan.base !== undefined && plan.changes.length === 0 && !changesModels(plan);
    if (options.dryRun) {
      if (options.json) cli.output.printJson(resultOf(plan, { version: plan.base ?? null, isApplied: false }));
      return EXIT.ok;
    }
    if (!isNothing) await confirm(options, cli);
    if (plan.config !== undefined) await applyCatalogueAndBudgets(db, plan.config, cli.user);
    const { version, changed } = await applyPolicyChange(db, plan, cli.user);
    if (options.json) cli.output.printJson(resultOf(plan, { version, isApplied: changed }));
    else if (changed) cli.output.print(`Policy version ${version} is in force for every decision from now on.`);
    else cli.output.print(`Policy version ${version} stays in force: ${plan.policyFile} says the same.`);
    return EXIT.ok;
  });
}

async function planFrom(place: string | undefined, db: Database): Promise<Plan> {
  const { catalogueFile, policyFile } = findRulesFiles(place);
  if (policyFile === undefined) {
    throw new RoutingError('config_not_found', 'There is no policy.yaml here. Name its folder, or write one with "signalbox init".');
  }
  const config = catalogueFile === undefined ? undefined : await readCatalogueFile(catalogueFile);
  const [active, inForce] = await Promise.all([activeCatalogue(db), loadPolicy(db)]);
  const before = active === undefined ? undefined : storedCatalogueFromJson(active.body).catalogue;
  const after = config?.catalogue ?? before ?? loadStartingCatalogue().catalogue;
  const policy = await readPolicyFile(policyFile, after, config?.ewma);
  return {
    // A database without a catalogue gets the one that the policy was checked against.
    ...(config !== undefined ? { config } : before === undefined ? { config: loadStartingCatalogue() } : {}),
    policy,
    policyFile,
    base: inForce?.version,
    changes: differencePolicies(inForce === undefined ? DEFAULT_POLICY : policyFromJson(inForce.body), policy),
    models: differenceOfModels(before, after),
  };
}

function differenceOfModels(before: Catalogue | undefined, after: Catalogue): Plan['models'] {
  const old: Catalogue['models'] = before?.models ?? new Map();
  return {
    added: [...after.models.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !after.models.has(id)),
    changed: [...after.models].filter(([id, model]) => old.has(id) && JSON.stringify(old.get(id)) !== JSON.stringify(model)).map(([id]) => id),
  };
}

function changesModels({ models: { added, removed, changed } }: Plan): boolean {
  return added.length + removed.length + changed.length > 0;
}

function printPlan(plan: Plan, { output }: Cli): void {
  const { base, changes, policyFile, models } = plan;
  for (const [what, ids] of Object.entries(models)) if (ids.length > 0) output.print(`Models ${what}: ${ids.join(', ')}`);
  if (changes.length > 0) {
    const inForce = base === undefined ? 'default' : `in force (version ${base})`;
    output.print(describeChanges(changes, output, [inForce, policyFile]));
  } else {
    output.print(base === undefined ? `${policyFile} has the default rules.` : `${policyFile} changes nothing of policy version ${base}.`);
  }
}

function resultOf({ base, changes, models }: Plan, result: { readonly version: number | null; readonly isApplied: boolean }) {
  return { ...result, base: base ?? null, changes, models };
}

/** @throws {RoutingError} `bad_argument` when nobody said yes */
async function confirm({ yes, json }: PolicyApplyOptions, { stdin, output }: Cli): Promise<void> {
  if (yes) return;
  if (json || stdin.isTTY !== true || !output.isWatched) {
    throw new RoutingError('bad_argument', 'Nobody is here to confirm, so nothing was applied. Add --yes, or --dry-run to see the difference alone.');
  }
  const prompt = createInterface({ input: stdin, output: output.stderr });
  try {
    const answer = await prompt.question('Put this in force? [y/N] ');
    if (/^\s*y(es)?\s*$/iu.test(answer)) return;
  } finally {
    prompt.close();
  }
  throw new RoutingError('bad_argument', 'Not confirmed, so nothing was applied.');
}
