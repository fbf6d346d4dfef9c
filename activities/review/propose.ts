/** What a review proposes: the smallest change of each class that is worth proving. */

import { randomUUID } from 'node:crypto';
import { loadCallTokens } from '../../db/queries/call-tokens';
import { countChecks } from '../../db/queries/cascades';
import {
  addProposal,
  keepFindings,
  loadProposals,
  loadReviewForSteps,
  moveProposal,
  type ReviewForSteps,
} from '../../db/queries/proposals';
import { enterReviewPhase } from '../../db/queries/reviews';
import { loadStability } from '../../db/queries/stability';
import { RoutingError } from '../../routing/errors';
import type { Analysis, ClassFigures } from '../../routing/review/figures/figures';
import type { Finding } from '../../routing/review/findings';
import { callTokensOf } from '../../routing/review/propose/call-tokens';
import { compareFindings, screenClass } from '../../routing/review/propose/propose';
import { DAY_MS, WHOLE_SCOPE } from '../../routing/review/settings';
import type { Deps } from '../deps';

/** A proposal that is worth replaying; those that are not have a row that says why. */
export interface ProposedChange {
  readonly proposalId: string;
  readonly name: string;
}

/** Who makes the moves of a review, in the audit log. */
const ACTOR = 'review';

/**
 * Screens the classes of a review and keeps what it finds of each. A class that something is to be said of gets a proposal: SCREENED
 * with its first candidate, or HELD with the reason. Those that are SCREENED are returned, in the order in which to replay them.
 */
export async function proposeChanges(
  deps: Deps,
  { reviewId }: { readonly reviewId: string },
  signal: AbortSignal,
): Promise<readonly ProposedChange[]> {
  const { reviewDb } = deps;
  const review = await loadReviewForSteps(reviewDb, reviewId);
  // Kept findings are not made again: proposals rest on them, and time has passed since.
  const findings = review.findings ?? (await keepFindings(reviewDb, reviewId, await screenClasses(deps, review, signal)));
  for (const finding of findings) {
    signal.throwIfAborted();
    await propose(deps, review, finding);
  }
  await enterReviewPhase(reviewDb, reviewId, 'replaying');
  const screened = (await loadProposals(reviewDb, reviewId)).filter(({ state }) => state === 'SCREENED');
  return [...screened].sort((a, b) => compareFindings(a.finding, b.finding)).map(({ id, name }) => ({ proposalId: id, name }));
}

async function screenClasses(deps: Deps, review: ReviewForSteps, signal: AbortSignal): Promise<Finding[]> {
  const { reviewDb, rules } = deps;
  const analysis = analysisOf(review);
  const [policy, { catalogue, providers }] = await Promise.all([
    rules.policy(review.baseVersion),
    rules.catalogue(review.catalogueVersion),
  ]);
  // The window ends at the database's time of the opening: a worker whose clock is slow must not miss a change that was made.
  const now = review.windowTo;
  const checkCounts = await countChecks(reviewDb, Math.ceil((analysis.to - analysis.from) / DAY_MS));
  const findings: Finding[] = [];
  for (const figures of analysis.classes.filter((each) => isInScope(each, review.scope))) {
    signal.throwIfAborted();
    const [stability, calls] = await Promise.all([
      loadStability(reviewDb, figures.classes, now),
      loadCallTokens(reviewDb, figures.classes, analysis),
    ]);
    const tokens = callTokensOf(calls, catalogue);
    findings.push(
      screenClass({
        figures,
        family: analysis.classes,
        windowMs: analysis.to - analysis.from,
        ...(tokens === undefined ? {} : { tokens }),
        policy,
        settings: review.settings,
        catalogue,
        configuredProviders: providers.configured(),
        stability,
        checkCounts,
        replayLeftNanoUsd: review.replayCapNano - review.replaySpentNano - review.replayReservedNano,
        now,
      }),
    );
  }
  return findings;
}

function analysisOf({ id, analysis }: ReviewForSteps): Analysis {
  if (analysis === null) throw new RoutingError('internal', `Review ${id} has no analysis to propose from.`);
  return analysis;
}

function isInScope({ name, classes }: ClassFigures, scope: string): boolean {
  return scope === WHOLE_SCOPE || name === scope || classes.includes(scope);
}

/** Adds the proposal of a class and makes its first move; found made the second time. */
async function propose({ reviewDb }: Deps, { id: reviewId, baseVersion }: ReviewForSteps, finding: Finding): Promise<void> {
  const { name, classes, baseline, heldBy, escalation, candidates } = finding;
  const [first] = candidates;
  if (first === undefined && heldBy === undefined) return;
  const id = await addProposal(reviewDb, {
    id: randomUUID(), // by its first digits people tell it from its neighbours
    reviewId,
    name,
    classes,
    ...(baseline === undefined ? {} : { baseline: baseline.model }),
    finding,
    baseVersion,
    actor: ACTOR,
  });
  const change = first === undefined ? {} : { candidate: first.model, change: first.change };
  if (heldBy === undefined) {
    await moveProposal(reviewDb, { id, to: 'SCREENED', key: 'screened', actor: ACTOR, set: change });
  } else {
    const held = { heldBy: heldBy.by, heldDetail: heldBy.detail, ...(escalation === undefined ? {} : { escalation: escalation.rule }) };
    await moveProposal(reviewDb, { id, to: 'HELD', key: 'screened', actor: ACTOR, set: { ...change, ...held } });
  }
}
