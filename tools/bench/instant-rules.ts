/** Rules for measuring: a catalogue of the usual size whose models answer at once, and the default policy. */

import type { Database } from '../../db/connect';
import { catalogueOf, type StoredCatalogue, storedCatalogueToJson } from '../../db/documents/catalogue-document';
import { policySha256, policyToJson } from '../../db/documents/policy-document';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { applyBudgets, applyCatalogue, applyPolicy, type BudgetRow, loadPolicy } from '../../db/queries/rules';
import { DEFAULT_POLICY } from '../../routing/decision/policy';

const MODELS = 20;

/** Calls of one worker at a time: more than are ever in flight here. */
const CONCURRENCY = 60;

/** The first 20 models of the starting catalogue as one provider, scripted to echo without delay. */
export function instantCatalogue(): StoredCatalogue {
  const models = [...loadStartingCatalogue().catalogue.models.values()].slice(0, MODELS).map((model) => ({
    ...model,
    id: `instant/${model.id.replaceAll('/', '-')}`,
    provider: 'instant',
    pool: 'calls',
  }));
  const provider = { name: 'instant', kind: 'scripted', allowPrivateNetwork: false, options: {} } as const;
  return catalogueOf(models, new Map(), [provider], [{ name: 'calls', concurrency: CONCURRENCY }]);
}

/** Makes these rules the ones in force. */
export async function applyInstantRules(db: Database, budgets: readonly BudgetRow[] = []): Promise<StoredCatalogue> {
  const stored = instantCatalogue();
  const { version, models } = stored.catalogue;
  const guarded = [...models.values()].map(({ status, ...model }) => ({ ...model, status: status.kind }));
  await applyCatalogue(db, { version, body: storedCatalogueToJson(stored), models: guarded }, 'bench');
  const base = (await loadPolicy(db))?.version;
  await applyPolicy(db, { body: policyToJson(DEFAULT_POLICY), sha256: policySha256(DEFAULT_POLICY), base }, 'bench', []);
  await applyBudgets(db, budgets, 'bench');
  return stored;
}
