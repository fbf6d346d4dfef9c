/**
 * How much of an account's rate limits is used up, as a provider says with each answer.
 *
 * Of Anthropic's headers those of the Priority Tier are left out: where that is used up, calls go on in the standard tier. So are
 * limits per second, hour and month, for which accounts have no window.
 *
 * @see https://docs.anthropic.com/en/api/rate-limits, https://platform.openai.com/docs/guides/rate-limits (Azure uses its names),
 *   https://console.groq.com/docs/rate-limits, https://inference-docs.cerebras.ai/support/rate-limits,
 *   https://docs.digitalocean.com/products/inference/reference/quota-specific-response-headers/, and for Mistral
 *   https://github.com/mistralai/client-ts/issues/169
 */

import type { QuotaPeriod } from '../../routing/slots/settings';
import { durationMs } from './retry-after';

type Headers = Readonly<Record<string, string>>;

/** Share of the tightest limit of a period that is used up, in [0, 1], by period; one of which nothing was said is absent. */
export type RateLimitsUsed = { readonly [Period in QuotaPeriod]?: number };

/** A limit by the names of its headers. */
interface LimitHeaders {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
  /** Absent: the headers do not say; see `periodOf`. */
  readonly per?: QuotaPeriod;
}

const ANTHROPIC: readonly LimitHeaders[] = ['requests', 'tokens', 'input-tokens', 'output-tokens'].map((kind) => ({
  limit: `anthropic-ratelimit-${kind}-limit`,
  remaining: `anthropic-ratelimit-${kind}-remaining`,
  reset: `anthropic-ratelimit-${kind}-reset`,
  per: 'minute',
}));

/** OpenAI's names, which many speak, with the period that some add to them: Mistral and Cerebras, or DigitalOcean with `per`. */
const OPENAI: readonly LimitHeaders[] = ['requests', 'req', 'tokens'].flatMap((kind) => [
  openAi(kind),
  ...(['minute', 'day'] as const).flatMap((per) => [openAi(`${kind}-${per}`, per), openAi(`${kind}-per-${per}`, per)]),
]);

function openAi(kind: string, per?: QuotaPeriod): LimitHeaders {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((figure) => `x-ratelimit-${figure}-${kind}`) as [
    string,
    string,
    string,
  ];
  return { limit, remaining, reset, ...(per && { per }) };
}

const MINUTE_MS = 60_000;

/** @param headers with lower-case names */
export function rateLimitsUsed(headers: Headers): RateLimitsUsed {
  const used: { [Period in QuotaPeriod]?: number } = {};
  for (const names of [...ANTHROPIC, ...OPENAI]) {
    const limit = numberIn(headers[names.limit]);
    const remaining = numberIn(headers[names.remaining]);
    if (limit === undefined || remaining === undefined || limit <= 0) continue;
    const per = names.per ?? periodOf(headers[names.reset]);
    used[per] = Math.max(used[per] ?? 0, Math.min(1, Math.max(0, 1 - remaining / limit)));
  }
  return used;
}

/**
 * The period of a limit whose name says none. What was used of a limit of the minute is back within a minute; one that takes longer
 * is of the day, as the requests of Groq always are. While such a one is back within a minute, next to nothing of it is used.
 */
function periodOf(reset: string | undefined): QuotaPeriod {
  return (durationMs(reset) ?? 0) > MINUTE_MS ? 'day' : 'minute';
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}
