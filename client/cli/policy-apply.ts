/**
 * `signalbox policy apply`: shows what the files of a folder would change of the rules in force, and after a yes puts them in
 * force. The new version is immutable, and the audit log says who applied it.
 */

import type { Database } from '../../db/connect';
import { canonicalJson } from '../../db/documents/canonical-json';
import { type StoredCatalogue, storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import type { SignalboxConfig } from '../../db/documents/catalogue-file';
import type { JsonChange } from '../../db/documents/json-differences';
import { differencePolicies, type PolicyChange, policyFromJson } from '../../db/documents/policy-document';
import { differenceSlots } from '../../db/documents/slots-differences';
import { activeCatalogue, type BudgetRow, listBudgets, loadPolicy } from '../../db/queries/rules';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { SlotSettings } from '../../routing/slots/settings';
import type { Override } from '../config/override';
import { applyCatalogueAndBudgets, applyPolicyChange, budgetRowsOf } from '../stack/apply-rules';
import type { ActingOptions } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { confirm } from './input/confirm';
import { type OverrideOptions, readOverrides } from './input/overrides';
import { findRulesFiles, readCatalogueFile, readPolicyFile, startingCatalogue } from './input/rules-files';
import { withDatabase } from './open-client';
import { describeChanges } from './terminal/policy-changes';
import { describeSlotChanges } from './terminal/slot-changes';
import { onOneLine } from './terminal/text';

export interface PolicyApplyOptions extends StackCommandOptions, ActingOptions, Pick<OverrideOptions, 'set'> {
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
  readonly others: Others;
  readonly slots: SlotDifference;
}

/** What signalbox.yaml would change: how calls are made and what they may cost, as much as which models there are. */
interface Others {
  readonly models: Difference;
  readonly providers: Difference;
  readonly pools: Difference;
  readonly budgets: Difference;
}

/** Accounts, and what changes of them and of how slots are given out. */
interface SlotDifference extends Difference {
  readonly changes: readonly JsonChange[];
}

/** Ids of what is not the same. */
interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export async function runPolicyApply(place: string | undefined, options: PolicyApplyOptions, cli: Cli): Promise<ExitCode> {
  return withDatabase(cli, options, async (db) => {
    const overrides = await readOverrides({ ...options, ...(place === undefined ? {} : { config: place }) }, cli.env);
    const plan = await planFrom(place, overrides, db);
    if (!options.json) printPlan(plan, cli);
    const isNothing =
      plan.base !== undefined && plan.changes.length === 0 && Object.values(plan.others).every(isEmpty) && plan.slots.changes.length === 0;
    if (options.dryRun) {
      if (options.json) cli.output.printJson({ ...resultOf(plan, { version: plan.base ?? null, isApplied: false }), news: [] });
      return EXIT.ok;
    }
    if (!isNothing) await confirm('Put this in force?', options, cli, ', or --dry-run to see the difference alone');
    const actor = options.as ?? plan.config?.operator ?? cli.user;
    const news = plan.config === undefined ? [] : (await applyCatalogueAndBudgets(db, plan.config, actor)).catalogue.news;
    const { version, changed } = await applyPolicyChange(db, plan, actor);
    for (const { detail } of news) cli.output.note(onOneLine(`${detail}. A review of the routing was asked for.`));
    if (options.json) cli.output.printJson({ ...resultOf(plan, { version, isApplied: changed }), news });
    else if (changed) cli.output.print(`Policy version ${version} is in force for every decision from now on.`);
    else if (!isNothing) cli.output.print(`Policy version ${version} stays in force.`);
    return EXIT.ok;
  });
}

async function planFrom(place: string | undefined, overrides: readonly Override[], db: Database): Promise<Plan> {
  const { catalogueFile, policyFile } = findRulesFiles(place);
  if (policyFile === undefined) {
    throw new RoutingError('config_not_found', 'There is no policy.yaml here. Name its folder, or write one with "signalbox init".');
  }
  const [active, inForce, budgets] = await Promise.all([activeCatalogue(db), loadPolicy(db), listBudgets(db)]);
  const before = active === undefined ? undefined : storedCatalogueFromJson(active.body);
  const config = await configToApply(catalogueFile, before === undefined, overrides);
  const policy = await readPolicyFile(policyFile, (config ?? before!).catalogue, config?.ewma, overrides);
  return {
    ...(config === undefined ? {} : { config }),
    policy,
    policyFile,
    base: inForce?.version,
    changes: differencePolicies(inForce === undefined ? DEFAULT_POLICY : policyFromJson(inForce.body), policy),
    others: othersOf({ stored: before, budgets }, config),
    slots: slotsOf(before?.slots, config),
  };
}

function othersOf(
  before: { stored: StoredCatalogue | undefined; budgets: readonly BudgetRow[] },
  config: SignalboxConfig | undefined,
): Others {
  const stored = before.stored ?? { catalogue: { models: new Map() }, providers: [], pools: [] };
  const after = config ?? stored;
  return {
    models: differenceOf(stored.catalogue.models, after.catalogue.models),
    providers: differenceOf(by(stored.providers, 'name'), by(after.providers, 'name')),
    pools: differenceOf(by(stored.pools, 'name'), by(after.pools, 'name')),
    budgets: differenceOf(by(before.budgets, 'id'), by(config === undefined ? before.budgets : budgetRowsOf(config.budgets), 'id')),
  };
}

function slotsOf(before: SlotSettings | undefined, config: SignalboxConfig | undefined): SlotDifference {
  const after = config === undefined ? before : config.slots;
  return {
    ...differenceOf(by(before?.accounts ?? [], 'id'), by(after?.accounts ?? [], 'id')),
    changes: differenceSlots(before, after),
  };
}

/** The folder's own; a database that has no catalogue gets the starting one. */
async function configToApply(
  catalogueFile: string | undefined,
  isMissing: boolean,
  overrides: readonly Override[],
): Promise<SignalboxConfig | undefined> {
  if (catalogueFile !== undefined) return readCatalogueFile(catalogueFile, overrides);
  return isMissing ? startingCatalogue(overrides) : undefined;
}

function by<Key extends string>(rows: readonly { readonly [key in Key]: string }[], key: Key): ReadonlyMap<string, unknown> {
  return new Map(rows.map((row) => [row[key], row]));
}

/** What is not the same in two collections by id. */
function differenceOf(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Difference {
  return {
    added: [...after.keys()].filter((id) => !before.has(id)),
    removed: [...before.keys()].filter((id) => !after.has(id)),
    changed: [...after].filter(([id, value]) => before.has(id) && canonicalJson(before.get(id)) !== canonicalJson(value)).map(([id]) => id),
  };
}

function isEmpty({ added, removed, changed }: Difference): boolean {
  return added.length + removed.length + changed.length === 0;
}

function printPlan(plan: Plan, { output }: Cli): void {
  const { base, changes, policyFile, others, slots } = plan;
  for (const [kind, difference] of Object.entries(others)) {
    for (const [what, ids] of Object.entries<readonly string[]>({ ...difference }))
      if (ids.length > 0) output.print(`${kind} ${what}: ${ids.join(', ')}`);
  }
  for (const line of describeSlotChanges(slots.changes)) output.print(line);
  if (changes.length > 0) {
    const inForce = base === undefined ? 'default' : `in force (version ${base})`;
    output.print(describeChanges(changes, output, [inForce, policyFile]));
  } else {
    output.print(base === undefined ? `${policyFile} has the default rules.` : `${policyFile} changes nothing of policy version ${base}.`);
  }
}

function resultOf({ base, changes, others, slots }: Plan, result: { readonly version: number | null; readonly isApplied: boolean }) {
  return { ...result, base: base ?? null, changes, ...others, slots };
}
