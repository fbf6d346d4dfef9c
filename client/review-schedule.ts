/** The schedule of reviews, for people: when the next one is asked for, and how to change that. */

import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { RoutingError } from '../routing/errors';
import { reviewScheduleId } from '../workflows/messages';
import { DEFAULT_TIME_ZONE, ensureReviewSchedule, scheduleSpec } from '../workflows/review-schedule';
import { answeredInTime } from './engine-patience';

export { ensureReviewSchedule } from '../workflows/review-schedule';

/** A schedule as people read it. */
export interface ReviewSchedule {
  readonly scope: string;
  /** As it was written: minute, hour, day of the month, month, day of the week. Empty when it was changed with other tools. */
  readonly cron: string;
  readonly timeZone: string;
  readonly isPaused: boolean;
  /** Who paused it, or why; empty without. */
  readonly note: string;
  /** The next times, soonest first; none while it is paused. */
  readonly nextAt: readonly Date[];
  /** When it last asked for a review. Absent: never yet. */
  readonly lastAt?: Date;
}

export interface ScheduleChange {
  readonly scope: string;
  readonly cron?: string;
  /** A name of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone?: string;
  readonly paused?: boolean;
}

/**
 * The schedule of a scope. Undefined: it has none.
 *
 * @throws {RoutingError} `engine_unreachable`
 */
export async function describeReviewSchedule(client: Client, dispatchQueue: string, scope: string): Promise<ReviewSchedule | undefined> {
  const handle = client.schedule.getHandle(reviewScheduleId(dispatchQueue, scope));
  try {
    return scheduleOf(scope, await answeredInTime(client, 'look at the schedule', () => handle.describe()));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Changes the schedule of a scope; a scope without one gets one first. What is not named stays.
 *
 * A time that a time zone leaves out, on the day its clocks go forward, is left out by the engine too.
 *
 * @throws {RoutingError} `bad_input` for an expression or time zone that cannot be read; `engine_unreachable`
 */
export async function changeReviewSchedule(client: Client, dispatchQueue: string, change: ScheduleChange): Promise<ReviewSchedule> {
  const { scope, cron, timeZone, paused } = change;
  if (timeZone !== undefined) refuseUnknownTimeZone(timeZone);
  if (cron !== undefined) refuseMalformedCron(cron);
  await answeredInTime(client, 'make the schedule', () => ensureReviewSchedule(client.schedule, dispatchQueue, scope));
  const handle = client.schedule.getHandle(reviewScheduleId(dispatchQueue, scope));
  try {
    await answeredInTime(client, 'change the schedule', () =>
      handle.update((old) => {
        const wasCron = cronOf(old);
        if (timeZone !== undefined && cron === undefined && wasCron === '') throw unreadable(scope);
        const isMoved = cron !== undefined || timeZone !== undefined;
        return {
          ...old,
          spec: isMoved ? scheduleSpec(cron ?? wasCron, timeZone ?? old.spec.timezone ?? DEFAULT_TIME_ZONE) : old.spec,
          state: {
            ...old.state,
            ...(paused === undefined ? {} : { paused, note: paused ? 'Paused with "signalbox review schedule".' : '' }),
          },
        };
      }),
    );
  } catch (error) {
    // What the engine cannot read comes back as this, with what it disliked.
    if (error instanceof Error && error.name === 'TypeError' && cron !== undefined) throw badCron(cron, ` (${error.message})`);
    throw error;
  }
  const changed = await describeReviewSchedule(client, dispatchQueue, scope);
  if (changed === undefined)
    throw new RoutingError('conflict', `The schedule of "${scope}" was deleted meanwhile. Change it again to make a new one.`);
  return changed;
}

function scheduleOf(scope: string, description: ScheduleDescription): ReviewSchedule {
  const { spec, state, info } = description;
  const last = info.recentActions.at(-1);
  return {
    scope,
    cron: cronOf(description),
    timeZone: spec.timezone ?? DEFAULT_TIME_ZONE,
    isPaused: state.paused,
    note: state.note ?? '',
    nextAt: state.paused ? [] : info.nextActionTimes,
    ...(last === undefined ? {} : { lastAt: last.takenAt }),
  };
}

function cronOf({ spec }: Pick<ScheduleDescription, 'spec'>): string {
  return spec.calendars?.[0]?.comment ?? '';
}

function refuseUnknownTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new RoutingError('bad_input', `There is no time zone "${timeZone}". Name one as "Europe/Berlin" or "UTC".`);
  }
}

/** The engine judges the fields; what it would read as something else than five fields is refused here. */
function refuseMalformedCron(cron: string): void {
  if (!/^[^\s#=@]+( [^\s#=@]+){4}$/u.test(cron)) throw badCron(cron);
}

function badCron(cron: string, why = ''): RoutingError {
  return new RoutingError(
    'bad_input',
    `"${cron}" is not a time that can be read${why}. Give minute, hour, day of the month, month and day of the week: "0 6 * * 1" is Mondays at six.`,
  );
}

function unreadable(scope: string): RoutingError {
  return new RoutingError('bad_input', `The schedule of "${scope}" was changed with other tools. Give the times with the time zone.`);
}
