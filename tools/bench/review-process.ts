/**
 * The process whose time and memory are measured: it makes the roll-ups of all past tasks, or analyses them for reviews, as a worker
 * would, and says what that took.
 *
 *     node review-process.js build | analyse    with DATABASE_URL
 */

import { v7 as newId } from 'uuid';
import type { Deps } from '../../activities/deps';
import { analyseReview } from '../../activities/review/analyse';
import { rollUp } from '../../activities/review/roll-up';
import { connect, type Database } from '../../db/connect';
import { addTrigger } from '../../db/queries/review-triggers';
import { closeReview, openReview } from '../../db/queries/reviews';
import { REVIEW_ROLE } from '../../db/server';

export interface MeasuredWork {
  /** Each run, in the order of the runs. */
  readonly seconds: readonly number[];
  /** What the last run found: hours made, or tasks analysed. */
  readonly found: number;
  /** The most that the process had resident, in bytes. */
  readonly peakRss: number;
}

/** The first analysis opens connections and compiles; the others are as in a worker that runs. */
const ANALYSES = 9;

async function main(): Promise<void> {
  const url = process.env.DATABASE_URL ?? '';
  const db = connect(url, { maxConnections: 4, applicationName: 'signalbox-bench', planOnce: true });
  const reviewDb = connect(url, { maxConnections: 4, applicationName: 'signalbox-bench', role: REVIEW_ROLE });
  const seconds: number[] = [];
  let found = 0;
  const measure = async (run: () => Promise<number>): Promise<void> => {
    const startedAt = performance.now();
    found = await run();
    seconds.push((performance.now() - startedAt) / 1000);
  };
  try {
    if (process.argv[2] === 'build') {
      await measure(async () => (await rollUp({ db })).hours);
    } else {
      for (let run = 0; run < ANALYSES; run++) await analyse(db, reviewDb, measure);
    }
  } finally {
    await Promise.all([db.close(), reviewDb.close()]);
  }
  process.send?.({ seconds, found, peakRss: process.resourceUsage().maxRSS * 1024 } satisfies MeasuredWork);
}

async function analyse(db: Database, reviewDb: Database, measure: (run: () => Promise<number>) => Promise<void>): Promise<void> {
  const triggerId = newId();
  await addTrigger(db, { id: triggerId, scope: 'all', kind: 'person', detail: '', requestedBy: 'bench' });
  const { id: reviewId } = await openReview(db, triggerId);
  const deps = { db, reviewDb } as Deps;
  await measure(async () => (await analyseReview(deps, { reviewId }, new AbortController().signal)).tasks);
  await closeReview(db, { reviewId, kind: 'cancelled', reason: 'Only measured.', actor: 'bench' });
}

main().then(
  () => process.disconnect?.(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
