/**
 * Chance without chance: a number that looks random and is the same each time, so that a decision can be computed again and
 * a workflow replays.
 */

/**
 * A fraction in [0, 1), fixed by its arguments and spread evenly over them.
 *
 * @param seed  any text; tasks use their id
 * @param index which of the seed's fractions, an integer
 * @see FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/, and for the final mixing MurmurHash3's fmix32 by Appleby
 */
export function seededFraction(seed: string, index: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at += 1) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ index, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
