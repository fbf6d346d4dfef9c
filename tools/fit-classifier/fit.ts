/**
 * Fits the weights of the type model: multinomial logistic regression whose rule weights are pulled towards the
 * hand-written points and whose vocabulary weights are pulled towards nothing.
 */

import { createFeatureReader, type Features } from '../../routing/task/features';
import { TASK_TYPES, type TaskType } from '../../routing/task/task';
import { pointsAsWeights, type TypeWeights, termShare } from '../../routing/task/type-model';
import { read } from '../../routing/task/words';

export interface Example {
  readonly prompt: string;
  readonly type: TaskType;
  /** How much the example counts; 1 for a labelled task. */
  readonly weight: number;
}

export interface FitOptions {
  /** A term enters the vocabulary when at least this many examples have it. */
  readonly minExamples: number;
  /** Strength of the pull of rule weights to their points, and of vocabulary weights to 0. */
  readonly rulePull: number;
  readonly termPull: number;
  /** What a hand-written point is worth in log-odds. */
  readonly pointScale: number;
  /** A term is kept when its weight for some type is at least this, in logits. */
  readonly leastWeight: number;
  readonly steps: number;
}

const TYPES = TASK_TYPES.length;

/** The words of a text as the reader splits it, lower-cased, numbers as "#". For making vocabularies, not for serving. */
export function termsOf(text: string): Set<string> {
  const words = (text.slice(0, 2000).match(/\d+(?:\.\d+)*|[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).map((word) =>
    /^\d/.test(word) ? '#' : word.toLowerCase(),
  );
  const terms = new Set(words);
  for (let at = 0; at + 1 < words.length; at++) terms.add(`${words[at]}+${words[at + 1]}`);
  return terms;
}

/** Terms that at least `minExamples` examples have, most frequent first, ties in alphabetical order. */
export function vocabularyOf(examples: readonly Example[], minExamples: number): string[] {
  const counts = new Map<string, number>();
  for (const { prompt, weight } of examples)
    for (const term of termsOf(prompt)) counts.set(term, (counts.get(term) ?? 0) + Math.min(1, weight));
  return [...counts]
    .filter(([, count]) => count >= minExamples)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([term]) => term);
}

/** Fits twice: to find the terms that matter, and again with these alone. Deterministic. */
export function fit(examples: readonly Example[], options: FitOptions): TypeWeights {
  const first = fitTo(vocabularyOf(examples, options.minExamples), examples, options);
  const matters = (row: number): boolean =>
    first.terms.subarray(row * TYPES, (row + 1) * TYPES).some((weight) => Math.abs(weight) >= options.leastWeight);
  return fitTo(
    first.vocabulary.filter((_, row) => matters(row)),
    examples,
    options,
  );
}

/** Fits by Adam over all examples at once. */
function fitTo(vocabulary: readonly string[], examples: readonly Example[], options: FitOptions): TypeWeights {
  const featuresOf = createFeatureReader(vocabulary);
  const rows = examples.map((example) => ({
    features: featuresOf(read(example.prompt)),
    label: TASK_TYPES.indexOf(example.type),
    weight: example.weight,
  }));
  const points = pointsAsWeights();
  const ruleCount = points.rules.length;
  const termOffset = TYPES + ruleCount;
  const size = termOffset + vocabulary.length * TYPES;
  const prior = new Float64Array(size);
  for (let i = 0; i < ruleCount; i++) prior[TYPES + i] = points.rules[i]! * options.pointScale;
  const weights = Float64Array.from(prior);
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  const total = rows.reduce((sum, row) => sum + row.weight, 0);
  for (let step = 1; step <= options.steps; step++) {
    const gradient = new Float64Array(size);
    for (const row of rows) addGradient(row.features, row.label, row.weight / total, weights, termOffset, gradient);
    const rate = 0.05 * (1 - step / (options.steps + 1));
    for (let i = 0; i < size; i++) {
      const pull = i < TYPES ? 0.001 : i < termOffset ? options.rulePull : options.termPull;
      const slope = gradient[i]! + (pull * (weights[i]! - prior[i]!)) / total;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.99 * square[i]! + 0.01 * slope * slope;
      weights[i]! -= (rate * (mean[i]! / (1 - 0.9 ** step))) / (Math.sqrt(square[i]! / (1 - 0.99 ** step)) + 1e-8);
    }
  }
  return {
    bias: Float32Array.from(weights.subarray(0, TYPES)),
    rules: Float32Array.from(weights.subarray(TYPES, termOffset)),
    vocabulary,
    terms: Float32Array.from(weights.subarray(termOffset)),
  };
}

function addGradient(
  features: Features,
  label: number,
  weight: number,
  weights: Float64Array,
  termOffset: number,
  gradient: Float64Array,
): void {
  const logits = Float64Array.from(weights.subarray(0, TYPES));
  const share = termShare(features.terms.length);
  for (const feature of features.rules) for (let type = 0; type < TYPES; type++) logits[type]! += weights[TYPES + feature * TYPES + type]!;
  for (const term of features.terms)
    for (let type = 0; type < TYPES; type++) logits[type]! += share * weights[termOffset + term * TYPES + type]!;
  const top = Math.max(...logits);
  let sum = 0;
  for (let type = 0; type < TYPES; type++) sum += logits[type] = Math.exp(logits[type]! - top);
  for (let type = 0; type < TYPES; type++) {
    const slope = weight * (logits[type]! / sum - (type === label ? 1 : 0));
    gradient[type]! += slope;
    for (const feature of features.rules) gradient[TYPES + feature * TYPES + type]! += slope;
    for (const term of features.terms) gradient[termOffset + term * TYPES + type]! += slope * share;
  }
}
