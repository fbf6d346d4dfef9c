/** What replay scenarios have in common: a review of the class `work` that would move it from a dear model to a cheap one. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../../activities/deps';
import { replayOnce } from '../../activities/review/replay/replay-once';
import type { ReplayRole } from '../../db/queries/replay-inputs';
import { nameOfCascade } from '../../routing/cascade/name';
import { type CascadeRoute, modelsOfRoute } from '../../routing/decision/policy';
import { isRoutingError } from '../../routing/errors';
import type { ReplayInput, ReplayOutcome } from '../../workflows/messages';
import type { Installation } from './installation';
import { insertPastTasks, insertProposal, insertReview, insertSample, type PastTasks, type ReviewRow } from './review-rows';
import { NORTH, WEST } from './scenario';

/** The scripted names of baseline and candidate. */
export const [BASELINE_NAME, CANDIDATE_NAME] = ['large', 'small'] as const;

/** The answer that the past tasks want. */
export const GOOD = { kind: 'answer', text: 'A signal box.' } as const;
export const GRADER = { kind: 'contains', expected: 'signal box', ignoreCase: false } as const;

export interface ReplayScenario {
  readonly reviewId: string;
  readonly proposalId: string;
  readonly taskIds: readonly string[];
}

/** A review that replays these past tasks, one of them unless it says otherwise. */
export async function replaying(
  { db }: Pick<Installation, 'db'>,
  {
    sentinels = [],
    review = {},
    cascade,
    ...past
  }: Partial<PastTasks> & { readonly sentinels?: readonly number[]; readonly review?: ReviewRow; readonly cascade?: CascadeRoute } = {},
): Promise<ReplayScenario> {
  const taskIds = await insertPastTasks(db, { count: 1, model: WEST, grader: GRADER, ...past });
  const reviewId = await insertReview(db, review);
  const candidate = cascade === undefined ? NORTH.id : nameOfCascade(modelsOfRoute(cascade));
  const proposalId = await insertProposal(db, { reviewId, baseline: WEST.id, candidate, cascade });
  await insertSample(db, { proposalId, taskIds, sentinels });
  return { reviewId, proposalId, taskIds };
}

/** The input of one replay, by default the candidate's at position 0. */
export function replayOf({ reviewId, proposalId }: ReplayScenario, changes: Partial<ReplayInput> = {}): ReplayInput {
  return { reviewId, proposalId, pass: 1, position: 0, role: 'candidate', tries: 3, ...changes };
}

/** Runs a replay to its end, coming back whenever it asks to. */
export async function replayToEnd(deps: Deps, input: ReplayInput, signal = new AbortController().signal): Promise<ReplayOutcome> {
  for (;;) {
    try {
      return await replayOnce(deps, input, signal);
    } catch (error) {
      if (!isRoutingError(error) || error.code !== 'provider_busy') throw error;
      await sleep(error.retryAfterMs);
    }
  }
}

/** What a replay came to, in a row. */
export interface ResultRow {
  readonly state: 'open' | 'done';
  readonly outcome: 'scored' | 'failed' | 'excluded' | null;
  readonly score: number | null;
  readonly why: string | null;
  readonly costNano: number | null;
  readonly latencyMs: number | null;
  readonly reservedNano: number;
  readonly replayTaskId: string;
}

/** The results of a proposal, in the order of their positions. */
export async function resultsOf(
  { db }: Pick<Installation, 'db'>,
  { proposalId }: ReplayScenario,
  role: ReplayRole = 'candidate',
): Promise<readonly ResultRow[]> {
  return db.sql<ResultRow[]>`
    SELECT r.state, r.outcome, r.score, r.why, r.cost_nano::double precision AS "costNano", r.latency_ms AS "latencyMs",
      r.reserved_nano::double precision AS "reservedNano", r.replay_task_id AS "replayTaskId"
    FROM replay_results r JOIN replay_samples s ON s.proposal_id = r.proposal_id AND s.task_id = r.task_id
    WHERE r.proposal_id = ${proposalId} AND r.role = ${role} ORDER BY s.position`;
}

/** Calls of replays so far: `model state failure basis` of every attempt, in order. */
export async function callsOf({ db }: Pick<Installation, 'db'>): Promise<readonly string[]> {
  const rows = await db.sql<{ call: string }[]>`
    SELECT concat_ws(' ', a.model, a.state, a.failure_class, a.cost_basis) AS call
    FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.purpose = 'replay' ORDER BY a.task_id, a.number`;
  return rows.map(({ call }) => call);
}
