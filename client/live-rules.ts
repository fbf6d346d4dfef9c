/** Questions to the rules in force: which models there are, and where a task would go by them now. */

import type { Database } from '../db/connect';
import { storedCatalogueFromJson } from '../db/documents/catalogue-document';
import { policyFromJson } from '../db/documents/policy-document';
import type { ParsedSubmission } from '../db/documents/submission';
import { knowledgeOf, loadKnowledge } from '../db/queries/dispatch';
import { activeCatalogue, catalogueModels, loadPolicy } from '../db/queries/rules';
import type { Decision, Refusal } from '../routing/decision/decision';
import { RoutingError } from '../routing/errors';
import { type AskedNames, requireKnownNames } from './known-names';
import { routeSubmission } from './route';

/**
 * Decides by the rules in force and by what is known now.
 *
 * @throws {RoutingError} `no_active_policy`, `unknown_model`, `unknown_provider`
 */
export async function decideNow(db: Database, task: ParsedSubmission): Promise<Decision | Refusal> {
  const [stored, policy] = await Promise.all([activeCatalogue(db), loadPolicy(db)]);
  if (stored === undefined || policy === undefined) {
    throw new RoutingError('no_active_policy', 'No catalogue and policy are in force. Run "signalbox up" once.');
  }
  const { catalogue } = storedCatalogueFromJson(stored.body);
  requireKnownNames(task.constraints, catalogue.models);
  return routeSubmission(task, {
    catalogue,
    policy: { ...policyFromJson(policy.body), version: policy.version },
    knowledge: async (taskClass) => knowledgeOf(await loadKnowledge(db, taskClass, task.scope)),
    now: Date.now(),
  });
}

/** A model or a provider that does not exist is told now rather than after the task was kept. */
export async function refuseUnknownNames(db: Database, asked: AskedNames): Promise<void> {
  if (asked.provider === undefined && asked.model === undefined && asked.excludeModels === undefined) return;
  requireKnownNames(asked, await catalogueModels(db));
}
