/**
 * Knows a word by 32 bits.
 *
 * Looking a word up takes no more than its hash, so reading a text copies nothing out of it. Two words that share a
 * hash are taken for one another: with a few thousand known words that happens to about one unknown word in a million,
 * and costs no more than a misjudged task.
 *
 * @see Fowler, Noll, Vo, "The FNV non-cryptographic hash algorithm" (FNV-1a, here over UTF-16 units)
 */

export const HASH_SEED = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;
/** 2^32 divided by the golden ratio: spreads the first word's bits before the second is mixed in. */
const PAIR_MULTIPLIER = 0x9e3779b1;

/** The hash of a word that goes on with one more UTF-16 unit; letters are to be given in lower case. */
export function extendHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, HASH_PRIME);
}

/** Hash of a whole word, a signed 32-bit integer. ASCII letters count as lower case. */
export function hashWord(word: string): number {
  let hash = HASH_SEED;
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    hash = extendHash(hash, code >= 65 && code <= 90 ? code + 32 : code);
  }
  return hash;
}

/** Hash of two words in a row, from the hashes of each; differs from that of the same words the other way round. */
export function hashPair(first: number, second: number): number {
  return Math.imul(first, PAIR_MULTIPLIER) ^ second;
}

/** What stands for every number, so that "bump 4 to 5" and "bump 6 to 7" are the same words. */
export const NUMBER_WORD = hashWord('#');
