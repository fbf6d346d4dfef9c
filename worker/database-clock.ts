/**
 * The time that decisions and cool-downs go by: the database's, so that workers on machines whose clocks differ agree on when a model
 * may be called again.
 */

import type { Database } from '../db/connect';
import { readClock } from '../db/queries/clock';

/** A machine's clock drifts by less than a second in this time, in milliseconds. */
const COMPARE_EVERY_MS = 60_000;

export interface DatabaseClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly stop: () => void;
}

/**
 * Reads the database's clock, and goes on from there by the time that passes in this process; compares every minute. While the database
 * is away it goes on by what it knows.
 *
 * @throws {RoutingError} `database_unreachable` when it cannot be read at first
 */
export async function startDatabaseClock(db: Database): Promise<DatabaseClock> {
  let origin = await originOf(db);
  const comparing = setInterval(() => {
    originOf(db).then(
      (compared) => {
        origin = compared;
      },
      () => {}, // the next minute tries again
    );
  }, COMPARE_EVERY_MS).unref();
  return { now: () => Math.round(origin + performance.now()), stop: () => clearInterval(comparing) };
}

/** Answers to each comparison: the one that came soonest is off by the least. */
const READS = 5;

/**
 * The database's time at which this process began to count its own, by the answer that came soonest, which is taken to be from the middle
 * of the wait for it (Cristian 1989, "Probabilistic clock synchronization").
 */
async function originOf(db: Database): Promise<number> {
  let soonest = { waited: Number.POSITIVE_INFINITY, origin: 0 };
  for (let read = 0; read < READS; read += 1) {
    const askedAt = performance.now();
    const instant = await readClock(db);
    const answeredAt = performance.now();
    const waited = answeredAt - askedAt;
    if (waited < soonest.waited) soonest = { waited, origin: instant - (askedAt + answeredAt) / 2 };
  }
  return soonest.origin;
}
