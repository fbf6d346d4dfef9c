/** Ids of tasks, as callers give them. */

import { RoutingError } from '../routing/errors';

/** True for text in the form of a task id. */
export function isTaskId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text);
}

/**
 * What is no id at all is not asked for: the database would refuse the question.
 *
 * @throws {RoutingError} `unknown_task`
 */
export function refuseMalformedId(taskId: string): void {
  if (!isTaskId(taskId)) throw unknownTask(taskId);
}

/** There is no such task. */
export function unknownTask(taskId: string): RoutingError {
  return new RoutingError('unknown_task', `There is no task ${taskId}. "signalbox tasks" lists the latest.`);
}
