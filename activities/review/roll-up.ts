/**
 * Keeps the roll-ups up to date: figures by the hour and the day of every class and model, from which reviews are made, so that a
 * review's cost follows classes × models × hours and not the number of tasks.
 */

import type { Rollup } from '../../db/queries/rollup-rows';
import {
  beginRollups,
  forgetRollups,
  type RollupMakers,
  type RollupProgress,
  rollNextHour,
  rollupProgress,
} from '../../db/queries/rollups';
import { type Cell, gatherRollups, gatherTasks, rollupOf } from '../../db/rollups/gather';
import { DAY_MS } from '../../routing/review/settings';
import type { Deps } from '../deps';

export interface RolledUp {
  /** Hours that were made. */
  readonly hours: number;
}

/** Where roll-ups are made: with all rights, because a review may not write them. */
type Place = Pick<Deps, 'db'>;

/**
 * Brings the roll-ups up to this moment. Costs what the tasks cost that ended since the last time, and in the hour under way.
 *
 * @param signal stops between two hours; what is made stays
 */
export async function rollUp(place: Place, signal?: AbortSignal): Promise<RolledUp> {
  await beginRollups(place.db);
  let hours = 0;
  for (;;) {
    const progress = await rollupProgress(place.db);
    if (progress === undefined) return { hours };
    const made = await rollOn(place, progress, () => {
      signal?.throwIfAborted();
      return true;
    });
    hours += made.hours;
    if (!made.isTaken) return { hours };
  }
}

/** Brings the roll-ups up to this moment when they are some minutes old. */
export async function refreshRollups(place: Place, signal: AbortSignal): Promise<void> {
  const progress = await rollupProgress(place.db);
  if (progress === undefined || progress.isDue) await rollUp(place, signal);
}

/** Time that one round of upkeep may spend here. Long enough for hours of a million tasks a month, short of what stops a round. */
const ROUND_MS = 5_000;

/**
 * What upkeep does of it: every few minutes, by one worker of all that try. What is long behind is made in parts, one each round.
 */
export async function rollUpInUpkeep(place: Place): Promise<RolledUp> {
  await beginRollups(place.db);
  const progress = await rollupProgress(place.db);
  if (!progress?.isDue) return { hours: 0 };
  const startedAt = performance.now();
  return rollOn(place, progress, () => performance.now() - startedAt < ROUND_MS);
}

/**
 * Makes everything that ended since an instant anew from the rows; without one, everything there is. Needed when past tasks were put
 * into the tables by hand.
 *
 * @param since milliseconds since the epoch
 */
export async function rebuildRollups(place: Place, since?: number): Promise<RolledUp> {
  await forgetRollups(place.db, since);
  return rollUp(place);
}

/** Makes hour after hour, until all are made, another process is found at it, or it is told to stop. */
async function rollOn(
  { db }: Place,
  progress: Pick<RollupProgress, 'rolledUntil' | 'since'>,
  mayGoOn: () => boolean,
): Promise<RolledUp & { readonly isTaken: boolean }> {
  let at = progress;
  for (let hours = 0; ; hours++) {
    if (!mayGoOn()) return { hours, isTaken: false };
    const step = await rollNextHour(db, at, MAKERS);
    if (step === 'taken') return { hours, isTaken: true };
    if (step.isCurrent) return { hours: hours + 1, isTaken: false };
    at = step;
  }
}

const MAKERS: RollupMakers = {
  ofHour: (hour, tasks) => rowsOf(gatherTasks(hour, tasks), () => hour),
  ofDays: (hours) => rowsOf(gatherRollups(hours, 'day'), ({ days }) => Math.min(...days) * DAY_MS),
};

async function rowsOf(cells: AsyncIterable<Cell>, periodStart: (cell: Cell) => number): Promise<readonly Rollup[]> {
  const rows: Rollup[] = [];
  for await (const cell of cells) rows.push(rollupOf(cell, periodStart(cell)));
  return rows;
}
