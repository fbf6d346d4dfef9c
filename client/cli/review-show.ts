/** `signalbox review show ID`: one review with everything under it. */

import { loadReviewProgress, type ReviewProgress } from '../../db/queries/review-progress';
import { nanoToUsd } from '../../routing/units';
import { loadReview, type ReviewStory } from '../reviews';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import { describeReview } from './terminal/review';

export async function runReviewShow(id: string, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const { story, progress } = await withDatabase(cli, options, async (db) => {
    const found = await loadReview(db, id);
    return { story: found, progress: await loadReviewProgress(db, found.review.id) };
  });
  if (options.json) cli.output.printJson(shapeOf(story, progress));
  else cli.output.print(describeReview(story, progress, cli.output));
  return EXIT.ok;
}

/** A contract with programs: the report, the analysis and the findings are left to `review report`. */
function shapeOf({ review, proposals, triggers, approvals, rollouts }: ReviewStory, progress: ReviewProgress) {
  const { id, scope, phase, endKind, endReason, triggerKind, triggerDetail, requestedBy, baseVersion, catalogueVersion, seed } = review;
  const { windowFrom, windowTo, startedAt, reportedAt, expiresAt, endedAt } = review;
  return {
    ...{ reviewId: id, scope, phase, endKind, endReason, triggerKind, triggerDetail, requestedBy, baseVersion, catalogueVersion, seed },
    ...{ windowFrom, windowTo, startedAt, reportedAt, expiresAt, endedAt },
    replays: {
      planned: progress.replaysPlanned,
      done: progress.replaysDone,
      spentUsd: nanoToUsd(progress.spentNano),
      capUsd: nanoToUsd(progress.capNano),
    },
    proposals: proposals.map((proposal) => ({
      proposalId: proposal.id,
      name: proposal.name,
      classes: proposal.classes,
      state: proposal.state,
      verdict: proposal.verdict,
      heldBy: proposal.heldBy,
      heldDetail: proposal.heldDetail,
      escalation: proposal.escalation,
      baseline: proposal.baseline,
      candidate: proposal.candidate,
      change: proposal.change,
      pass: proposal.pass,
      evidenceSha256: proposal.evidenceSha256,
      movedAt: proposal.movedAt,
    })),
    triggers: triggers.map(({ id: triggerId, kind, detail, requestedBy: by, at, isJoined }) => ({
      ...{ triggerId, kind, detail, at, isJoined },
      requestedBy: by,
    })),
    verdicts: approvals.map(({ id: approvalId, proposalId, verdict, actor, note, givenAt, state, refusal }) => ({
      ...{ approvalId, proposalId, verdict, actor, note, givenAt, state, refusal },
    })),
    rollouts: rollouts.map(({ id: rolloutId, name, state, reason, weight, step }) => ({ rolloutId, name, state, reason, weight, step })),
  };
}
