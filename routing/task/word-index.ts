/**
 * Finds a known word by its hash.
 *
 * Classification asks this some hundreds of times per task; a Map of numbers takes about four times as long.
 */

/** Number of the term with this hash, or -1. */
export type FindTerm = (hash: number) => number;

/** An index that gives term i for hashes[i]; of equal hashes the first counts. Open addressing, at most a quarter full. */
export function indexTerms(hashes: readonly number[]): FindTerm {
  let size = 16;
  while (size < hashes.length * 4) size *= 2;
  const mask = size - 1;
  const keys = new Int32Array(size);
  const terms = new Int32Array(size).fill(-1);
  hashes.forEach((hash, term) => {
    let slot = spread(hash) & mask;
    while (terms[slot] !== -1 && keys[slot] !== hash) slot = (slot + 1) & mask;
    if (terms[slot] !== -1) return;
    keys[slot] = hash;
    terms[slot] = term;
  });
  return (hash) => {
    let slot = spread(hash) & mask;
    while (terms[slot] !== -1) {
      if (keys[slot] === hash) return terms[slot]!;
      slot = (slot + 1) & mask;
    }
    return -1;
  };
}

/** FNV's low bits depend on few characters; fold the high ones in. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
