/**
 * Chance that can be had again: the same seed gives the same numbers on every machine, so that evidence can be computed anew and
 * compared to the last digit.
 */

// Taken once: inside of a sandbox, looking up a global costs more than a draw.
const { imul } = Math;

/** Four words of 32 bits, not all 0. */
type State = [number, number, number, number];

/** 2^32: how many values a word has. */
const WORDS = 0x1_0000_0000;

/**
 * A stream of numbers in [0, 1), fixed by its seed. Each has 32 random bits, which is ample to draw one of some thousand tasks.
 *
 * @param seed any text; two that differ in one letter give unrelated streams
 * @see Blackman & Vigna (2021), "Scrambled linear pseudorandom number generators", ACM TOMS 47(4): xoshiro128**, period 2^128 − 1
 */
export function seededRandom(seed: string): () => number {
  const next = xoshiro128(stateOf(seed));
  return () => next() / WORDS;
}

/** The generator itself: words of 32 bits. Does not touch the state that it is given. */
export function xoshiro128([a, b, c, d]: Readonly<State>): () => number {
  let [s0, s1, s2, s3] = [a, b, c, d];
  return () => {
    const word = imul(rotated(imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotated(s3, 11);
    return word;
  };
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/**
 * Four words of a text: two hashes of it, the second of which also hears the first, spread by splitmix's counter through
 * MurmurHash3's mixer.
 *
 * @see FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/; fmix32 by Appleby; Steele, Lea & Flood (2014), "Fast splittable
 *   pseudorandom number generators", for the counter
 */
function stateOf(seed: string): State {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let at = 0; at < seed.length; at += 1) {
    const code = seed.charCodeAt(at);
    low = imul(low ^ code, 0x01000193);
    high = imul(high ^ code ^ (low >>> 16), 0x01000193);
  }
  const word = (index: number) => mixed((index % 2 === 0 ? low : high) + imul(index + 1, 0x9e3779b9));
  // A state of zeros would stay so; with its last bit set it cannot be one.
  return [word(0), word(1), word(2), word(3) | 1];
}

function mixed(word: number): number {
  let hash = word | 0;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
