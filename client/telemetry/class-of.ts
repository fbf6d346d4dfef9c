/** The task class of a record. */

import { describePrompt } from '../../routing/task/describe-prompt';
import { taskClassOf } from '../../routing/task/descriptor';
import type { TelemetryRecord } from './record';

/** Of records that say nothing of what they were about. It is a class like any other, so that their cost is not lost. */
export const UNCLASSIFIED = 'unclassified';

/**
 * The logs' own class, else their type and complexity, else what the prompt is taken for.
 *
 * @param otherwise class of records that say nothing
 */
export function classOf({ taskClass, taskType, complexity, prompt }: TelemetryRecord, otherwise: string = UNCLASSIFIED): string {
  if (taskClass !== undefined) return taskClass;
  if (taskType !== undefined && complexity !== undefined) return taskClassOf(undefined, { type: taskType, complexity });
  if (prompt === undefined) return taskType ?? otherwise;
  const facts = { requires: complexity === undefined ? {} : { tier: complexity }, ...(taskType === undefined ? {} : { type: taskType }) };
  return taskClassOf(undefined, describePrompt({ messages: [{ role: 'user', content: prompt }] }, facts));
}
