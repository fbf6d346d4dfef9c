/**
 * Keeps the roll-ups up to date: figures by the hour and the day of every class and model, from which reviews are made, so that a
 * review's cost follows classes × models × hours and not the number of tasks.
 */

import { forgetRollups, type Rollup, type RollupMakers, type RollupProgress, rollNextHour, rollupProgress } from '../../db/queries/rollups';
import { DAY_MS } from '../../routing/review/settings';
import type { Deps } from '../deps';
import { type Cell, gatherRollups, gatherTasks, rollupOf } from './gather';

export interface RolledUp {
  /** Hours that were made. */
  readonly hours: number;
}

/** Where roll-ups are made: with all rights, because a review may not write them. */
type Place = Pick<Deps, 'db'>;

/**
 * Brings the roll-ups up to this moment, the hour under way included. Costs what the tasks cost that ended since the last time.
 *
 * @param signal stops between two hours; what is made stays
 */
export async function rollUp(place: Place, signal?: AbortSignal): Promise<RolledUp> {
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

/** Time that one round of upkeep may spend here. Long enough for hours of a million tasks a month, short of what stops a round. */
const ROUND_MS = 5_000;

/**
 * What upkeep does of it: makes an hour once it is over, so that each task is read about once, whatever the number of rounds and
 * workers. What is long behind is made in parts, one each round.
 */
export async function rollUpInUpkeep(place: Place): Promise<RolledUp> {
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
