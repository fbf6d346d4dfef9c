/**
 * The decision of a replay: the model under test or nothing. Everything a decision asks before a task may go to a model is asked
 * here too; what a decision is for, to choose among models, is left out.
 */

import type { Model } from '../../catalogue';
import { decide } from '../../decision/decide';
import type { Decision, Refusal } from '../../decision/decision';
import { NO_KNOWLEDGE } from '../../decision/knowledge';
import type { Policy } from '../../decision/policy';
import type { TaskDescriptor } from '../../task/descriptor';
import type { TaskFacts } from '../../task/task';

export interface ReplaySubject {
  readonly model: Model;
  readonly catalogueVersion: string;
  /** That the review is based on. */
  readonly policy: Policy;
  /** Of the original task: its tier, residency and the submitter's conditions hold for the replay. */
  readonly task: TaskFacts;
  /** Class that the original was counted in. */
  readonly taskClass: string;
  readonly descriptor: TaskDescriptor;
  readonly promptBytes: number;
  readonly messageCount: number;
  /** Tokens that the original answer was allowed; absent: the policy's default. */
  readonly maxOutputTokens?: number;
  /** Calls that the replay may have. */
  readonly tries: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Why this model, as a sentence; absent: it is under test. */
  readonly reason?: string;
}

/**
 * A chain of the one model, or a refusal with the rule that closes it.
 *
 * Expected quality and latency do not close it: to find them out is what the replay is for. Nor does the policy's list of approved
 * models, which is what the review may propose to change.
 */
export function decideReplay(subject: ReplaySubject): Decision | Refusal {
  const { model, policy, tries, maxOutputTokens } = subject;
  const { minQuality: _, maxLatencyMs: __, ...constraints } = subject.task.constraints;
  const decided = decide({
    task: { ...subject.task, taskClass: subject.taskClass, constraints },
    descriptor: subject.descriptor,
    promptBytes: subject.promptBytes,
    messageCount: subject.messageCount,
    catalogue: { version: subject.catalogueVersion, models: new Map([[model.id, model]]), defaultModels: new Map() },
    policy: {
      ...policy,
      classes: {},
      constraints: { ...policy.constraints, ...(maxOutputTokens === undefined ? {} : { defaultMaxOutputTokens: maxOutputTokens }) },
    },
    knowledge: NO_KNOWLEDGE,
    now: subject.now,
    seed: subject.task.id,
  });
  if (decided.kind === 'refused') return decided;
  return {
    ...decided,
    chosenBy: 'replay',
    propensity: 1,
    reasons: [
      subject.reason ??
        `A review runs task ${subject.task.id} again, on ${model.id}: this is the model under test, and nothing was chosen.`,
    ],
    limits: { ...policy.attempts, maxModels: 1, triesPerModel: tries, maxAttempts: tries },
  };
}
