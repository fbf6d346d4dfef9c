/** Puts rules for scripted models into force, as the command line does for files. */

import type { Database } from '../../db/connect';
import { catalogueOf, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import { policySha256, policyToJson } from '../../db/documents/policy-document';
import { applyBudgets, applyCatalogue, applyPolicy, type BudgetRow, loadPolicy } from '../../db/queries/rules';
import { applySlots } from '../../db/queries/slots';
import type { Model } from '../../routing/catalogue';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import type { SlotSettings } from '../../routing/slots/settings';

/** A budget, global and hard unless it says otherwise. */
export type TestBudget = Pick<BudgetRow, 'period' | 'limitNano'> & Partial<BudgetRow>;

export interface TestRules {
  readonly models: readonly Model[];
  readonly policy?: Partial<Policy>;
  readonly budgets?: readonly TestBudget[];
  /** Names of environment variables with keys, by provider; such a provider is a real one, of OpenAI's kind. */
  readonly keys?: { readonly [provider: string]: string };
  /** Files of the scripted models. */
  readonly slots?: SlotSettings;
  readonly scripted: { readonly script: string; readonly ledger: string };
}

/** Makes catalogue, policy and budgets the ones in force. */
export async function applyTestRules(
  db: Database,
  { models, policy = {}, budgets = [], keys = {}, slots, scripted }: TestRules,
): Promise<void> {
  const providers = [...new Set(models.map(({ provider }) => provider))].map((name) => {
    const common = { name, allowPrivateNetwork: false };
    const apiKeyEnv = keys[name];
    return apiKeyEnv === undefined
      ? ({ ...common, kind: 'scripted', options: { ...scripted } } as const)
      : ({ ...common, kind: 'openai', options: {}, apiKeyEnv } as const);
  });
  const pools = [...new Set(models.map(({ pool }) => pool))].map((name) => ({ name, concurrency: 60 }));
  const stored = catalogueOf(models, new Map(), providers, pools, slots);
  const guarded = models.map(({ id, provider, status, privacyTiers, regions }) => ({
    id,
    provider,
    status: status.kind,
    privacyTiers,
    regions,
  }));
  await applyCatalogue(db, { version: stored.catalogue.version, body: storedCatalogueToJson(stored), models: guarded }, 'test');

  await applySlots(db, slots === undefined || slots.mode === 'off' ? [] : slots.accounts, 'test');

  const next = { ...DEFAULT_POLICY, ...policy };
  const base = (await loadPolicy(db))?.version;
  await applyPolicy(db, { body: policyToJson(next), sha256: policySha256(next), base }, 'test', []);

  const rows = budgets.map((budget, index) => ({
    id: `budget-${index + 1}`,
    scopeKind: 'global',
    scopeId: '',
    hard: true,
    timeZone: 'UTC',
    warnAt: 0.8,
    ...budget,
  }));
  await applyBudgets(db, rows, 'test');
}
