/**
 * One POST to a webhook, signed so that its owner can tell that it is ours and fresh.
 *
 * `Signalbox-Signature: t=<seconds since the epoch>,v1=<HMAC-SHA256 of "<t>.<body>" in hexadecimal>`. The same event may come more
 * than once; its id tells.
 */

import { createHmac } from 'node:crypto';
import { scopeText } from '../../routing/money/scope-text';
import type { BudgetWarning } from '../../routing/money/warning';
import { describeWarning } from '../../routing/money/warning';
import { nanoToUsd } from '../../routing/units';
import { openWire, type WireFault } from '../providers/http';

/** A receiver only has to take it in; who needs longer than this does the work first and answers then. */
const TIMEOUTS = { connectMs: 3_000, headersMs: 5_000, idleMs: 2_000, totalMs: 6_000 } as const;

export interface WebhookPost {
  readonly url: string;
  readonly secret: string;
  readonly allowPrivateNetwork: boolean;
  readonly warning: BudgetWarning;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Names a budget and figures, and nothing of any task. */
export function webhookBody(warning: BudgetWarning): string {
  const { id, at, period, timeZone, hard, limitNano, spentNano, warnAt, periodStart, periodEnd } = warning;
  return JSON.stringify({
    id,
    kind: 'budget.warning',
    at: new Date(at),
    text: describeWarning(warning),
    budget: { id: warning.budgetId, scope: scopeText(warning), period, hard, timeZone, limitUsd: nanoToUsd(limitNano), warnAt },
    spentUsd: nanoToUsd(spentNano),
    periodStart: new Date(periodStart),
    renewsAt: new Date(periodEnd),
  });
}

/** @param now milliseconds since the epoch */
export function signatureOf(body: string, secret: string, now: number): string {
  const seconds = Math.floor(now / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Sends it. What went wrong, in words without anything that the receiver said; undefined when it was taken. */
export async function postWebhook({ url, secret, allowPrivateNetwork, warning, now }: WebhookPost): Promise<string | undefined> {
  const body = webhookBody(warning);
  const { exchange, fetch } = openWire({ timeouts: TIMEOUTS, allowPrivateNetwork, keepBody: false }, AbortSignal.timeout(TIMEOUTS.totalMs));
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'signalbox',
        'signalbox-event': warning.id,
        'signalbox-signature': signatureOf(body, secret, now),
      },
      body,
    });
    await response.body?.cancel().catch(() => {}); // what it says beside its status is of no use
    return response.ok ? undefined : `it answered with status ${response.status}`;
  } catch {
    return problemOf(exchange.fault);
  }
}

function problemOf(fault: WireFault | undefined): string {
  switch (fault?.kind) {
    case 'timeout':
      return `it did not answer in time (${fault.phase})`;
    case 'redirect':
      return 'it points to another address, and redirects are not followed';
    case 'closed-address':
      return `its address is not called: ${fault.reason}`;
    default:
      return `it could not be reached${fault?.kind === 'lost' && fault.code !== undefined ? ` (${fault.code})` : ''}`;
  }
}
