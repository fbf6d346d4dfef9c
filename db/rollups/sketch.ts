/**
 * A distribution of many amounts in little room: it can be added to, merged with others and asked for quantiles, each right within
 * 1 % of its value. A DDSketch (Masson, Rim & Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch", VLDB).
 */

import { DDSketch } from '@datadog/sketches-js';
import type { DistributionMath } from '../../routing/review/figures/merge-figures';

/** Error of a quantile, as a fraction of its value. A stored sketch can be merged only with sketches of the same. */
const RELATIVE_ACCURACY = 0.01;

export type Sketch = DDSketch;

export function emptySketch(): Sketch {
  return new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
}

/** @param amounts at least 0 each; 0 is counted as 0 */
export function addAmounts(sketch: Sketch, amounts: readonly number[]): void {
  for (const amount of amounts) sketch.accept(amount);
}

/**
 * The amount that this share of all amounts does not exceed.
 *
 * @param share in [0, 1]
 * @returns NaN when the sketch is empty
 */
export function quantileOf(sketch: Sketch, share: number): number {
  return sketch.getValueAtQuantile(share);
}

/** First byte of a stored sketch: the format, and with it the accuracy. */
const FORMAT = 1;

/**
 * The sketch as bytes: the format, then as variable-length integers (LEB128) the number of zeros, the first bin's index (zigzag), and
 * what each bin counts from the first to the last that counts anything. An eighth of the library's own message, which has eight bytes
 * for every bin; reading them is what an analysis spends its time on.
 *
 * Sketches that count the same have the same bytes, whatever was added first and whatever they were merged from.
 */
export function toBytes({ store, zeroCount }: Sketch): Uint8Array {
  const first = store.bins.findIndex((count) => count > 0);
  const counts = first < 0 ? [] : store.bins.slice(first, store.bins.findLastIndex((count) => count > 0) + 1);
  const index = first < 0 ? 0 : store.offset + first;
  const bytes = [FORMAT];
  for (const value of [zeroCount, index < 0 ? -2 * index - 1 : 2 * index, ...counts]) pushInteger(bytes, value);
  return Uint8Array.from(bytes);
}

function pushInteger(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
  bytes.push(rest);
}

/** @throws {Error} when these are not the bytes of a sketch */
export function fromBytes(bytes: Uint8Array): Sketch {
  const sketch = emptySketch();
  addBytes(sketch, bytes);
  return sketch;
}

/**
 * Adds what a stored sketch counted, bin by bin, without making a sketch of it first.
 *
 * @throws {Error} when these are not the bytes of a sketch
 */
export function addBytes(sketch: Sketch, bytes: Uint8Array): void {
  if (bytes[0] !== FORMAT) throw new Error('These are not the bytes of a sketch.');
  let at = 1;
  const nextInteger = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('The bytes of a sketch are cut short.');
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const zeros = nextInteger();
  const zigzag = nextInteger();
  let count = zeros;
  for (let index = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2; at < bytes.length; index++) {
    const inBin = nextInteger();
    count += inBin;
    if (inBin > 0) sketch.store.add(index, inBin);
  }
  sketch.zeroCount += zeros;
  sketch.count += count;
}

export const SKETCH_MATH: DistributionMath<Sketch> = {
  merge(sketches) {
    const merged = emptySketch();
    for (const sketch of sketches) merged.merge(sketch);
    return merged;
  },
  count: (sketch) => sketch.count,
  quantile: quantileOf,
};
