/** What scenarios of judges have in common: past tasks without a grader, and a scripted judge of another maker than both models. */

import type { Deps } from '../../activities/deps';
import type { JudgeRole } from '../../routing/judging/judgement';
import { JUDGE_ROLES } from '../../routing/judging/judgement';
import { JUDGE_DEFAULTS, type JudgeSettings } from '../../routing/judging/settings';
import { DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../../routing/review/settings';
import type { ReplayOutcome } from '../../workflows/messages';
import { pricesOf, testModel } from './catalogue';
import type { Installation } from './installation';
import { type ReplayScenario, type ResultRow, replaying, replayOf, replayToEnd } from './replay-scenario';
import { MODELS } from './scenario';

/** Of another maker than the two that it judges, and cheaper to ask than they are. */
export const JUDGE = testModel('east/judge', { pool: 'calls', prices: pricesOf(1, 4), contextWindowTokens: 100_000 });
export const MODELS_AND_JUDGE = [...MODELS, JUDGE] as const;
/** Its scripted name. */
export const JUDGE_NAME = 'judge';

export const JUDGE_SETTINGS: JudgeSettings = {
  ...JUDGE_DEFAULTS,
  model: JUDGE.id,
  rubrics: { work: 'The better answer says what a signal box is.' },
  maxOutputTokens: 200,
};

export function judgedSettings(changes: Partial<JudgeSettings> = {}): ReviewSettings {
  return { ...DEFAULT_REVIEW_SETTINGS, judge: { ...JUDGE_SETTINGS, ...changes } };
}

/** What a judge says in a word: `A`, `B` or `tie`. */
export function saying(verdict: string) {
  return { kind: 'answer', text: JSON.stringify({ verdict }) } as const;
}

/** A review that replays past tasks without a grader and has a judge. */
export function judging(
  box: Pick<Installation, 'db'>,
  { judge = {}, review = {}, ...past }: Parameters<typeof replaying>[1] & { readonly judge?: Partial<JudgeSettings> } = {},
): Promise<ReplayScenario> {
  return replaying(box, { grader: undefined, score: null, ...past, review: { settings: judgedSettings(judge), ...review } });
}

/** Replays both models of a position and has their answers judged in both orders. */
export async function judgeToEnd(deps: Deps, scenario: ReplayScenario, position = 0): Promise<readonly ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  for (const role of ['baseline', 'candidate', ...JUDGE_ROLES] as const) {
    outcomes.push(await replayToEnd(deps, replayOf(scenario, { position, role })));
  }
  return outcomes;
}

/** The judgements of a proposal, in the order of their positions and orders. */
export async function judgementsOf(
  { db }: Pick<Installation, 'db'>,
  { proposalId }: Pick<ReplayScenario, 'proposalId'>,
): Promise<readonly (ResultRow & { readonly role: JudgeRole; readonly rubric: string | null; readonly servedModel: string | null })[]> {
  return db.sql`
    SELECT r.role, r.state, r.outcome, r.score, r.why, r.rubric, r.served_model AS "servedModel", r.cost_nano::double precision AS "costNano",
      r.latency_ms AS "latencyMs", r.reserved_nano::double precision AS "reservedNano", r.replay_task_id AS "replayTaskId"
    FROM replay_results r JOIN replay_samples s ON s.proposal_id = r.proposal_id AND s.task_id = r.task_id
    WHERE r.proposal_id = ${proposalId} AND r.role LIKE 'judge-%' ORDER BY s.position, r.role`;
}

/** Calls of judges so far: `model state failure basis` of every attempt, in order. */
export async function judgeCallsOf({ db }: Pick<Installation, 'db'>): Promise<readonly string[]> {
  const rows = await db.sql<{ call: string }[]>`
    SELECT concat_ws(' ', a.model, a.state, a.failure_class, a.cost_basis) AS call
    FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.purpose = 'judge' ORDER BY a.task_id, a.number`;
  return rows.map(({ call }) => call);
}
