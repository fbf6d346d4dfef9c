/** Weights of the five factors, when some of them are set: the others make room, in the proportion that they have. */

import type { FactorWeights } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';

export const FACTORS = ['capability', 'cost', 'quality', 'latency', 'historical'] as const satisfies readonly (keyof FactorWeights)[];
export type Factor = (typeof FACTORS)[number];

/** Digits behind the point; more would say nothing about a preference. */
const PARTS = 10_000;

/**
 * All five weights as shares that add up to exactly 1, with four digits. Those that are set have the share that was asked for.
 *
 * @param set shares in [0, 1]
 * @throws {RoutingError} `bad_argument` when they are more than 1 together, or leave a rest that no other weight can take
 */
export function weightsWith(weights: FactorWeights, set: Partial<Readonly<Record<Factor, number>>>): FactorWeights {
  const parts = new Map<Factor, number>(Object.entries(set).map(([factor, share]) => [factor as Factor, Math.round(share * PARTS)]));
  const others = FACTORS.filter((factor) => !parts.has(factor));
  const left = PARTS - [...parts.values()].reduce((sum, part) => sum + part, 0);
  const total = others.reduce((sum, factor) => sum + weights[factor], 0);
  if (left < 0) throw new RoutingError('bad_argument', 'These weights are more than 1 together. They are shares: give less.');
  if (left > 0 && total === 0) {
    throw new RoutingError(
      'bad_argument',
      `These weights leave ${left / PARTS}, and every other weight is 0. Set another one too, so that all add up to 1.`,
    );
  }
  const exact = others.map((factor) => ({ factor, part: left === 0 ? 0 : (weights[factor] / total) * left }));
  for (const { factor, part } of exact) parts.set(factor, Math.floor(part));
  // What rounding down has left goes to those that lost most by it.
  const lost = exact.toSorted((a, b) => (b.part % 1) - (a.part % 1));
  let rest = PARTS - [...parts.values()].reduce((sum, part) => sum + part, 0);
  for (const { factor } of lost) if (rest-- > 0) parts.set(factor, (parts.get(factor) ?? 0) + 1);
  const [capability, cost, quality, latency, historical] = FACTORS.map((factor) => (parts.get(factor) ?? 0) / PARTS) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { capability, cost, quality, latency, historical };
}
