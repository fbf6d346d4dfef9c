/**
 * The schedule that asks for a review every week: its defaults, and how a worker makes sure that there is one. What a person has
 * changed of it is theirs. Not part of the bundle.
 */

import { ScheduleAlreadyRunning, type ScheduleClient, type ScheduleOptions } from '@temporalio/client';
import { reviewScheduleId, type TriggerInput } from './messages';

/** Mondays at six, before the week begins; in universal time, which no summer time moves. */
export const DEFAULT_CRON = '0 6 * * 1';
export const DEFAULT_TIME_ZONE = 'UTC';

/** Installations that share an engine do not all begin at one instant. */
const JITTER = '1m';

/**
 * Makes the schedule of a scope unless there is one, whatever that one says.
 *
 * @returns true when it was made
 */
export async function ensureReviewSchedule(client: ScheduleClient, dispatchQueue: string, scope: string): Promise<boolean> {
  try {
    await client.create(reviewSchedule(dispatchQueue, scope));
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/**
 * When a schedule fires. The expression is kept as the comment of the calendar that the engine makes of it, so that people read
 * what they wrote.
 */
export function scheduleSpec(cron: string, timeZone: string): ScheduleOptions['spec'] {
  return { cronExpressions: [`${cron} # ${cron}`], timezone: timeZone, jitter: JITTER };
}

function reviewSchedule(dispatchQueue: string, scope: string): ScheduleOptions {
  const input: TriggerInput = { scope, kind: 'schedule', detail: '', requestedBy: 'schedule' };
  return {
    scheduleId: reviewScheduleId(dispatchQueue, scope),
    spec: scheduleSpec(DEFAULT_CRON, DEFAULT_TIME_ZONE),
    action: {
      type: 'startWorkflow',
      workflowType: 'reviewTrigger',
      // The engine appends the time, so that every trigger has an id of its own.
      workflowId: reviewScheduleId(dispatchQueue, scope),
      taskQueue: dispatchQueue,
      args: [input],
    },
    policies: {
      // What fires only asks, and is recorded beside a review that is open. Skipping it would lose it in silence.
      overlap: 'ALLOW_ALL',
      // An engine that was down on Monday morning asks when it is back; after a day, next week will do.
      catchupWindow: '1 day',
      pauseOnFailure: false,
    },
  };
}
