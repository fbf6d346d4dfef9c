/**
 * The rules by version, each loaded once per process: versions are immutable, so what was read stays true.
 */

import type { Database } from '../db/connect';
import { type StoredCatalogue, storedCatalogueFromJson } from '../db/documents/catalogue-document';
import { policyFromJson } from '../db/documents/policy-document';
import { loadValuePercentiles } from '../db/queries/dispatch';
import { catalogueBody, loadPolicy } from '../db/queries/rules';
import type { Policy } from '../routing/decision/policy';
import { RoutingError } from '../routing/errors';
import { createProviders, type Providers } from './providers';

/** A version of the catalogue with the means to call its models. */
export interface Rulebook {
  readonly catalogue: StoredCatalogue['catalogue'];
  readonly providers: Providers;
}

export interface Rules {
  policy(version: number): Promise<Policy>;
  catalogue(version: string): Promise<Rulebook>;
  /** Percentiles of the expected values of recent tasks, at most `VALUE_PERCENTILES_TTL_MS` old. */
  valuePercentiles(policy: Policy, now: number): Promise<{ readonly closed: number; readonly claim: number } | undefined>;
}

/** How long percentiles over the recent queue stay in use, in milliseconds. */
export const VALUE_PERCENTILES_TTL_MS = 120_000;

/**
 * @param secret value of an environment variable that the catalogue names; undefined when it is not set
 */
export function createRules(db: Database, secret: (name: string) => string | undefined): Rules {
  const policies = new Map<number, Promise<Policy>>();
  const catalogues = new Map<string, Promise<Rulebook>>();
  let values: { readonly at: number; readonly found: { readonly closed: number; readonly claim: number } | undefined } | undefined;

  return {
    policy: (version) =>
      once(policies, version, async () => {
        const row = await loadPolicy(db, version);
        if (row === undefined) throw new RoutingError('no_active_policy', `Policy version ${version} is not in the database.`);
        return { ...policyFromJson(row.body), version };
      }),
    catalogue: (version) =>
      once(catalogues, version, async () => {
        const body = await catalogueBody(db, version);
        if (body === undefined) throw new RoutingError('no_active_policy', `Catalogue version ${version} is not in the database.`);
        const stored = storedCatalogueFromJson(body);
        return { catalogue: stored.catalogue, providers: createProviders(stored.providers, secret) };
      }),
    async valuePercentiles({ premium }, now) {
      if (values === undefined || now - values.at >= VALUE_PERCENTILES_TTL_MS) {
        values = { at: now, found: await loadValuePercentiles(db, premium.closedPercentile, premium.claimPercentile) };
      }
      return values.found;
    },
  };
}

/** Loads what is not loaded; a failed load is tried again by the next caller. */
function once<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, load: () => Promise<Value>): Promise<Value> {
  const loading = known.get(key);
  if (loading !== undefined) return loading;
  const fresh = load();
  known.set(key, fresh);
  fresh.catch(() => known.delete(key));
  return fresh;
}
