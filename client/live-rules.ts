/** Questions to the rules in force: which models there are, and where a task would go by them now. */

import type { Database } from '../db/connect';
import { type StoredCatalogue, storedCatalogueFromJson } from '../db/documents/catalogue-document';
import { policyFromJson } from '../db/documents/policy-document';
import type { ParsedSubmission } from '../db/documents/submission';
import { knowledgeOf, loadKnowledge } from '../db/queries/dispatch';
import { activeCatalogue, catalogueModels, loadPolicy } from '../db/queries/rules';
import type { Catalogue } from '../routing/catalogue';
import type { Decision, Refusal } from '../routing/decision/decision';
import type { Policy } from '../routing/decision/policy';
import { RoutingError } from '../routing/errors';
import { type AskedNames, requireKnownNames } from './known-names';
import { type SlotNow, slotNow } from './live-slot';
import { routeSubmission } from './route';

/** A decision by the rules in force, with what it was made on. */
export interface RoutedNow {
  readonly decided: Decision | Refusal;
  readonly models: Catalogue['models'];
  /** Absent: no model may take it, or the one that does needs no slot. */
  readonly slot?: SlotNow;
}

/**
 * Decides by the rules in force and by what is known now.
 *
 * @throws {RoutingError} `no_active_policy`, `unknown_model`, `unknown_provider`
 */
export async function decideNow(db: Database, task: ParsedSubmission): Promise<Decision | Refusal> {
  return decideBy(await rulesInForce(db), db, task, Date.now());
}

/** As `decideNow`, with the slot that the task would get. */
export async function decideWithSlotNow(db: Database, task: ParsedSubmission): Promise<RoutedNow> {
  const rules = await rulesInForce(db);
  const { models } = rules.catalogue;
  const now = Date.now();
  const decided = await decideBy(rules, db, task, now);
  const slot = decided.kind === 'refused' ? undefined : await slotNow(db, task, decided, { ...rules, premium: rules.policy.premium }, now);
  return { decided, models, ...(slot && { slot }) };
}

interface RulesInForce extends Pick<StoredCatalogue, 'catalogue' | 'slots'> {
  readonly policy: Policy;
}

async function rulesInForce(db: Database): Promise<RulesInForce> {
  const [stored, policy] = await Promise.all([activeCatalogue(db), loadPolicy(db)]);
  if (stored === undefined || policy === undefined) {
    throw new RoutingError('no_active_policy', 'No catalogue and policy are in force. Run "signalbox up" once.');
  }
  return { ...storedCatalogueFromJson(stored.body), policy: { ...policyFromJson(policy.body), version: policy.version } };
}

function decideBy({ catalogue, policy }: RulesInForce, db: Database, task: ParsedSubmission, now: number): Promise<Decision | Refusal> {
  requireKnownNames(task.constraints, catalogue.models);
  return routeSubmission(task, {
    catalogue,
    policy,
    knowledge: async (taskClass) => knowledgeOf(await loadKnowledge(db, taskClass, task.scope)),
    now,
  });
}

/** A model or a provider that does not exist is told now rather than after the task was kept. */
export async function refuseUnknownNames(db: Database, asked: AskedNames): Promise<void> {
  if (asked.provider === undefined && asked.model === undefined && asked.excludeModels === undefined) return;
  requireKnownNames(asked, await catalogueModels(db));
}
