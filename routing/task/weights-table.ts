/**
 * The written form of learned weights: one line per bias, rule or term, in hundredths of a logit, so that a new fit
 * shows up as a readable difference.
 */

import { RULE_FEATURE_COUNT, ruleFeatureName } from './features';
import { TASK_TYPES } from './task';
import type { TypeWeights } from './type-model';

const TYPES = TASK_TYPES.length;
const PARTS_OF_LOGIT = 100;
const BIAS = 'bias';

/** A rule feature is written as "@name", a vocabulary term as itself; neither holds a space. */
export function writeWeights(weights: TypeWeights): string {
  const line = (name: string, values: Float32Array, row: number): string =>
    `${name} ${Array.from(values.subarray(row * TYPES, (row + 1) * TYPES), (value) => Math.round(value * PARTS_OF_LOGIT) || 0).join(' ')}`;
  const lines = [line(BIAS, weights.bias, 0)];
  for (let feature = 0; feature < RULE_FEATURE_COUNT; feature++) lines.push(line(`@${ruleFeatureName(feature)}`, weights.rules, feature));
  weights.vocabulary.forEach((term, row) => {
    lines.push(line(term, weights.terms, row));
  });
  return lines.join('\n');
}

/**
 * Reads what `writeWeights` wrote.
 *
 * @throws {RangeError} when the rules have changed since the weights were fitted, or a line is damaged
 */
export function readWeights(table: string): TypeWeights {
  const rows = table
    .trim()
    .split('\n')
    .map((text) => text.split(' '));
  const rulesEnd = 1 + RULE_FEATURE_COUNT;
  rows.forEach((row, at) => {
    const expected = at === 0 ? BIAS : at < rulesEnd ? `@${ruleFeatureName(at - 1)}` : row[0];
    if (row.length !== TYPES + 1 || row[0] !== expected) {
      throw new RangeError(`Line ${at + 1} of the learned type weights does not fit the rules. Run the fit of tools/fit-classifier again.`);
    }
  });
  const valuesOf = (from: number, to?: number): Float32Array =>
    Float32Array.from(rows.slice(from, to).flatMap((row) => row.slice(1).map((value) => Number(value) / PARTS_OF_LOGIT)));
  return {
    bias: valuesOf(0, 1),
    rules: valuesOf(1, rulesEnd),
    vocabulary: rows.slice(rulesEnd).map((row) => row[0]!),
    terms: valuesOf(rulesEnd),
  };
}
