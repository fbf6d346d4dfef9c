/** The task class of a record. */

import { classify } from '../../routing/task/classify';
import { taskClassOf } from '../../routing/task/descriptor';
import type { TelemetryRecord } from './record';

/** Of records that say nothing of what they were about. It is a class like any other, so that their cost is not lost. */
export const UNSORTED_CLASS = 'unsorted';

/**
 * What the record says of it, else what its prompt does. A record with half of it and no prompt says too little.
 *
 * @param otherwise class of records that say nothing
 */
export function classOf({ taskClass, taskType, complexity, prompt }: TelemetryRecord, otherwise: string = UNSORTED_CLASS): string {
  if (taskClass !== undefined) return taskClass;
  if (taskType !== undefined && complexity !== undefined) return taskClassOf(undefined, { type: taskType, complexity });
  if (prompt === undefined) return otherwise;
  const hints = { ...(taskType !== undefined && { type: taskType }), ...(complexity !== undefined && { complexity }) };
  return taskClassOf(undefined, classify(prompt, hints));
}
