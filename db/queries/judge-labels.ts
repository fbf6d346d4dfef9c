/** What people said of judged pairs, with what the judge said of the same ones. */

import type { LabelledPair } from '../../routing/judging/calibration';
import { type PairVerdict, resolveJudgements } from '../../routing/judging/judgement';
import { type Database, guarded } from '../connect';

/** A judge as its labels know it: another rubric, or another model behind the same name, is another judge. */
export interface JudgeIdentity {
  readonly model: string;
  readonly rubric: string;
  /** What its provider says that it served; the empty name: it does not say. */
  readonly served: readonly string[];
}

/** What the provider of a pass's judge says that it served, ascending; the empty name where it does not say. */
export function servedToJudge(
  db: Database,
  { proposalId, pass }: { readonly proposalId: string; readonly pass: number },
): Promise<string[]> {
  return guarded('look which judge was served', async () => {
    const rows = await db.sql<{ served: string }[]>`
      SELECT DISTINCT coalesce(served_model, '') COLLATE "C" AS served FROM replay_results
      WHERE proposal_id = ${proposalId} AND pass = ${pass} AND rubric IS NOT NULL AND outcome = 'scored' ORDER BY 1`;
    return rows.map(({ served }) => served);
  });
}

/** A labelled pair with the models whose answers it is of. */
export interface KeptLabel extends LabelledPair {
  readonly baseline: string;
  readonly candidate: string;
}

/** Every label of a pair that this judge judged in both orders, of any review, sentinels left out; in the order of the pairs. */
export function loadLabels(db: Database, { model, rubric, served }: JudgeIdentity): Promise<readonly KeptLabel[]> {
  return guarded('load the labels of a judge', async () => {
    const rows = await db.sql<(Omit<KeptLabel, 'judged'> & { baselineFirst: number; candidateFirst: number })[]>`
      SELECT l.proposal_id || ' ' || l.task_id AS pair, l.person, l.verdict AS label, bf.score AS "baselineFirst", cf.score AS "candidateFirst",
        (SELECT r.model FROM replay_results r WHERE r.proposal_id = l.proposal_id AND r.task_id = l.task_id AND r.role = 'baseline') AS baseline,
        (SELECT r.model FROM replay_results r WHERE r.proposal_id = l.proposal_id AND r.task_id = l.task_id AND r.role = 'candidate') AS candidate
      FROM judge_labels l JOIN replay_samples s ON s.proposal_id = l.proposal_id AND s.task_id = l.task_id AND NOT s.is_sentinel
        JOIN replay_results bf ON bf.proposal_id = l.proposal_id AND bf.task_id = l.task_id AND bf.role = 'judge-baseline-first'
        JOIN replay_results cf ON cf.proposal_id = l.proposal_id AND cf.task_id = l.task_id AND cf.role = 'judge-candidate-first'
      WHERE bf.model = ${model} AND cf.model = ${model} AND bf.rubric = ${rubric} AND cf.rubric = ${rubric}
        AND coalesce(bf.served_model, '') = ANY (${[...served]}::text[]) AND coalesce(cf.served_model, '') = ANY (${[...served]}::text[])
        AND bf.outcome = 'scored' AND cf.outcome = 'scored'
      ORDER BY l.proposal_id, l.task_id, l.person COLLATE "C"`;
    return rows.flatMap(({ baselineFirst, candidateFirst, ...label }) => {
      const resolved = resolveJudgements({
        baselineFirst: { end: 'scored', score: baselineFirst },
        candidateFirst: { end: 'scored', score: candidateFirst },
      });
      return resolved.kind === 'judged' ? [{ ...label, judged: resolved.verdict }] : [];
    });
  });
}

/** A pair that people may label: both its answers are known, and the judge judged it. */
export interface PairToLabel {
  readonly proposalId: string;
  readonly taskId: string;
  /** Class or group. */
  readonly name: string;
  /** What this person said of it before; null: nothing. */
  readonly label: PairVerdict | null;
}

/**
 * The judged pairs of a proposal, or of all proposals of a review, in an order that a seed fixes: the same for everybody, so that two
 * people label the same pairs first. Those whose content is erased are left out.
 *
 * @param ids proposals
 */
