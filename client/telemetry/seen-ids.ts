/** Ids that came before, in little room: 64 bits of each, in a table of numbers. */

/** Slots at the beginning; a power of two. */
const FIRST_SLOTS = 1 << 16;
/** A fuller table is doubled: what it costs to look grows with how full it is. */
const FULLEST = 0.7;

export interface SeenIds {
  /** True the first time. Of ten million different ids, the chance that any two are taken for one is 3 in a million. */
  readonly add: (id: string) => boolean;
}

export function createSeenIds(): SeenIds {
  let table = new Uint32Array(FIRST_SLOTS * 2);
  let count = 0;
  const put = (into: Uint32Array, high: number, low: number): boolean => {
    const mask = into.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 2;
      if (into[at] === 0 && into[at + 1] === 0) {
        into[at] = high;
        into[at + 1] = low;
        return true;
      }
      if (into[at] === high && into[at + 1] === low) return false;
    }
  };
  return {
    add(id) {
      const [high, low] = hashOf(id);
      if (!put(table, high, low)) return false;
      if (++count * 2 > table.length * FULLEST) {
        const larger = new Uint32Array(table.length * 2);
        for (let at = 0; at < table.length; at += 2) {
          if (table[at] !== 0 || table[at + 1] !== 0) put(larger, table[at]!, table[at + 1]!);
        }
        table = larger;
      }
      return true;
    },
  };
}

/** Two halves of 32 bits, each by its own multiplications, stirred into each other at the end; never both 0, which is a free slot. */
function hashOf(text: string): readonly [high: number, low: number] {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  const stirredHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  const stirredLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(stirredHigh ^ (stirredHigh >>> 13), 0xc2b2ae35);
  return [stirredHigh >>> 0 || 1, stirredLow >>> 0];
}
