/** What golden-set scenarios have in common: a promoted change whose own replays stand in the tables, and a night that is over. */

import type { Deps } from '../../activities/deps';
import { lookAtRollout } from '../../activities/review/rollout';
import type { SampleStratum } from '../../routing/review/findings';
import { insertRollout, type PlanChanges } from './approved-proposal';
import { fillArms } from './arm-tasks';
import type { Installation } from './installation';
import { GRADER } from './replay-scenario';
import { insertPastTasks, insertSample, type PastTasks } from './review-rows';
import { NORTH, SOUTH, WORK } from './scenario';

/** The strata of the replay: nine of ten tasks of the class went well, the others were drawn more often. */
const STRATA: readonly SampleStratum[] = [
  { name: 'ok', size: 900, drawn: 60 },
  { name: 'failed', size: 100, drawn: 40 },
];

export interface GoldenScenario {
  readonly rolloutId: string;
  /** The sampled tasks: of each ten, six of the first stratum and four of the second. */
  readonly originals: readonly string[];
}

export interface GoldenOptions {
  readonly goldenTasks: number;
  readonly originals?: Partial<PastTasks>;
  readonly watch?: PlanChanges['watch'];
  /** Score that the candidate had in the replay of a position; 1 unless said otherwise. */
  readonly score?: (position: number) => number;
  /** Positions whose candidate's answer was a sentinel's. */
  readonly sentinels?: readonly number[];
}

/** A rollout of `work` from NORTH to SOUTH that was proved on past tasks and is promoted. */
export async function promotedWithGoldenSet(
  { db }: Pick<Installation, 'db'>,
  deps: Deps,
  { goldenTasks, originals, watch, score = () => 1, sentinels = [] }: GoldenOptions,
): Promise<GoldenScenario> {
  const taskIds = await insertPastTasks(db, { count: 100, model: NORTH, grader: GRADER, ...originals });
  const rolloutId = await insertRollout(db, {
    baseline: NORTH.id,
    candidate: SOUTH.id,
    canary: { steps: [0.5], minPerArm: [3], dwellMs: [0] },
    // A dozen failures in a row raise the alarm.
    watch: { tickMs: 0, limit: 9, ...watch, goldenTasks },
  });
  const [{ proposalId }] = await db.sql<[{ proposalId: string }]>`
    SELECT proposal_id AS "proposalId" FROM rollouts WHERE id = ${rolloutId}`;
  await insertSample(db, { proposalId, taskIds, sentinels, stratum: (position) => (position % 10 < 6 ? 'ok' : 'failed') });
  await db.sql`UPDATE proposals SET samples = ${JSON.stringify([{ pass: 1, strata: STRATA }])}::text::jsonb WHERE id = ${proposalId}`;
  await db.sql`
    INSERT INTO replay_results (proposal_id, task_id, role, model, review_id, pass, replay_task_id, state, reserved_nano, outcome, score, cost_nano, done_at)
      SELECT p.id, s.task_id, 'candidate', ${SOUTH.id}, p.review_id, s.pass, gen_random_uuid(), 'done', 0, 'scored',
        (${JSON.stringify(taskIds.map((_, position) => score(position)))}::text::jsonb->>s.position)::float8, 0, now()
      FROM replay_samples s JOIN proposals p ON p.id = s.proposal_id WHERE p.id = ${proposalId}`;
  const { signal } = new AbortController();
  await lookAtRollout(deps, { rolloutId }, signal);
  await fillArms(deps, WORK, 6, () => ({ score: 1, servedModel: 'middle-1' }));
  expect(await lookAtRollout(deps, { rolloutId }, signal)).toMatchObject({ state: 'PROMOTED' });
  return { rolloutId, originals: taskIds };
}

/** Makes every run so far one of an earlier night. */
export async function nightPasses({ db }: Pick<Installation, 'db'>): Promise<void> {
  // Two steps, so that no night falls on another for a moment.
  await db.sql`UPDATE golden_runs SET night = night - 10000`;
  await db.sql`UPDATE golden_runs SET night = night + 9999`;
}

export interface GoldenTask {
  readonly id: string;
  readonly original: string;
  readonly stratum: string;
}

/** The tasks of tonight's run, in the order of their originals. */
export async function tonight({ db }: Pick<Installation, 'db'>, rolloutId: string): Promise<readonly GoldenTask[]> {
  return db.sql<GoldenTask[]>`
    SELECT g.golden_task_id AS id, g.task_id AS original, s.stratum
    FROM golden_runs g JOIN rollouts r ON r.id = g.rollout_id JOIN replay_samples s ON s.proposal_id = r.proposal_id AND s.task_id = g.task_id
    WHERE g.rollout_id = ${rolloutId} AND g.night = (clock_timestamp() AT TIME ZONE 'UTC')::date ORDER BY g.task_id`;
}
