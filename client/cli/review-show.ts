/** `signalbox review show ID`: one review with everything under it. */

import { type EvaluatedPairs, loadEvaluatedPairs } from '../../db/queries/evaluations';
import { loadReviewProgress, type ReviewProgress } from '../../db/queries/review-progress';
import { nanoToUsd } from '../../routing/units';
import { loadReview, type ReviewStory } from '../reviews';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import { describeReview, type EarlierEvaluations } from './terminal/review';

export async function runReviewShow(id: string, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const { story, progress, earlier } = await withDatabase(cli, options, async (db) => {
    const found = await loadReview(db, id);
    const pairs = new Map<string, readonly EvaluatedPairs[]>();
    for (const { id: proposalId, baseline, candidate, classes } of found.proposals) {
      if (baseline === null || candidate === null) continue;
      pairs.set(proposalId, await loadEvaluatedPairs(db, { baseline, candidate, classes }));
    }
    return { story: found, progress: await loadReviewProgress(db, found.review.id), earlier: pairs };
  });
  if (options.json) cli.output.printJson(shapeOf(story, progress, earlier));
  else cli.output.print(describeReview(story, progress, earlier, cli.output));
  return EXIT.ok;
}

/** A contract with programs: the report, the analysis and the findings are left to `review report`. */
function shapeOf({ review, proposals, triggers, approvals, rollouts }: ReviewStory, progress: ReviewProgress, earlier: EarlierEvaluations) {
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
      earlierEvaluations: (earlier.get(proposal.id) ?? []).map(({ evaluatedAt, ...pairs }) => ({
        ...pairs,
        evaluatedAt: new Date(evaluatedAt).toISOString(),
      })),
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
