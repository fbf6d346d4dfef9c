/**
 * Says of a task's text what routing needs to know: type, complexity, pattern, size, urgency, and why.
 *
 * Pure, deterministic and fast on any string, hostile ones included: one pass counts tokens, one pass over at most a
 * thousand characters finds words and shapes, the rest is looking up and adding. Its tables take some milliseconds and
 * some hundred kilobytes to build when the module is loaded, so do not import it into workflow code.
 */

import { judgeDemand } from './complexity';
import type { Signal, TaskDescriptor } from './descriptor';
import { ruleFeatureName } from './features';
import { has, hasCodeBlock, type Observation } from './observation';
import { estimateOutputTokens } from './output-tokens';
import { judgePattern } from './pattern';
import { type Complexity, TASK_TYPES, type TaskType } from './task';
import { estimateTokens } from './tokens';
import { createTypeModel, type TypeJudgement, type TypeModel, type TypeWeights } from './type-model';
import { learnedWeights } from './type-weights';
import { judgeUrgency } from './urgency';
import { read } from './words';

/** What a submitter says of a task; each wins over what its text suggests. */
export interface ClassificationHints {
  readonly type?: TaskType;
  readonly complexity?: Complexity;
  /** The model may call tools. */
  readonly hasTools?: boolean;
  /** Files come with the text. */
  readonly hasFiles?: boolean;
  /** The most tokens the answer may have; the estimate stays within it. */
  readonly maxOutputTokens?: number;
}

/** Anything that can classify. Throws on no string. */
export type Classifier = (text: string, hints?: ClassificationHints) => TaskDescriptor;

const TYPES = TASK_TYPES.length;
/** How many reasons for the type are told, the weightiest first, and how much a reason weighs at least. */
const MAX_TYPE_SIGNALS = 6;
const LEAST_TYPE_SIGNAL = 0.2;

const CODE_TYPES: ReadonlySet<TaskType> = new Set<TaskType>(['code-generation', 'code-review', 'debugging', 'refactoring', 'testing']);
/** Types in which harder tasks gain from thinking first. */
const THINKING_TYPES: ReadonlySet<TaskType> = new Set<TaskType>(['architecture', 'planning', 'analysis', 'debugging']);

/** A classifier whose judgement of types uses these weights: `learnedWeights()`, `pointsAsWeights()`, or a user's own. */
export function createClassifier(weights: TypeWeights): Classifier {
  const judgeType: TypeModel = createTypeModel(weights);
  return (text, hints = {}) => {
    const reading = read(text);
    const judgement = judgeType(reading);
    const observation: Observation = { reading, features: judgement.features };
    const type = hints.type ?? TASK_TYPES[judgement.best]!;
    const demand = judgeDemand(type, observation);
    const complexity = hints.complexity ?? demand.complexity;
    const pattern = judgePattern(type, complexity, hints.hasTools ?? false, observation);
    const urgency = judgeUrgency(type, observation);
    const thinking = judgeThinking(type, complexity, observation);
    const code = judgeCode(type, hints.hasFiles ?? false, observation);
    const estimatedInputTokens = estimateTokens(text);
    return {
      type,
      complexity,
      pattern: pattern.pattern,
      estimatedInputTokens,
      estimatedOutputTokens: estimateOutputTokens(type, complexity, estimatedInputTokens, observation, hints.maxOutputTokens),
      extendedThinking: thinking !== undefined,
      involvesCode: code !== undefined,
      urgency: urgency.urgency,
      signals: [
        ...(hints.type === undefined ? typeSignals(judgement, weights) : [hintSignal('type')]),
        ...(hints.complexity === undefined ? demand.signals : [hintSignal('complexity')]),
        ...pattern.signals,
        ...urgency.signals,
        ...(thinking === undefined ? [] : [{ of: 'extendedThinking', name: thinking, weight: 1 } as const]),
        ...(code === undefined ? [] : [{ of: 'involvesCode', name: code, weight: 1 } as const]),
      ],
    };
  };
}

/** The classifier that is in use: hand-written rules, weighted by what was learned from labelled tasks. */
export const classify: Classifier = createClassifier(learnedWeights());

function hintSignal(of: Signal['of']): Signal {
  return { of, name: 'submitter', weight: 1 };
}

/** Why the text should be thought about at length, or undefined. */
function judgeThinking(type: TaskType, complexity: Complexity, observation: Observation): string | undefined {
  if (complexity === 'critical') return 'critical';
  if (complexity === 'simple') return undefined;
  if (has(observation, 'think')) return 'asked-to-think';
  if (has(observation, 'puzzle')) return 'puzzle';
  return complexity === 'complex' && THINKING_TYPES.has(type) ? `complex:${type}` : undefined;
}

/** Why the task is held to involve code, or undefined. */
function judgeCode(type: TaskType, hasFiles: boolean, observation: Observation): string | undefined {
  if (CODE_TYPES.has(type)) return `type:${type}`;
  if (hasCodeBlock(observation)) return 'code-block';
  if (observation.reading.identifiers >= 2 && type !== 'factual' && type !== 'creative') return 'identifiers';
  if (type === 'factual' || type === 'creative') return undefined;
  if (has(observation, 'code')) return 'code-words';
  return hasFiles && type === 'documentation' ? 'files' : undefined;
}

/** The rules that spoke most for the type. Words of the learned vocabulary are told as one sum, since they are the submitter's. */
function typeSignals({ best, features, share }: TypeJudgement, weights: TypeWeights): Signal[] {
  const signals: Signal[] = [];
  for (const feature of features.rules) {
    const weight = weights.rules[feature * TYPES + best]!;
    if (weight >= LEAST_TYPE_SIGNAL) signals.push({ of: 'type', name: ruleFeatureName(feature), weight: round(weight) });
  }
  signals.sort((a, b) => b.weight - a.weight);
  if (signals.length > MAX_TYPE_SIGNALS) signals.length = MAX_TYPE_SIGNALS;
  let vocabulary = 0;
  for (const term of features.terms) vocabulary += share * weights.terms[term * TYPES + best]!;
  signals.push({ of: 'type', name: 'learned-vocabulary', weight: round(vocabulary) });
  return signals;
}

function round(weight: number): number {
  return Math.round(weight * 100) / 100;
}
