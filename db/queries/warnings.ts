/** Warnings of budgets and their way to webhooks. What the functions do stands in db/migrations/0006_money.sql. */

import type { BudgetWarning } from '../../routing/money/warning';
import { type Database, guarded } from '../connect';
import { canonicalJson } from '../documents/canonical-json';
import type { WebhookConfig } from '../documents/catalogue-file';

/** Makes the configured webhooks the ones that are told; the audit log has their hosts, because a path may be a secret. */
export function applyWebhooks(db: Database, webhooks: readonly WebhookConfig[], actor: string): Promise<boolean> {
  return guarded('apply the webhooks', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox rules'))`;
      const before = await sql<WebhookConfig[]>`
        SELECT url, secret_env AS "secretEnv", allow_private_network AS "allowPrivateNetwork" FROM webhooks`;
      if (canonicalJson(byUrl([...before])) === canonicalJson(byUrl(webhooks))) return false;
      await sql`DELETE FROM webhooks`;
      for (const { url, secretEnv, allowPrivateNetwork } of webhooks) {
        await sql`INSERT INTO webhooks (url, secret_env, allow_private_network) VALUES (${url}, ${secretEnv}, ${allowPrivateNetwork})`;
      }
      const details = JSON.stringify({ before: before.map(shownOf), after: webhooks.map(shownOf) });
      await sql`SELECT append_audit(${actor}, 'webhooks.applied', 'webhooks', ${details}::text::jsonb)`;
      return true;
    }),
  );
}

function byUrl(webhooks: readonly WebhookConfig[]): Record<string, unknown> {
  return Object.fromEntries(webhooks.map((webhook) => [webhook.url, { ...webhook }]));
}

function shownOf({ url, secretEnv }: WebhookConfig) {
  return { host: new URL(url).host, secretEnv };
}

/** Warns of every budget that crossed its line since the last time; returns the new warnings. */
export function warnOfBudgets({ sql }: Database): Promise<readonly BudgetWarning[]> {
  return guarded('warn of budgets', async () => {
    const [row] = await sql<[{ warnings: BudgetWarning[] }]>`SELECT warn_of_budgets() AS warnings`;
    return row.warnings;
  });
}

/** A warning on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly url: string;
  /** This one included. */
  readonly tries: number;
  /** Null: the webhook is not configured any more. */
  readonly secretEnv: string | null;
  readonly allowPrivateNetwork: boolean | null;
  readonly warning: BudgetWarning;
}

/** Takes deliveries that are due; each is due again after its backoff, unless it is marked meanwhile. */
export function takeDeliveries({ sql }: Database, most: number): Promise<readonly Delivery[]> {
  return guarded('take deliveries', async () => {
    const [row] = await sql<[{ deliveries: Delivery[] }]>`SELECT take_deliveries(${most}) AS deliveries`;
    return row.deliveries;
  });
}

export function markDelivered({ sql }: Database, id: string): Promise<void> {
  return guarded('mark a delivery', async () => {
    await sql`UPDATE webhook_deliveries SET state = 'delivered', delivered_at = now(), last_problem = NULL WHERE id = ${id} AND state = 'waiting'`;
  });
}

/** Keeps why a delivery failed; gives it up where nobody will try again. */
export function markUndelivered({ sql }: Database, id: string, problem: string, isGivenUp: boolean): Promise<void> {
  return guarded('mark a delivery', async () => {
    await sql`
      UPDATE webhook_deliveries SET last_problem = ${problem}, state = ${isGivenUp ? 'given-up' : 'waiting'} WHERE id = ${id} AND state = 'waiting'`;
  });
}
