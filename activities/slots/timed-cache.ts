/** A cache whose entries are used for so long and no longer, and which can be asked how it did. */

export interface CacheFigures {
  readonly hits: number;
  readonly misses: number;
  /** Entries that are kept, over their time or not. */
  readonly size: number;
}

export interface TimedCache<Key, Value> {
  /** What is kept of a key, or made anew. @param now milliseconds since the epoch */
  get(key: Key, now: number, make: () => Value): Value;
  /** Forgets a key. */
  forget(key: Key): void;
  /** Forgets all of them. */
  clear(): void;
  figures(): CacheFigures;
}

/**
 * @param ttlMs how long an entry is used, in milliseconds
 * @param limit entries kept at most; the oldest go first
 */
export function createTimedCache<Key, Value>(ttlMs: number, limit = 10_000): TimedCache<Key, Value> {
  const kept = new Map<Key, { readonly at: number; readonly value: Value }>();
  let hits = 0;
  let misses = 0;
  return {
    get(key, now, make) {
      const found = kept.get(key);
      // A clock that was put back must not keep an entry for longer than it says.
      if (found !== undefined && now >= found.at && now - found.at < ttlMs) {
        hits += 1;
        return found.value;
      }
      misses += 1;
      const value = make();
      kept.delete(key);
      kept.set(key, { at: now, value });
      if (kept.size > limit) kept.delete(kept.keys().next().value as Key);
      return value;
    },
    forget: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    figures: () => ({ hits, misses, size: kept.size }),
  };
}
