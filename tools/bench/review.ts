/** What the analysis of a review costs over ten thousand and over a million past tasks, and what making its roll-ups costs. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Servers } from './installation';
import { addPastTasks, CLASSES, DAYS, MODELS } from './past-tasks';
import { median } from './quantiles';
import type { MeasuredWork } from './review-process';

export interface ReviewReport {
  readonly sizes: readonly ReviewOfSize[];
  /** Time of the analysis of the largest over that of the smallest. */
  readonly ratio: number;
}

interface ReviewOfSize {
  readonly tasks: number;
  readonly loadSeconds: number;
  /** Making all roll-ups from nothing. */
  readonly build: { readonly seconds: number; readonly hours: number; readonly peakRss: number };
  /** With bringing the roll-ups up to date. The first of a process, and the median of those after it. */
  readonly analysis: { readonly firstSeconds: number; readonly seconds: number; readonly peakRss: number };
}

const SIZES = [10_000, 1_000_000];

export async function reviewReport({ databaseUrl, db }: Servers): Promise<ReviewReport> {
  const sizes: ReviewOfSize[] = [];
  let loaded = 0;
  for (const tasks of SIZES) {
    const startedAt = performance.now();
    await addPastTasks(db, loaded, tasks);
    loaded = tasks;
    const loadSeconds = (performance.now() - startedAt) / 1000;
    await db.sql`DELETE FROM class_rollups`;
    await db.sql`DELETE FROM rollup_progress`;
    const build = await measured(databaseUrl, 'build');
    const analysis = await measured(databaseUrl, 'analyse');
    if (analysis.found !== tasks) throw new Error(`${analysis.found} of ${tasks} past tasks were analysed.`);
    const [firstSeconds, ...others] = analysis.seconds;
    sizes.push({
      tasks,
      loadSeconds,
      build: { seconds: build.seconds[0]!, hours: build.found, peakRss: build.peakRss },
      analysis: { firstSeconds: firstSeconds!, seconds: median(others), peakRss: analysis.peakRss },
    });
  }
  return { sizes, ratio: sizes.at(-1)!.analysis.seconds / sizes[0]!.analysis.seconds };
}

/** Runs it in a process of its own, so that its memory is its own. */
async function measured(databaseUrl: string, what: 'build' | 'analyse'): Promise<MeasuredWork> {
  const child = fork(join(__dirname, 'review-process.js'), [what], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const said = once(child, 'message').then(([message]) => message as MeasuredWork);
  const result = await Promise.race([
    said,
    ended.then(([code]) => Promise.reject(new Error(`The measured process ended with code ${code}.`))),
  ]);
  await ended;
  return result;
}

export function renderReviewReport({ sizes, ratio }: ReviewReport): string {
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
  return [
    `${CLASSES} classes × ${MODELS} models, ${DAYS} days`,
    '      tasks      all roll-ups           peak   analysis: first    then     peak',
    ...sizes.map(
      ({ tasks, build, analysis }) =>
        `${String(tasks).padStart(11)}${`${build.seconds.toFixed(1)} s, ${build.hours} hours`.padStart(20)}${mb(build.peakRss).padStart(11)}` +
        `${`${analysis.firstSeconds.toFixed(3)} s`.padStart(18)}${`${analysis.seconds.toFixed(3)} s`.padStart(10)}${mb(analysis.peakRss).padStart(9)}`,
    ),
    `analysis of the most over that of the fewest: × ${ratio.toFixed(2)}`,
  ].join('\n');
}
