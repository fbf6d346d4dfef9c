/**
 * What upkeep does for budgets in each of its rounds: notices warning lines that were crossed, and sends the webhooks that are due.
 *
 * It is upkeep that notices, some seconds late, and not the settlement that crosses the line: a settlement holds the locks that every
 * other call of the budget waits for, and a warning that comes ten seconds later is as good.
 */

import { type Delivery, markDelivered, markUndelivered, takeDeliveries, warnOfBudgets } from '../../db/queries/warnings';
import { describeWarning } from '../../routing/money/warning';
import type { Deps } from '../deps';
import { postWebhook } from './webhook';

/** Posts of one round, all at once: a receiver that hangs costs the round some seconds, whatever waits behind it. */
const AT_ONCE = 8;

/** After these it is given up; see `take_deliveries` for the waits between. */
const MAX_TRIES = 20;

/** What people are to be told, for the log. */
export interface Warned {
  /** Budgets that crossed their line. */
  readonly warnings: readonly string[];
  /** Webhooks that were given up. */
  readonly undelivered: readonly string[];
}

type WarnDeps = Pick<Deps, 'db' | 'now' | 'secret'>;

/** Safe to repeat and to run twice at once: a line is crossed once, and a delivery is taken by one. */
export async function warnInUpkeep(deps: WarnDeps): Promise<Warned> {
  const warnings = await warnOfBudgets(deps.db);
  const deliveries = await takeDeliveries(deps.db, AT_ONCE);
  const undelivered = await Promise.all(deliveries.map((delivery) => deliver(deps, delivery)));
  return { warnings: warnings.map(describeWarning), undelivered: undelivered.filter((text) => text !== undefined) };
}

/** What the log is told when nobody will try again. */
async function deliver(deps: WarnDeps, delivery: Delivery): Promise<string | undefined> {
  const { id, url, tries, secretEnv } = delivery;
  const problem = await post(deps, delivery);
  if (problem === undefined) {
    await markDelivered(deps.db, id);
    return undefined;
  }
  const isGivenUp = secretEnv === null || tries >= MAX_TRIES;
  await markUndelivered(deps.db, id, problem, isGivenUp);
  return isGivenUp ? `A warning did not reach the webhook at ${new URL(url).host}: ${problem}. It is given up.` : undefined;
}

async function post({ now, secret }: WarnDeps, { url, secretEnv, allowPrivateNetwork, warning }: Delivery): Promise<string | undefined> {
  if (secretEnv === null) return 'it is not in the configuration any more';
  const value = secret(secretEnv);
  if (value === undefined) return `the secret ${secretEnv} is not set where the workers run`;
  return postWebhook({ url, secret: value, allowPrivateNetwork: allowPrivateNetwork === true, warning, now: now() });
}
