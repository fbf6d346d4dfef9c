/**
 * Puts the rules of the user's files in force in a database.
 *
 * Catalogue and budgets say what there is and what may be spent, and follow the files. The policy says how work is routed, and
 * is changed by an explicit command alone: where one is in force, it stays, and the caller is told what the file would change.
 */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import { type StoredCatalogue, storedCatalogueFromJson, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import type { BudgetLimitConfig, SignalboxConfig } from '../../db/documents/catalogue-file';
import type { JsonChange } from '../../db/documents/json-differences';
import { differencePolicies, type PolicyChange, policyFromJson, policySha256, policyToJson } from '../../db/documents/policy-document';
import { differenceSlots } from '../../db/documents/slots-differences';
import { applyRetention } from '../../db/queries/retention';
import type { NewTrigger } from '../../db/queries/review-triggers';
import { applyBudgets, applyCatalogue, applyPolicy, type BudgetRow, type GuardedModel, loadPolicy } from '../../db/queries/rules';
import { applySlots } from '../../db/queries/slots';
import { applyWebhooks } from '../../db/queries/warnings';
import type { Model } from '../../routing/catalogue';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import { isRoutingError } from '../../routing/errors';
import { WHOLE_SCOPE } from '../../workflows/messages';
import { type CatalogueNews, catalogueNews } from '../models/catalogue-news';

export interface Rules {
  readonly config: SignalboxConfig;
  readonly policy: Policy;
}

export interface AppliedRules {
  /** Version in force, and whether this call made it so. */
  readonly catalogue: AppliedCatalogue;
  readonly areBudgetsChanged: boolean;
  readonly policy: {
    readonly version: number;
    /** There was none, so the file's became the first. */
    readonly isFirst: boolean;
    /** What the file would change; empty when it is what is in force. */
    readonly pending: readonly PolicyChange[];
  };
}

export interface AppliedCatalogue {
  readonly version: string;
  readonly isChanged: boolean;
  /** What of the change asked for a review, one for each kind. */
  readonly news: readonly CatalogueNews[];
  /** What of slots is other than before. */
  readonly slotChanges: readonly JsonChange[];
}

/**
 * Applies catalogue and budgets where they changed, and the policy where none is in force. Safe to repeat, and safe for several
 * processes at once.
 *
 * @param actor who does it, for the audit log
 * @throws {RoutingError} of the database
 */
export async function applyRules(db: Database, { config, policy }: Rules, actor: string): Promise<AppliedRules> {
  const applied = await applyCatalogueAndBudgets(db, config, actor);
  const inForce = await loadPolicy(db);
  return {
    ...applied,
    policy:
      inForce === undefined
        ? await applyFirstPolicy(db, policy, actor)
        : { version: inForce.version, isFirst: false, pending: differencePolicies(policyFromJson(inForce.body), policy) },
  };
}

/** The part of `applyRules` that follows the files. */
export async function applyCatalogueAndBudgets(
  db: Database,
  config: SignalboxConfig,
  actor: string,
): Promise<Omit<AppliedRules, 'policy'>> {
  const catalogue = await applyConfiguredCatalogue(db, config, actor);
  const areBudgetsChanged = await applyBudgets(db, budgetRowsOf(config.budgets), actor);
  await applyWebhooks(db, config.webhooks, actor);
  await applyRetention(db, config.retention, actor);
  return { catalogue, areBudgetsChanged };
}

/** Puts the models and providers of a file in force. A change that bears on routing asks for a review in the same transaction. */
export async function applyConfiguredCatalogue(db: Database, config: SignalboxConfig, actor: string): Promise<AppliedCatalogue> {
  const { catalogue } = config;
  const models = [...catalogue.models.values()].map(guardedModelOf);
  let news: readonly CatalogueNews[] = [];
  let slotChanges: readonly JsonChange[] = [];
  const isChanged = await applyCatalogue(
    db,
    { version: catalogue.version, body: storedCatalogueToJson(config), models },
    actor,
    (before) => {
      const known = readableCatalogue(before);
      news = catalogueNews(known?.catalogue, catalogue);
      slotChanges = differenceSlots(known?.slots, config.slots);
      return news.map((item) => triggerOf(item, actor));
    },
  );
  await applySlots(db, config.slots?.mode === 'off' ? [] : (config.slots?.accounts ?? []), actor);
  return { version: catalogue.version, isChanged, news, slotChanges };
}

/** Undefined: there was none, or another version of this program wrote it; applying the file is how that is mended. */
function readableCatalogue(body: unknown): StoredCatalogue | undefined {
  try {
    return body === undefined ? undefined : storedCatalogueFromJson(body);
  } catch (error) {
    if (isRoutingError(error) && error.code === 'bad_config') return undefined;
    throw error;
  }
}

function triggerOf({ kind, detail }: CatalogueNews, actor: string): NewTrigger {
  return { id: newId(), scope: WHOLE_SCOPE, kind, detail, requestedBy: actor };
}

async function applyFirstPolicy(db: Database, policy: Policy, actor: string): Promise<AppliedRules['policy']> {
  try {
    const applied = await applyPolicyChange(db, { base: undefined, policy, changes: differencePolicies(DEFAULT_POLICY, policy) }, actor);
    return { version: applied.version, isFirst: true, pending: [] };
  } catch (error) {
    const inForce = isRoutingError(error) && error.code === 'conflict' ? await loadPolicy(db) : undefined;
    if (inForce === undefined) throw error;
    // Another process was first.
    return { version: inForce.version, isFirst: false, pending: differencePolicies(policyFromJson(inForce.body), policy) };
  }
}

/** A policy to put in force, with the version it was compared with. */
export interface PolicyToApply {
  /** Undefined: there was none. */
  readonly base: number | undefined;
  readonly policy: Policy;
  /** For the audit log. */
  readonly changes: readonly PolicyChange[];
}

/**
 * Makes a policy the next version and puts it in force.
 *
 * @throws {RoutingError} `conflict` when another version than `base` is in force by now
 */
export function applyPolicyChange(
  db: Database,
  { base, policy, changes }: PolicyToApply,
  actor: string,
): Promise<{ readonly version: number; readonly changed: boolean }> {
  return applyPolicy(db, { body: policyToJson(policy), sha256: policySha256(policy), base }, actor, changes);
}

function guardedModelOf({ id, provider, status, privacyTiers, regions }: Model): GuardedModel {
  return { id, provider, status: status.kind, privacyTiers, regions };
}

/** One row for each limit: `global:day`, `team:search:month`. */
export function budgetRowsOf(budgets: readonly BudgetLimitConfig[]): BudgetRow[] {
  return budgets.flatMap(({ scopeKind, scopeId, timeZone, hard, ...budget }) => {
    const scope = scopeKind === 'global' ? scopeKind : `${scopeKind}:${scopeId}`;
    const limits = [
      { period: 'day', limitNano: budget.dailyNanoUsd, warnAt: budget.warnAtDaily },
      { period: 'month', limitNano: budget.monthlyNanoUsd, warnAt: budget.warnAtMonthly },
      { period: 'request', limitNano: budget.perRequestNanoUsd, warnAt: 1 },
    ] as const;
    return limits.flatMap(({ period, limitNano, warnAt }) =>
      limitNano === undefined ? [] : [{ id: `${scope}:${period}`, scopeKind, scopeId, period, limitNano, hard, timeZone, warnAt }],
    );
  });
}
