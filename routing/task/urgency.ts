/**
 * Judges how soon a task is wanted, from 1 (whenever) to 5 (production is down).
 */

import type { Signal, TaskDescriptor } from './descriptor';
import { has, type Observation } from './observation';
import type { TaskType } from './task';

/** Work that nobody waits for in the middle of something else. */
const UNHURRIED_TYPES: ReadonlySet<TaskType> = new Set<TaskType>(['documentation', 'refactoring', 'creative', 'simple-task', 'testing']);

export interface Urgency {
  readonly urgency: TaskDescriptor['urgency'];
  readonly signals: readonly Signal[];
}

/** The submitter's own words come first; without any, a defect in what users meet or what keeps them safe is pressing. */
export function judgeUrgency(type: TaskType, observation: Observation): Urgency {
  const judged = (urgency: TaskDescriptor['urgency'], name: string): Urgency => ({
    urgency,
    signals: [{ of: 'urgency', name, weight: urgency }],
  });
  if (has(observation, 'unhurried')) return judged(1, 'unhurried');
  if (has(observation, 'emergency')) return judged(5, 'emergency');
  if (has(observation, 'pressing')) return judged(4, 'pressing');
  if (type === 'debugging' && has(observation, 'exposed')) return judged(4, 'exposed-defect');
  return UNHURRIED_TYPES.has(type) ? judged(2, `type:${type}`) : judged(3, `type:${type}`);
}
