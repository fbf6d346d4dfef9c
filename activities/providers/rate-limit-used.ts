/** How much of an account's rate limit is used up, as a provider says with each answer. */

/** Kinds of limits, as Anthropic and OpenAI name them; those who speak like OpenAI do so too. */
const ANTHROPIC = ['requests', 'tokens', 'input-tokens', 'output-tokens'].map((kind) => `anthropic-ratelimit-${kind}-`);
const OPENAI = ['requests', 'tokens'];

/**
 * Share of the tightest limit of the minute that is used up, in [0, 1]; undefined when the answer names none that can be read.
 *
 * @param headers with lower-case names
 */
export function rateLimitUsed(headers: Readonly<Record<string, string>>): number | undefined {
  const pairs = [
    ...ANTHROPIC.map((prefix) => [headers[`${prefix}limit`], headers[`${prefix}remaining`]] as const),
    ...OPENAI.map((kind) => [headers[`x-ratelimit-limit-${kind}`], headers[`x-ratelimit-remaining-${kind}`]] as const),
  ];
  const used = pairs.flatMap(([limitText, remainingText]) => {
    const [limit, remaining] = [numberIn(limitText), numberIn(remainingText)];
    if (limit === undefined || remaining === undefined || limit <= 0) return [];
    return [Math.min(1, Math.max(0, 1 - remaining / limit))];
  });
  return used.length === 0 ? undefined : Math.max(...used);
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}
