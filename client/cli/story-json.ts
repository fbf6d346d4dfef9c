/** The story of a task as `task ID --json` prints it: a contract with programs, so it does not follow the tables by itself. */

import type { Decision, Refusal } from '../../routing/decision/decision';
import { type NanoUsd, nanoToUsd } from '../../routing/units';
import type { TaskStory } from '../index';

/** Money in dollars, times in milliseconds, instants in UTC, content as it is. */
export function storyToJson(story: TaskStory) {
  const { task, decision, outcome } = story;
  return {
    taskId: task.id,
    externalId: task.externalId,
    status: task.status,
    taskClass: task.taskClass,
    priority: task.priority,
    privacyTier: task.privacyTier,
    residency: task.residency,
    dryRun: task.dryRun,
    facts: task.facts,
    acceptedAt: task.acceptedAt,
    startedAt: task.startedAt,
    endedAt: task.endedAt,
    cancelRequestedAt: task.cancelRequestedAt,
    prompt: story.prompt,
    promptBytes: story.promptBytes,
    contentErasedAt: story.contentErasedAt,
    decision:
      decision === undefined
        ? null
        : { decisionId: decision.id, decidedAt: decision.decidedAt, ...(decision.record as Decision | Refusal), inputs: decision.inputs },
    slot:
      story.slot === undefined
        ? null
        : {
            mode: story.slot.mode,
            account: story.slot.account,
            model: story.slot.model,
            reason: story.slot.reason,
            alternatives: story.slot.alternatives,
            expectedValue: story.slot.expectedValue,
            valueSource: story.slot.valueSource,
            valueBasis: story.slot.valueBasis,
            valueRemark: story.slot.valueRemark,
          },
    attempts: story.attempts.map((attempt) => ({
      attemptId: attempt.id,
      number: attempt.number,
      model: attempt.model,
      step: attempt.step,
      part: attempt.part,
      state: attempt.state,
      failure:
        attempt.failureClass === null
          ? null
          : {
              class: attempt.failureClass,
              message: attempt.failureMessage,
              httpStatus: attempt.httpStatus,
              retryAfterMs: attempt.retryAfterMs,
            },
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt,
      latencyMs: attempt.latencyMs,
      firstTokenMs: attempt.firstTokenMs,
      usage: attempt.usage,
      reservedUsd: usd(attempt.reservedNano),
      costUsd: usd(attempt.costNano),
      costBasis: attempt.costBasis,
      providerRequestId: attempt.providerRequestId,
      servedModel: attempt.servedModel,
      worker: attempt.worker,
    })),
    steps: story.steps.map(({ step, model, checkKind, result, why, checkCostNano, checkMs, stated, calibrated, score }) => ({
      ...{ step, model, check: checkKind, result, why, checkCostUsd: usd(checkCostNano), checkMs, stated, calibrated, score },
    })),
    fallbacks: story.fallbacks.map(({ fromModel, toModel, failureClass, at }) => ({ fromModel, toModel, failureClass, at })),
    outcome:
      outcome === undefined
        ? null
        : {
            outcome: outcome.kind,
            code: outcome.code,
            reason: outcome.reason,
            model: outcome.model,
            attempts: outcome.attempts,
            costUsd: usd(outcome.costNano),
            score: outcome.score,
            scoreDetail: outcome.scoreDetail,
            endedAt: outcome.endedAt,
          },
    answer: story.answer ?? null,
    ratings: story.ratings.map(({ model, tier, score, source, ratedBy, ratedAt }) => ({ model, tier, score, source, ratedBy, ratedAt })),
  };
}

function usd(nano: NanoUsd | null): number | null {
  return nano === null ? null : nanoToUsd(nano);
}
