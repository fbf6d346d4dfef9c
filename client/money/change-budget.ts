/**
 * A change of one limit in signalbox.yaml: written into the text that is there, checked as a whole, and put in force together with
 * the file, so that the next `up` or `policy apply` finds it as it was left.
 */

import type { Database } from '../../db/connect';
import { canonicalJson } from '../../db/documents/canonical-json';
import { readYaml } from '../../db/documents/yaml-source';
import { applyBudgets, listBudgets } from '../../db/queries/rules';
import { RoutingError } from '../../routing/errors';
import { type BudgetPeriod, describeBudget } from '../../routing/money/budget';
import { type MoneyScope, scopeText } from '../../routing/money/scope-text';
import { type NanoUsd, nanoToUsd } from '../../routing/units';
import type { CatalogueFile } from '../models/catalogue-file';
import { withText } from '../models/edit-catalogue';
import { removeFromYaml } from '../models/remove-from-yaml';
import { replaceFile } from '../models/replace-file';
import { setInYaml, type YamlInput } from '../models/set-in-yaml';
import { budgetRowsOf } from '../stack/apply-rules';

/** Names one limit. */
export interface BudgetLimit {
  readonly scope: MoneyScope;
  readonly period: BudgetPeriod;
}

/** One limit of a scope. Hardness and time zone are of all limits of the scope; what is absent stays. */
export interface BudgetChange extends BudgetLimit {
  readonly limitNanoUsd: NanoUsd;
  readonly isHard?: boolean;
  /** Share of the limit, in (0, 1]. */
  readonly warnAt?: number;
  readonly timeZone?: string;
}

/** Keys of a limit in the file, and of its warning line. */
const KEYS = {
  day: ['daily_usd', 'warn_at_daily'],
  month: ['monthly_usd', 'warn_at_monthly'],
  request: ['per_request_usd', undefined],
} as const satisfies Record<BudgetPeriod, readonly [string, string | undefined]>;

/** @throws {RoutingError} `bad_argument` for a warning line of a limit that never fills up; `bad_config` when the file would be wrong */
export function changeBudget(file: CatalogueFile, change: BudgetChange): CatalogueFile {
  const { scope, period, limitNanoUsd, isHard, warnAt, timeZone } = change;
  const [limitKey, warnKey] = KEYS[period];
  if (warnAt !== undefined && warnKey === undefined) {
    throw new RoutingError('bad_argument', 'A limit per request never fills up, so there is nothing to warn of. Leave --warn-at out.');
  }
  const keys: Record<string, YamlInput> = {
    [limitKey]: nanoToUsd(limitNanoUsd),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    ...(isHard === undefined ? {} : { hard: isHard }),
    ...(warnAt === undefined || warnKey === undefined ? {} : { [warnKey]: warnAt }),
  };
  const budgets = file.config.budgets;
  const place = placeOf(file, scope);
  if (place < 0) {
    const entry = { scope: scopeText(scope), ...keys };
    // A list that is missing or empty is written anew.
    const text =
      budgets.length === 0 ? setInYaml(file.text, ['budgets'], [entry]) : setInYaml(file.text, ['budgets', budgets.length], entry);
    return withText(file, text);
  }
  return withText(
    file,
    Object.entries(keys).reduce((text, [key, value]) => setInYaml(text, ['budgets', place, key], value), file.text),
  );
}

/**
 * The file without a limit; as it is, when it has none. The entry of the scope goes with its last limit, and with it what it says of
 * time zone and hardness.
 *
 * @throws {RoutingError} `bad_config` when it cannot be taken out alone, or the file would be wrong without it
 */
export function removeBudget(file: CatalogueFile, { scope, period }: BudgetLimit): CatalogueFile {
  const { budgets = [] } = readYaml(file.text, file.path).value as { readonly budgets?: readonly Readonly<Record<string, unknown>>[] };
  const place = placeOf(file, scope);
  const entry = budgets[place];
  const [limitKey, warnKey] = KEYS[period];
  if (entry?.[limitKey] === undefined) return file;
  const hasOthers = Object.values(KEYS).some(([key]) => key !== limitKey && entry[key] !== undefined);
  if (!hasOthers) return withText(file, removeFromYaml(file.text, budgets.length === 1 ? ['budgets'] : ['budgets', place]));
  const keys = [limitKey, warnKey].filter((key) => key !== undefined && entry[key] !== undefined) as string[];
  return withText(
    file,
    keys.reduce((text, key) => removeFromYaml(text, ['budgets', place, key]), file.text),
  );
}

/** Where the file has the entry of a scope; -1: it has none. */
function placeOf({ config }: CatalogueFile, scope: MoneyScope): number {
  return config.budgets.findIndex(({ scopeKind, scopeId }) => scopeKind === scope.scopeKind && scopeId === scope.scopeId);
}

/**
 * Whether the file says how much a limit is.
 *
 * @throws {RoutingError} `set_by_environment` when a variable does, whatever the file says
 */
export function requireSetByFile({ overrides }: CatalogueFile, { scope, period }: BudgetLimit): void {
  const key = ['budgets', scopeText(scope), KEYS[period][0]].join('.');
  const override = overrides.find(({ path }) => path.join('.') === key);
  if (override === undefined) return;
  throw new RoutingError(
    'set_by_environment',
    `${describeBudget({ ...scope, period })} is what ${override.source} says, whatever stands in the file; nothing was changed. Change or unset ${override.source}, here and where "signalbox up" runs, and run "signalbox policy apply"; or change the file alone with --file-only.`,
  );
}

/**
 * Whether the budgets of a file are those in force, so that putting it in force after a change changes nothing else.
 *
 * @throws {RoutingError} `conflict` when they are not
 */
export async function requireBudgetsInForce(db: Database, { path, effective }: CatalogueFile): Promise<void> {
  const inForce = new Map((await listBudgets(db)).map((budget) => [budget.id, budget]));
  const written = new Map(budgetRowsOf(effective.budgets).map((budget) => [budget.id, budget]));
  if (canonicalJson(Object.fromEntries(inForce)) === canonicalJson(Object.fromEntries(written))) return;
  throw new RoutingError(
    'conflict',
    `The budgets in force are not what ${path} says here, so more would change than was asked for; nothing was changed. Run "signalbox policy apply" with this file first; set the ROUTING_ variables here that "signalbox up" had; or add --yes to put all budgets of the file in force.`,
  );
}

/**
 * Writes the file and puts its budgets in force, with an entry in the audit log. When they cannot be, the file stays as it was.
 *
 * @throws {RoutingError} `bad_input` when the file cannot be written; of the database
 */
export function saveBudgets(db: Database | undefined, { path, text, effective }: CatalogueFile, actor: string): Promise<boolean> {
  return replaceFile(path, text, async () => db !== undefined && applyBudgets(db, budgetRowsOf(effective.budgets), actor));
}
