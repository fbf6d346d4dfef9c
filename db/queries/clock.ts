/** The clock that all rows go by. */

import { type Database, guarded } from '../connect';

/** The database's time, in milliseconds since the epoch. */
export function readClock(db: Database): Promise<number> {
  return guarded('read the clock', async () => {
    const [row] = await db.sql<[{ now: number }]>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now`;
    return row.now;
  });
}
