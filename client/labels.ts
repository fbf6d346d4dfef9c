/** What people say of pairs that a judge judged: which there are, what they hold, and what the labels make of the judge so far. */

import type { Database } from '../db/connect';
import { rubricVersion } from '../db/documents/rubric-version';
import { promptDocument } from '../db/documents/submission';
import {
  keepLabel,
  loadLabels,
  loadPairContent,
  type NewLabel,
  type PairToLabel,
  pairsToLabel,
  servedToJudge,
} from '../db/queries/judge-labels';
import { loadProposal, loadProposals, loadReviewForSteps } from '../db/queries/proposals';
import { RoutingError } from '../routing/errors';
import { type Calibration, calibrateJudge } from '../routing/judging/calibration';
import type { PairVerdict } from '../routing/judging/judgement';
import { type JudgeSettings, rubricFor } from '../routing/judging/settings';
import type { Prompt } from '../routing/task/prompt';
import { resolveReviewOrProposal } from './review-ids';

/** A proposal whose pairs can be labelled. */
export interface LabelledProposal {
  readonly proposalId: string;
  readonly name: string;
  readonly judge: JudgeSettings;
  readonly rubric: string;
  readonly rubricVersion: string;
}

/** The judged proposals that an id names, with the pairs of all of them in the order in which everybody labels them. */
export interface Labelling {
  readonly reviewId: string;
  readonly proposals: readonly LabelledProposal[];
  readonly pairs: readonly PairToLabel[];
}

/**
 * @param id     of a review or one of its proposals, or the beginning of one
 * @param person who labels
 * @throws {RoutingError} `unknown_review`; `bad_argument` when no judge was named for what it is of
 */
export async function openLabelling(db: Database, id: string, person: string): Promise<Labelling> {
  const named = await resolveReviewOrProposal(db, id);
  const { settings, seed } = await loadReviewForSteps(db, named.reviewId);
  const all = named.kind === 'review' ? await loadProposals(db, named.reviewId) : [await loadProposal(db, named.id)];
  const { judge } = settings;
  const proposals = all.flatMap(({ id: proposalId, name }) => {
    const rubric = judge && rubricFor(judge, name);
    return judge === undefined || rubric === undefined ? [] : [{ proposalId, name, judge, rubric, rubricVersion: rubricVersion(rubric) }];
  });
  if (proposals.length === 0) {
    const help = 'Name one under "review: judge:" in policy.yaml, with a rubric for the class, and ask for a review.';
    throw new RoutingError(
      'bad_argument',
      `Nothing of review ${named.reviewId} was given to a judge, so there is nothing to label. ${help}`,
    );
  }
  const ids = proposals.map(({ proposalId }) => proposalId);
  return { reviewId: named.reviewId, proposals, pairs: await pairsToLabel(db, ids, person, seed) };
}

/** A pair as a person sees it. */
export interface ShownPair {
  readonly prompt: Prompt;
  readonly baseline: string;
  readonly candidate: string;
}

/** Undefined: its content was erased meanwhile. */
export async function showPair(db: Database, pair: Pick<PairToLabel, 'proposalId' | 'taskId'>): Promise<ShownPair | undefined> {
  const content = await loadPairContent(db, pair);
  if (content === undefined || content.baseline === null || content.candidate === null) return undefined;
  return { prompt: promptDocument.parse(content.prompt) as Prompt, baseline: content.baseline, candidate: content.candidate };
}

/** Keeps one label, at once. See `keepLabel`. */
export function labelPair(db: Database, label: NewLabel): ReturnType<typeof keepLabel> {
  return keepLabel(db, label);
}

/** What all labels so far say of the judge of a proposal, as it is served and by this rubric; those of other reviews count too. */
export async function calibrationSoFar(db: Database, { proposalId, judge, rubricVersion: rubric }: LabelledProposal): Promise<Calibration> {
  const served = [...new Set((await Promise.all([1, 2].map((pass) => servedToJudge(db, { proposalId, pass })))).flat())];
  return calibrateJudge(await loadLabels(db, { model: judge.model, rubric, served }), `${proposalId}/labels`);
}

/** How a verdict reads in files. */
export const VERDICT_WORDS: readonly PairVerdict[] = ['baseline', 'candidate', 'tie'];
