/**
 * A distribution of many amounts in little room: it can be added to, merged with others and asked for quantiles, each right within
 * 1 % of its value. A DDSketch (Masson, Rim & Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch", VLDB).
 */

import { DDSketch } from '@datadog/sketches-js';
import type { DistributionMath } from '../../routing/review/merge-figures';

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

/** Adds what another sketch counted; that one stays as it is. */
export function mergeInto(sketch: Sketch, other: Sketch): void {
  sketch.merge(other);
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

/**
 * The sketch as the bytes of the library's protobuf message. Sketches that count the same have the same bytes, whatever was added
 * first and whatever they were merged from: bins at both ends that count nothing are left away.
 */
export function toBytes(sketch: Sketch): Uint8Array {
  const { bins, offset } = sketch.store;
  const first = bins.findIndex((count) => count > 0);
  const trimmed = emptySketch();
  trimmed.zeroCount = sketch.zeroCount;
  if (first >= 0) {
    trimmed.store.bins = bins.slice(first, bins.findLastIndex((count) => count > 0) + 1);
    trimmed.store.offset = offset + first;
  }
  return trimmed.toProto();
}

/** @throws {Error} when these are not the bytes of a sketch */
export function fromBytes(bytes: Uint8Array): Sketch {
  return DDSketch.fromProto(bytes);
}

export const SKETCH_MATH: DistributionMath<Sketch> = {
  merge(sketches) {
    const merged = emptySketch();
    for (const sketch of sketches) mergeInto(merged, sketch);
    return merged;
  },
  count: (sketch) => sketch.count,
  quantile: quantileOf,
};
