/** What a judge said. Nothing is guessed: an answer that is not plainly one verdict is none. */

/** Which of the two answers the judge prefers, in the order in which it read them. */
export type Preference = 'first' | 'second' | 'tie';

/** A verdict is a few words; thinking aloud before it may be long, and longer is no verdict. */
const MAX_CHARACTERS = 64 * 1024;

/** The verdict in the answer to a comparison. Undefined as in `readVerdict`. */
export function readPreference(answer: string): Preference | undefined {
  return readVerdict(answer, { a: 'first', b: 'second', tie: 'tie' });
}

/**
 * The verdict in a judge's answer: a JSON object with `verdict`, alone, in a fence, or after words of its own. Undefined for garbage,
 * a refusal, nothing at all, an unknown verdict, and for objects that contradict each other.
 *
 * @param verdicts what each word means, in lower case
 */
export function readVerdict<Verdict>(answer: string, verdicts: Readonly<Record<string, Verdict>>): Verdict | undefined {
  if (answer.length > MAX_CHARACTERS) return undefined;
  const found = new Set<Verdict | undefined>();
  for (const [object] of answer.matchAll(/\{[^{}]*\}/g)) {
    const word = wordIn(object);
    if (word !== undefined) found.add(word !== null && Object.hasOwn(verdicts, word) ? verdicts[word] : undefined);
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** The verdict of one object, in lower case; null: it has one that is no text. Undefined: it has none, or is no JSON. */
function wordIn(object: string): string | null | undefined {
  try {
    const value: unknown = JSON.parse(object);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'verdict')) return undefined;
    const { verdict } = value as { readonly verdict: unknown };
    return typeof verdict === 'string' ? verdict.trim().toLowerCase() : null;
  } catch {
    return undefined;
  }
}
