/**
 * The report of a review, and what it asks of people.
 *
 * What passed is fixed here: the plan of its rollout and the hash that an approval is bound to are made from the stored evidence,
 * and stored with the proposal before anybody is asked.
 */

import type { Database } from '../../db/connect';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { evidenceSha256 } from '../../db/documents/evidence-hash';
import { programVersion } from '../../db/documents/program-version';
import {
  loadProposal,
  loadProposals,
  loadReviewForSteps,
  moveProposal,
  type ProposalRow,
  type ReviewForSteps,
} from '../../db/queries/proposals';
import {
  loadReplayEvidence,
  loadReport,
  loadReportOccasion,
  type ReplayEvidence,
  type ReportOccasion,
  storeReport,
} from '../../db/queries/reports';
import { catalogueBody } from '../../db/queries/rules';
import { loadStability } from '../../db/queries/stability';
import type { Catalogue } from '../../routing/catalogue';
import { RoutingError } from '../../routing/errors';
import { buildReport } from '../../routing/review/report/build';
import { obstacleTo } from '../../routing/review/report/checks';
import type { ProposalFacts } from '../../routing/review/report/facts';
import { rolloutPlanOf } from '../../routing/review/report/plan';
import type { ReportIdentity } from '../../routing/review/report/report';
import type { AwaitedProposal } from '../../workflows/messages';
import type { Deps } from '../deps';
import { fingerprintsOf, reportedSamples } from './replay-evidence';

/** What follows from the report. */
export type Reported =
  | { readonly kind: 'awaiting'; readonly awaited: readonly AwaitedProposal[] }
  | { readonly kind: 'no-change' | 'held' | 'needs-owner'; readonly reason: string };

/** Makes the report unless the review has one, and says what it asks for. The second time finds the moves and the report of the first. */
export async function reportReview(
  { reviewDb: db }: Pick<Deps, 'reviewDb'>,
  { reviewId }: { readonly reviewId: string },
  signal: AbortSignal,
): Promise<Reported> {
  const review = await loadReviewForSteps(db, reviewId);
  const occasion = await loadReportOccasion(db, reviewId);
  if (occasion.reportedAt === null && review.phase !== 'ended') await makeReport(db, review, occasion, signal);
  const report = await loadReport(db, reviewId);
  if (report === undefined) return { kind: 'no-change', reason: 'The review had ended before its report was made.' };
  if (report.result !== 'awaiting') return { kind: report.result, reason: report.headline };
  const awaited = (await loadProposals(db, reviewId)).flatMap(({ id, state, evidenceSha256: hash, baseVersion }) =>
    state === 'AWAITING_APPROVAL' && hash !== null ? [{ proposalId: id, evidenceSha256: hash, baseVersion }] : [],
  );
  return { kind: 'awaiting', awaited };
}

async function makeReport(db: Database, review: ReviewForSteps, occasion: ReportOccasion, signal: AbortSignal): Promise<void> {
  const catalogue = await catalogueOf(db, review.catalogueVersion);
  const evidence: ReplayEvidence[] = [];
  const proposals: ProposalFacts[] = [];
  for (const decided of await loadProposals(db, review.id)) {
    signal.throwIfAborted();
    const found = await loadReplayEvidence(db, decided.id);
    if (decided.state === 'DECIDED' && decided.verdict === 'PASS') await askForVerdict(db, review, occasion, decided, found, catalogue);
    const proposal = await loadProposal(db, decided.id);
    const stability = await loadStability(db, proposal.classes, occasion.now);
    evidence.push(found);
    proposals.push({ ...proposal, ...found, samples: reportedSamples(proposal.samples, found), stability });
  }
  const isAwaiting = proposals.some(({ state }) => state === 'AWAITING_APPROVAL');
  const report = buildReport({
    identity: identityOf(review, occasion, isAwaiting, fingerprintsOf(evidence)),
    analysis: review.analysis,
    findings: review.findings ?? [],
    proposals,
    catalogue,
    replayCost: { spentNanoUsd: review.replaySpentNano, capNanoUsd: review.replayCapNano },
  });
  await storeReport(db, report);
}

/** Fixes plan and hash of a proposal that passed. One whose privacy or residency is not beyond doubt is held instead. */
async function askForVerdict(
  db: Database,
  review: ReviewForSteps,
  { policySha256 }: ReportOccasion,
  proposal: ProposalRow,
  found: ReplayEvidence,
  catalogue: Catalogue,
): Promise<void> {
  const { change, comparisons, finding } = proposal;
  const proof = comparisons.at(-1);
  if (change === null || proof === undefined) {
    throw new RoutingError(
      'internal',
      `Proposal ${proposal.id} passed without a change or a comparison. This is a defect of Signalbox: please report it.`,
    );
  }
  const move = { id: proposal.id, key: 'report', actor: 'review' };
  const obstacle = obstacleOf(proposal, change, review, catalogue);
  if (obstacle !== undefined) {
    await moveProposal(db, { ...move, to: 'HELD', set: { heldBy: 'ineligible', heldDetail: obstacle } });
    return;
  }
  const rolloutPlan = rolloutPlanOf(finding, proof, review.settings);
  const hash = evidenceSha256({
    proposalId: proposal.id,
    change,
    comparisons,
    sampleManifests: reportedSamples(proposal.samples, found).map(({ manifestSha256 }) => manifestSha256),
    fingerprints: found.fingerprints,
    catalogueVersion: review.catalogueVersion,
    policy: { version: proposal.baseVersion, sha256: policySha256 },
    settings: review.settings,
    rolloutPlan,
    codeVersion: programVersion(),
  });
  await moveProposal(db, { ...move, to: 'AWAITING_APPROVAL', set: { rolloutPlan, evidenceSha256: hash } });
}

function obstacleOf(
  { name }: ProposalRow,
  change: NonNullable<ProposalRow['change']>,
  { analysis }: ReviewForSteps,
  catalogue: Catalogue,
): string | undefined {
  const figures = analysis?.classes.find((one) => one.name === name);
  if (figures === undefined) return 'The analysis does not say which privacy tiers and residencies its tasks had.';
  return obstacleTo(figures.demands, change, catalogue);
}

async function catalogueOf(db: Database, version: string): Promise<Catalogue> {
  const body = await catalogueBody(db, version);
  if (body === undefined) throw new RoutingError('no_active_policy', `Catalogue version ${version} is not in the database.`);
  return storedCatalogueFromJson(body).catalogue;
}

function identityOf(
  review: ReviewForSteps,
  { now, startedAt, trigger, policySha256 }: ReportOccasion,
  isAwaiting: boolean,
  fingerprints: ReportIdentity['fingerprints'],
): ReportIdentity {
  const { scope, windowFrom, windowTo, requestedBy, catalogueVersion, seed, settings } = review;
  return {
    reviewId: review.id,
    ...{ scope, windowFrom, windowTo, startedAt, reportedAt: now },
    expiresAt: isAwaiting ? now + settings.verdict.expiresAfterMs : null,
    ...{ trigger, requestedBy, policy: { version: review.baseVersion, sha256: policySha256 }, catalogueVersion },
    codeVersion: programVersion(),
    ...{ seed, fingerprints, settings },
  };
}
