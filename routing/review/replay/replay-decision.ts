/**
 * The decision of a replay: the model or the cascade under test, or nothing. Everything a decision asks before a task may go to a model is asked
 * here too; what a decision is for, to choose among models, is left out.
 */

import { modelOfCheck } from '../../cascade/check';
import { nameOfCascade } from '../../cascade/name';
import type { Catalogue, Model } from '../../catalogue';
import { decide } from '../../decision/decide';
import type { Decision, Refusal } from '../../decision/decision';
import { NO_KNOWLEDGE } from '../../decision/knowledge';
import { type CascadeRoute, modelsOfRoute, type Policy } from '../../decision/policy';
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

/** A past task that is to go through a cascade. */
export interface CascadeSubject extends Omit<ReplaySubject, 'model' | 'reason'> {
  readonly route: CascadeRoute;
  /** Of its checks the name too; others are not looked at. */
  readonly models: Catalogue['models'];
  /** Kind of the task's grader, which a step may be checked by; absent: it has none. */
  readonly graderKind?: string;
}

/**
 * A chain of the one model, or a refusal with the rule that closes it.
 *
 * Expected quality and latency do not close it: to find them out is what the replay is for. Nor does the policy's list of approved
 * models, which is what the review may propose to change.
 */
export function decideReplay(subject: ReplaySubject): Decision | Refusal {
  const { model, policy, tries } = subject;
  const decided = decideOn(subject, new Map([[model.id, model]]), {});
  if (decided.kind === 'refused') return decided;
  return {
    ...underTest(decided, [
      subject.reason ??
        `A review runs task ${subject.task.id} again, on ${model.id}: this is the model under test, and nothing was chosen.`,
    ]),
    limits: { ...policy.attempts, maxModels: 1, triesPerModel: tries, maxAttempts: tries },
  };
}

/**
 * The steps that the task may go through, as dispatch would plan them; undefined where there is none. What does not close a model in
 * `decideReplay` does not close a step either.
 */
export function decideCascadeReplay(subject: CascadeSubject): Decision | undefined {
  const { route, policy, tries, taskClass } = subject;
  const asked = route.steps.flatMap(({ model, check }) => modelOfCheck(check, model) ?? []);
  const names = new Set([...modelsOfRoute(route), ...asked]);
  const models = new Map([...subject.models].filter(([id]) => names.has(id)));
  const decided = decideOn(subject, models, { [taskClass]: { route, tolerance: policy.defaultTolerance } });
  if (decided.kind === 'refused' || decided.cascade === undefined) return undefined;
  return {
    ...underTest(decided, [
      `A review runs task ${subject.task.id} again, through ${nameOfCascade(modelsOfRoute(route))}: this is what is under test, and nothing was chosen.`,
    ]),
    limits: { ...policy.attempts, triesPerModel: tries },
  };
}

function decideOn(
  { graderKind, ...subject }: Omit<CascadeSubject, 'route' | 'models'>,
  models: Catalogue['models'],
  classes: Policy['classes'],
): Decision | Refusal {
  const { policy, maxOutputTokens } = subject;
  const { minQuality: _, maxLatencyMs: __, ...constraints } = subject.task.constraints;
  return decide({
    task: { ...subject.task, taskClass: subject.taskClass, constraints },
    descriptor: subject.descriptor,
    promptBytes: subject.promptBytes,
    messageCount: subject.messageCount,
    catalogue: { version: subject.catalogueVersion, models, defaultModels: new Map() },
    policy: {
      ...policy,
      classes,
      constraints: { ...policy.constraints, ...(maxOutputTokens === undefined ? {} : { defaultMaxOutputTokens: maxOutputTokens }) },
    },
    knowledge: NO_KNOWLEDGE,
    now: subject.now,
    seed: subject.task.id,
    ...(graderKind === undefined ? {} : { graderKind }),
  });
}

function underTest(decided: Decision, reasons: Decision['reasons']): Decision {
  return { ...decided, chosenBy: 'replay', propensity: 1, reasons };
}
