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
import type { SlotSettings } from '../routing/slots/settings';
import { createProviders, type Providers } from './providers';
import { createOneAtATime, type OneAtATime } from './slots/one-at-a-time';
import { createTaskValues, type TaskValues } from './slots/task-values';

/** A version of the catalogue with the means to call its models. */
export interface Rulebook {
  readonly catalogue: StoredCatalogue['catalogue'];
  readonly providers: Providers;
  /** Absent: no account is limited to slots. */
  readonly slots?: SlotSettings;
}

export interface Rules {
  policy(version: number): Promise<Policy>;
  catalogue(version: string): Promise<Rulebook>;
  /** Percentiles of the expected values of recent tasks, at most `VALUE_PERCENTILES_TTL_MS` old. */
  valuePercentiles(policy: Policy, now: number): Promise<{ readonly closed: number; readonly claim: number } | undefined>;
  /** Forgets everything when the epoch is another than before: somebody asked for it. */
  follow(epoch: number): void;
  /** What tasks are worth that need a slot. */
  readonly values: TaskValues;
  /** Offers of free slots; ids of the tasks that got one. */
  readonly offers: OneAtATime<readonly string[]>;
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
  const taskValues = createTaskValues(db);
  let followed: number | undefined;

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
        const { catalogue, providers, slots } = stored;
        return { catalogue, providers: createProviders(providers, secret), ...(slots && { slots }) };
      }),
    async valuePercentiles({ premium }, now) {
      if (values === undefined || now - values.at >= VALUE_PERCENTILES_TTL_MS) {
        values = { at: now, found: await loadValuePercentiles(db, premium.closedPercentile, premium.claimPercentile) };
      }
      return values.found;
    },
    follow(epoch) {
      if (epoch !== followed && followed !== undefined) {
        policies.clear();
        catalogues.clear();
        values = undefined;
        taskValues.clear();
      }
      followed = epoch;
    },
    values: taskValues,
    offers: createOneAtATime(),
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
