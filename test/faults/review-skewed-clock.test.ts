/** Workers whose clocks are hours off: every time that matters to a review and its rollout is the database's. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR_MS } from '../../routing/review/settings';
import { type Installation, install } from '../support/installation';
import {
  CHEAP,
  review,
  routesOf,
  runAll,
  STORY_MODELS,
  STORY_REVIEW,
  say,
  storyPolicy,
  storyScript,
  storyTask,
  trafficUntil,
} from '../support/review-story';
import { endSoundly } from '../support/scenario';
import { endWorkerProcesses, startWorkerProcess } from '../support/worker-process';

const DWELL_MS = 1_500;

let box: Installation;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-clock-'));
  const canary = { ...STORY_REVIEW.canary, dwellMs: [DWELL_MS, DWELL_MS] };
  const verdict = { ...STORY_REVIEW.verdict, expiresAfterMs: HOUR_MS };
  box = await install({ models: STORY_MODELS, policy: storyPolicy({ work: {} }, { ...STORY_REVIEW, canary, verdict }) });
  box.script(storyScript());
});

afterEach(async () => {
  await endWorkerProcesses();
  await endSoundly(box);
  rmSync(folder, { recursive: true });
});

/** Starts a worker whose clock is off. */
async function startSkewed(byMs: number): Promise<void> {
  const preload = join(folder, `clock${byMs}.js`);
  writeFileSync(
    preload,
    `const RealDate = Date;
    globalThis.Date = class extends RealDate {
      constructor(...given) { super(...(given.length === 0 ? [RealDate.now() + ${byMs}] : given)); }
      static now() { return RealDate.now() + ${byMs}; }
    };`,
  );
  await startWorkerProcess({ ...box.environment, NODE_OPTIONS: `--require ${preload}` });
}

/** By how many hours the clocks of the machines were off, which the ids of decisions tell, and those that tasks were decided by. */
async function hoursOff(): Promise<{ readonly machines: readonly number[]; readonly decisions: readonly number[] }> {
  const rows = await box.db.sql<{ machine: number; decision: number }[]>`
    SELECT round(extract(epoch FROM uuid_extract_timestamp(id) - decided_at) / 3600)::integer AS machine,
      round((inputs->>'now')::numeric / 3600000 - extract(epoch FROM decided_at) / 3600)::integer AS decision
    FROM routing_decisions`;
  const distinct = (hours: readonly number[]) => [...new Set(hours)].sort((a, b) => a - b);
  return { machines: distinct(rows.map(({ machine }) => machine)), decisions: distinct(rows.map(({ decision }) => decision)) };
}

test('with one worker six hours ahead and one six hours behind, a review finds its tasks, nothing expires early, and each step lasts', async () => {
  await Promise.all([startSkewed(6 * HOUR_MS), startSkewed(-6 * HOUR_MS)]);
  await runAll(
    box,
    Array.from({ length: 30 }, (_, number) => storyTask('work', number)),
  );
  expect(await hoursOff()).toEqual({ machines: [-6, 6], decisions: [0] });
  const { reviewId, phase } = await review(box, 'all');
  expect(phase).toBe('awaiting-verdict');
  expect(await say(box, reviewId, 'approve')).toMatchObject([{ kind: 'counted', state: 'APPROVED' }]);
  const { id } = await trafficUntil(box, 'work', ['WATCHED']);
  expect(await routesOf(box, 'work')).toEqual([CHEAP]);
  const steps = await box.db.sql<{ ms: number }[]>`
    SELECT (extract(epoch FROM at - lag(at) OVER (ORDER BY seq)) * 1000)::double precision AS ms
    FROM audit_log WHERE subject = ${id} AND action IN ('rollout.CANARY', 'rollout.SOAKING') ORDER BY seq OFFSET 1`;
  expect(steps).toHaveLength(2);
  for (const { ms } of steps) {
    expect(ms).toBeGreaterThanOrEqual(DWELL_MS);
    expect(ms).toBeLessThan(HOUR_MS);
  }
}, 120_000);