export function pairsToLabel(db: Database, ids: readonly string[], person: string, seed: string): Promise<readonly PairToLabel[]> {
  return guarded(
    'look for pairs to label',
    () =>
      db.sql<PairToLabel[]>`
      SELECT s.proposal_id AS "proposalId", s.task_id AS "taskId", p.name, l.verdict AS label
      FROM replay_samples s JOIN proposals p ON p.id = s.proposal_id
        LEFT JOIN judge_labels l ON l.proposal_id = s.proposal_id AND l.task_id = s.task_id AND l.person = ${person}
      WHERE s.proposal_id = ANY (${[...ids]}::uuid[]) AND NOT s.is_sentinel
        AND (SELECT count(*) FROM replay_results r WHERE r.proposal_id = s.proposal_id AND r.task_id = s.task_id AND r.pass = s.pass
          AND r.rubric IS NOT NULL AND r.outcome = 'scored') = 2
        AND EXISTS (SELECT FROM task_payloads w WHERE w.task_id = s.task_id)
        AND (SELECT count(*) FROM replay_results r JOIN answers a ON a.task_id = r.replay_task_id
          WHERE r.proposal_id = s.proposal_id AND r.task_id = s.task_id AND r.pass = s.pass AND r.role IN ('baseline', 'candidate')) = 2
      ORDER BY md5(${seed} || s.proposal_id || s.task_id)`,
  );
}

/** What a person needs to see of a pair. JSON columns are as stored: parse before use. */
export interface PairContent {
  readonly prompt: unknown;
  readonly baseline: string | null;
  readonly candidate: string | null;
}

/** Undefined: its content is gone. */
export function loadPairContent(
  db: Database,
  { proposalId, taskId }: Pick<PairToLabel, 'proposalId' | 'taskId'>,
): Promise<PairContent | undefined> {
  return guarded('load a pair to label', async () => {
    const answerOf = (role: 'baseline' | 'candidate') => db.sql`
      (SELECT a.body->>'text' FROM replay_results r JOIN routing_outcomes o ON o.task_id = r.replay_task_id
        JOIN answers a ON a.task_id = o.task_id AND a.attempt_id = o.attempt_id
        WHERE r.proposal_id = ${proposalId} AND r.task_id = ${taskId} AND r.role = ${role})`;
    const [row] = await db.sql<PairContent[]>`
      SELECT w.prompt, ${answerOf('baseline')} AS baseline, ${answerOf('candidate')} AS candidate FROM task_payloads w WHERE w.task_id = ${taskId}`;
    return row;
  });
}

/** Tasks of a proposal, or of several, by the id that a file names; each with its proposal. */
export function proposalsOfTask(db: Database, ids: readonly string[], taskId: string): Promise<readonly string[]> {
  return guarded('look for the pair of a task', async () => {
    const rows = await db.sql<{ id: string }[]>`
      SELECT proposal_id AS id FROM replay_samples WHERE proposal_id = ANY (${[...ids]}::uuid[]) AND task_id::text = ${taskId} AND NOT is_sentinel`;
    return rows.map(({ id }) => id);
  });
}

/** What a person says of a pair. */
export interface NewLabel extends Pick<PairToLabel, 'proposalId' | 'taskId'> {
  readonly person: string;
  readonly verdict: PairVerdict;
  readonly origin: 'terminal' | 'import';
}

/**
 * Keeps a label. One of the same person and pair is put right when it was given in a terminal, and stays when this one is imported.
 *
 * @returns `known`: it was there already. `differs`: another one of this person is there, and stays
 */
export function keepLabel(db: Database, label: NewLabel): Promise<'kept' | 'known' | 'differs'> {
  const { proposalId, taskId, person, verdict, origin } = label;
  return guarded('keep a label', async () => {
    const [kept] = await db.sql`
      INSERT INTO judge_labels AS l (proposal_id, task_id, person, verdict, origin) VALUES (${proposalId}, ${taskId}, ${person}, ${verdict}, ${origin})
      ON CONFLICT (proposal_id, task_id, person) DO UPDATE SET verdict = excluded.verdict, origin = excluded.origin, labelled_at = now()
        WHERE excluded.origin = 'terminal' AND l.verdict <> excluded.verdict RETURNING 1`;
    if (kept !== undefined) return 'kept';
    const [known] = await db.sql<[{ verdict: string }]>`
      SELECT verdict FROM judge_labels WHERE proposal_id = ${proposalId} AND task_id = ${taskId} AND person = ${person}`;
    return known.verdict === verdict ? 'known' : 'differs';
  });
}
