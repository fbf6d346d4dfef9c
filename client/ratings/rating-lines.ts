/**
 * Ratings as files have them: one JSON object on each line, with `timestamp`, `provider`, `model`, `score`, `tier` and `task_hash`.
 *
 * Such files are older than this program. Lines from before models were rated have no `model`; a model stands with or without its
 * provider, a tier by the name of either scale.
 */

import { z } from 'zod';
import type { FiledRating, IncomingRating } from '../../db/queries/ratings-import';
import { CAPABILITY_TIERS, type CapabilityTier } from '../../routing/catalogue';
import { RoutingError } from '../../routing/errors';
import { COMPLEXITIES } from '../../routing/task/task';

/** A file with more mistakes is not the file that was meant. */
const MOST_PROBLEMS = 20;

const TIERS: ReadonlyMap<string, CapabilityTier> = new Map([
  ...CAPABILITY_TIERS.map((tier) => [tier.toLowerCase(), tier] as const),
  ...COMPLEXITIES.map((complexity, rank) => [complexity, CAPABILITY_TIERS[rank] ?? 'SIMPLE'] as const),
]);

/** ISO 8601; without a zone it is UTC. */
const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/u;

const name = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => !text.includes('\0') && text.isWellFormed());

const ratingLine = z.object({
  timestamp: z.string().refine(isInstant, 'must be an instant, such as 2026-11-20T09:30:00Z'),
  provider: name,
  model: name.nullish(),
  score: z.number('must be a number from 1 to 5').min(1, 'must be a number from 1 to 5').max(5, 'must be a number from 1 to 5'),
  tier: z
    .string()
    .transform((tier) => TIERS.get(tier.toLowerCase()))
    .refine((tier) => tier !== undefined, `must be one of ${[...TIERS.keys()].join(', ')}`),
  task_hash: z
    .string()
    .regex(/^[0-9a-f]{6,32}$/iu, 'must be hexadecimal digits')
    .nullish(),
});

/** Since the years that ratings of language models can be of; later than now is refused by whoever knows the time. */
const EARLIEST = Date.parse('2015-01-01T00:00:00Z');

function isInstant(text: string): boolean {
  const zone = INSTANT.exec(text);
  if (zone === null) return false;
  const time = Date.parse(zone[1] === undefined ? `${text}Z` : text);
  return time >= EARLIEST;
}

/**
 * Reads lines, a part at a time; empty ones are passed over.
 *
 * @param what how errors name the file, as the beginning of a sentence
 * @throws {RoutingError} `bad_input`, after the last line, naming each wrong one
 */
export async function* parseRatingLines(parts: AsyncIterable<readonly string[]>, what: string): AsyncGenerator<readonly IncomingRating[]> {
  const problems: string[] = [];
  let wrong = 0;
  let line = 0;
  for await (const lines of parts) {
    const ratings: IncomingRating[] = [];
    for (const text of lines) {
      line++;
      if (text.trim() === '') continue;
      const rating = parseLine(text);
      if (typeof rating !== 'string') {
        ratings.push({ line, ...rating });
        continue;
      }
      wrong++;
      if (problems.length < MOST_PROBLEMS) problems.push(`line ${line}: ${rating}`);
    }
    if (wrong === 0) yield ratings;
  }
  if (wrong === 0) return;
  const more = wrong > problems.length ? [`… and ${wrong - problems.length} more`] : [];
  const count = wrong === 1 ? '1 wrong line' : `${wrong} wrong lines`;
  throw new RoutingError('bad_input', `${what} has ${count}; nothing was imported.\n${[...problems, ...more].join('\n')}`);
}

/** The rating, or what is wrong with the line. */
function parseLine(text: string): FiledRating | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'this is not JSON';
  }
  const parsed = ratingLine.safeParse(value);
  if (!parsed.success) {
    return parsed.error.issues
      .map(({ path, code, message }) => (path.length === 0 ? 'this is not an object' : `${path.join('.')} ${sayOf(code, message)}`))
      .join(', ');
  }
  const { timestamp, provider, model, score, tier, task_hash: hash } = parsed.data;
  return {
    ratedAt: INSTANT.exec(timestamp)?.[1] === undefined ? `${timestamp}Z` : timestamp,
    provider,
    model: model === undefined || model === null ? null : idOf(provider, model),
    score,
    tier,
    taskHash: hash?.toLowerCase() ?? null,
  };
}

function sayOf(code: string, message: string): string {
  return message.startsWith('must') ? message : code === 'invalid_type' ? 'is missing or no text' : 'is not what it may be';
}

function idOf(provider: string, model: string): string {
  return model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
}

/** A line as it is read, without its end. A model stands without its provider, which stands beside it. */
export function ratingLineOf({ ratedAt, provider, model, score, tier, taskHash }: FiledRating): string {
  const own = model?.slice(provider.length + 1);
  // A name that begins like its provider would be read as the whole id.
  const withinProvider = own === undefined || own.startsWith(`${provider}/`) ? model : own;
  return JSON.stringify({
    timestamp: ratedAt,
    provider,
    ...(withinProvider === null ? {} : { model: withinProvider }),
    score,
    tier,
    ...(taskHash === null ? {} : { task_hash: taskHash }),
  });
}
