/**
 * Judges how a task is worked on: with one answer, in several steps, or in rounds until it is good.
 */

import type { Signal, TaskPattern } from './descriptor';
import { countOf, has, type Observation } from './observation';
import type { Complexity, TaskType } from './task';

/** Types whose work has an order: find then fix, gather then decide. */
const STEPWISE_TYPES: ReadonlySet<TaskType> = new Set<TaskType>(['architecture', 'planning', 'debugging', 'coordination']);

/** Types whose hard tasks are built up piece by piece. */
const BUILDING_TYPES: ReadonlySet<TaskType> = new Set<TaskType>([
  'code-generation',
  'refactoring',
  'testing',
  'code-review',
  'documentation',
]);

export interface Pattern {
  readonly pattern: TaskPattern;
  readonly signals: readonly Signal[];
}

export function judgePattern(type: TaskType, complexity: Complexity, hasTools: boolean, observation: Observation): Pattern {
  const judged = (pattern: TaskPattern, name: string): Pattern => ({ pattern, signals: [{ of: 'pattern', name, weight: 1 }] });
  if (has(observation, 'iteration')) return judged('iterative', 'iteration');
  if (has(observation, 'persona') && type === 'creative') return judged('iterative', 'persona');
  if (hasTools) return judged('multi-step', 'tools');
  if (STEPWISE_TYPES.has(type) && complexity !== 'simple') return judged('multi-step', `type:${type}`);
  if (BUILDING_TYPES.has(type) && (complexity === 'complex' || complexity === 'critical')) return judged('multi-step', complexity);
  if (type === 'factual' || type === 'simple-task') return judged('single-shot', `type:${type}`);
  if (observation.reading.listItems >= 3) return judged('multi-step', 'list');
  if (countOf(observation, 'steps') >= 2 && complexity !== 'simple') return judged('multi-step', 'steps');
  return judged('single-shot', 'no-steps');
}
