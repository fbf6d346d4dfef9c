/** What happened to the routes of classes before, in JSON Lines: what keeps a review without a database from going back and forth. */

import { z } from 'zod';
import { RoutingError } from '../../routing/errors';
import type { PastChange } from '../../routing/review/propose/past-changes';

/** ISO 8601 in UTC, or milliseconds since the epoch. */
const instant = z.union([z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.number().int()]);
const model = z.string().min(1).max(300);
const common = { at: instant, class: z.string().min(1).max(300) };

const line = z.discriminatedUnion('event', [
  z.strictObject({ ...common, event: z.literal('set'), from: model, to: model }),
  z.strictObject({ ...common, event: z.literal('rollout-begun'), to: model }),
  z.strictObject({
    ...common,
    event: z.literal('promoted'),
    from: model,
    to: model,
    delta: z.number(),
    superior: z.boolean().default(false),
  }),
  z.strictObject({ ...common, event: z.literal('taken-back'), from: model, to: model }),
  z.strictObject({ ...common, event: z.literal('setback'), model }),
]);

type Line = z.infer<typeof line>;

/**
 * Changes by class, ascending.
 *
 * @param what how errors name the file, as the beginning of a sentence
 * @throws {RoutingError} `bad_input` naming the first wrong line
 */
export function parseHistory(text: string, what: string): ReadonlyMap<string, readonly PastChange[]> {
  const lines = text
    .split('\n')
    .flatMap((words, index) => (words.trim() === '' ? [] : [readLine(words, `${what} is wrong in line ${index + 1}`)]));
  const byClass = Map.groupBy(lines, (each) => each.class);
  return new Map([...byClass].map(([name, own]) => [name, own.map(changeOf).sort((a, b) => a.at - b.at)]));
}

function readLine(words: string, where: string): Line {
  const read = line.safeParse(jsonOf(words));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field =
    issue === undefined || issue.path.length === 0 ? 'it is no object of this kind' : `"${issue.path.join('.')}" is missing or wrong`;
  throw new RoutingError('bad_input', `${where}: ${field}. docs/offline-review.md shows what it may say.`);
}

function jsonOf(words: string): unknown {
  try {
    return JSON.parse(words);
  } catch {
    return undefined;
  }
}

function changeOf({ class: _, ...each }: Line): PastChange {
  switch (each.event) {
    case 'promoted':
      return { at: each.at, kind: 'promoted', from: each.from, to: each.to, delta: each.delta, isSuperior: each.superior };
    case 'rollout-begun':
      return { at: each.at, kind: each.event, to: each.to };
    case 'setback':
      return { at: each.at, kind: each.event, model: each.model };
    default:
      return { at: each.at, kind: each.event, from: each.from, to: each.to };
  }
}
