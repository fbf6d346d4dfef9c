/** The beginning of a cascade's replay: which of its steps may take this task, and is there money for all of them? */

import { canonicalJson, sha256Hex } from '../../../db/documents/canonical-json';
import type { Grader } from '../../../db/documents/grader';
import { promptDocument, taskFactsOf } from '../../../db/documents/submission';
import { openReplay } from '../../../db/queries/replays';
import { REQUEST_BYTES } from '../../../routing/cascade/confidence';
import { TRIES_OF_CHECK } from '../../../routing/cascade/next-step';
import type { PlannedStep } from '../../../routing/cascade/plan';
import type { CascadeRoute } from '../../../routing/decision/policy';
import { rubricFor } from '../../../routing/judging/settings';
import { decideCascadeReplay } from '../../../routing/review/replay/replay-decision';
import { describePrompt } from '../../../routing/task/describe-prompt';
import { taskClassOf } from '../../../routing/task/descriptor';
import type { NanoUsd } from '../../../routing/units';
import type { ReplayInput } from '../../../workflows/messages';
import type { Deps } from '../../deps';
import { type OpenedOne, openedOne, REPLAY_SCOPE, type ReplaySubject, reservedForOneCall } from './open';

export type CascadeSubject = ReplaySubject & { readonly cascade: CascadeRoute };

/**
 * Plans the steps as dispatch would, takes the worst case of every try of every step and check from the review's cap, and commits the
 * task of the replay.
 */
export async function openCascade(deps: Deps, input: ReplayInput, subject: CascadeSubject): Promise<OpenedOne> {
  const { taskId, original, policyVersion, catalogueVersion, cascade: route, model: name } = subject;
  if (original === null) return { kind: 'excluded', why: 'gone' };
  const isJudged = subject.judge !== null && rubricFor(subject.judge, subject.name) !== undefined;
  if (original.grader === null && original.score === null && !isJudged) return { kind: 'excluded', why: 'no-grader' };
  const [policy, { catalogue }] = await Promise.all([deps.rules.policy(policyVersion), deps.rules.catalogue(catalogueVersion)]);
  const task = { ...taskFactsOf(taskId, original), scope: REPLAY_SCOPE };
  const prompt = promptDocument.parse(original.prompt);
  const descriptor = describePrompt(prompt, task);
  const now = deps.now();
  const grader = original.grader as Grader | null;
  const decided = decideCascadeReplay({
    ...{ route, models: catalogue.models, catalogueVersion, policy, task, descriptor, now },
    taskClass: original.taskClass ?? taskClassOf(task.taskClass, descriptor),
    promptBytes: original.promptBytes,
    messageCount: prompt.messages.length,
    ...(original.maxOutputTokens === null ? {} : { maxOutputTokens: original.maxOutputTokens }),
    tries: input.tries,
    ...(grader === null ? {} : { graderKind: grader.kind }),
  });
  if (decided?.cascade === undefined) return { kind: 'excluded', why: 'not-admissible' };

  const { proposalId, reviewId, pass, role } = input;
  const worst = await Promise.all(decided.cascade.steps.map((step) => reservedForStep(deps, subject, step, input.tries)));
  const amountNano = worst.reduce((sum, amount) => sum + amount, 0);
  const opening = await openReplay(deps.db, {
    ...{ proposalId, reviewId, pass, taskId, role, model: name, decidedModel: decided.model },
    ...{ replayTaskId: deps.newId(), decisionId: deps.newId(), amountNano },
    ...{ taskClass: decided.taskClass, tier: decided.tier, policyVersion, catalogueVersion, record: decided },
    inputs: { replay: { proposalId, role, tries: input.tries }, now },
    scope: REPLAY_SCOPE,
    bodySha256: sha256Hex(canonicalJson({ replayOf: taskId, model: name })),
  });
  return openedOne(opening, amountNano, null);
}

/** The most that all tries of a step and of its check may cost together. */
async function reservedForStep(deps: Deps, subject: ReplaySubject, step: PlannedStep, tries: number): Promise<NanoUsd> {
  const answer = await reservedForPart(deps, subject, step, 'answer');
  return tries * answer + (step.check?.link === undefined ? 0 : TRIES_OF_CHECK * (await reservedForPart(deps, subject, step, 'check')));
}

/**
 * The most that one call of a step may cost by the catalogue in force. What a judge reads is not there before the answer is: its call
 * is as dear as the decision took it for.
 */
export async function reservedForPart(
  deps: Deps,
  subject: ReplaySubject,
  { link, check }: PlannedStep,
  part: 'answer' | 'check',
): Promise<NanoUsd> {
  if (part === 'check' && check?.terms.kind === 'judge') return check.link?.maxCostNanoUsd ?? 0;
  const model = part === 'check' ? (check?.link?.model ?? link.model) : link.model;
  const { original } = subject;
  const addedBytes = part === 'answer' && check?.terms.kind === 'confidence' ? REQUEST_BYTES : 0;
  const sent = original === null ? null : { ...original, promptBytes: original.promptBytes + addedBytes };
  return reservedForOneCall(deps, { ...subject, original: sent, model }, null);
}
