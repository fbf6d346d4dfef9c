/**
 * Judges the type of a task by adding up weights, one set per feature: hand-written points alone, or what was learned
 * from labelled tasks by starting from those points. Both are the same kind of model, so that they can be compared.
 */

import { createFeatureReader, type Features, FIRST_SHAPE_FEATURE, PLACES, RULE_FEATURE_COUNT } from './features';
import { SHAPE_RULES } from './shape-rules';
import { TASK_TYPES } from './task';
import { WORD_RULES } from './type-rules';
import type { Reading } from './words';

export interface TypeWeights {
  /** One number per type, in the order of TASK_TYPES. */
  readonly bias: Float32Array;
  /** One row of a number per type for each rule feature. */
  readonly rules: Float32Array;
  /** Terms as `hashTerm` takes them. */
  readonly vocabulary: readonly string[];
  /** One row per term of the vocabulary. */
  readonly terms: Float32Array;
}

export interface TypeJudgement {
  /** Number of the likeliest type in TASK_TYPES; of equals the first. */
  readonly best: number;
  /** One number per type; the softmax of these is the model's belief. */
  readonly scores: Float64Array;
  readonly features: Features;
  /** What each term of the vocabulary counted, see `termShare`. */
  readonly share: number;
}

export type TypeModel = (reading: Reading) => TypeJudgement;

const TYPES = TASK_TYPES.length;

/** The points of the hand-written rules as weights, without any vocabulary. */
export function pointsAsWeights(): TypeWeights {
  const rules = new Float32Array(RULE_FEATURE_COUNT * TYPES);
  TASK_TYPES.forEach((type, column) => {
    WORD_RULES.forEach((rule, row) => {
      PLACES.forEach((place, offset) => {
        rules[(row * PLACES.length + offset) * TYPES + column] = rule[place]?.[type] ?? 0;
      });
    });
    SHAPE_RULES.forEach((rule, row) => {
      rules[(FIRST_SHAPE_FEATURE + row) * TYPES + column] = rule.points[type] ?? 0;
    });
  });
  return { bias: new Float32Array(TYPES), rules, vocabulary: [], terms: new Float32Array(0) };
}

/**
 * How much each of several vocabulary terms counts. Terms share their say by the square root of their number, so that a
 * long text is not judged with more certainty only because it is long.
 */
export function termShare(termCount: number): number {
  return 1 / Math.sqrt(Math.max(termCount, 4));
}

export function createTypeModel(weights: TypeWeights): TypeModel {
  const featuresOf = createFeatureReader(weights.vocabulary);
  return (reading) => {
    const features = featuresOf(reading);
    const scores = new Float64Array(TYPES);
    scores.set(weights.bias);
    for (const feature of features.rules) {
      const row = feature * TYPES;
      for (let type = 0; type < TYPES; type++) scores[type]! += weights.rules[row + type]!;
    }
    const share = termShare(features.terms.length);
    for (const term of features.terms) {
      const row = term * TYPES;
      for (let type = 0; type < TYPES; type++) scores[type]! += share * weights.terms[row + type]!;
    }
    let best = 0;
    for (let type = 1; type < TYPES; type++) if (scores[type]! > scores[best]!) best = type;
    return { best, scores, features, share };
  };
}
