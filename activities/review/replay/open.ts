/** The beginning of a replay: may the model take this task, and is there money for it? */

import { canonicalJson, sha256Hex } from '../../../db/documents/canonical-json';
import { promptDocument, taskFactsOf } from '../../../db/documents/submission';
import type { OpenedReplay, ReplayToMake } from '../../../db/queries/replay-inputs';
import { openReplay, type ReplayOpening } from '../../../db/queries/replays';
import { rubricFor } from '../../../routing/judging/settings';
import { decideReplay } from '../../../routing/review/replay/replay-decision';
import { describePrompt } from '../../../routing/task/describe-prompt';
import { taskClassOf } from '../../../routing/task/descriptor';
import type { BudgetScope } from '../../../routing/task/task';
import type { NanoUsd } from '../../../routing/units';
import type { ReplayInput } from '../../../workflows/messages';
import { requestTo } from '../../call/request';
import type { Deps } from '../../deps';

/** Budgets that replays and golden sets are counted in beside the global ones: a review is nobody's team. */
export const REPLAY_SCOPE: BudgetScope = { tag: 'signalbox-replay' };

/** A replay whose model is known. */
export type ReplaySubject = ReplayToMake & { readonly model: string };

export type OpenedOne =
  | { readonly kind: 'opened'; readonly row: OpenedReplay }
  /** `exists`: somebody else began it at the same time. `cap-busy`: there will be room when open replays have ended. */
  | { readonly kind: 'exists' | 'cap-busy' | 'capped' | 'closed' }
  /** It may not be made, and says nothing of the model. */
  | { readonly kind: 'excluded'; readonly why: 'gone' | 'no-grader' | 'not-admissible' | 'judge-family' };

/**
 * Decides, takes the worst case of every try from the review's cap, and commits the task of the replay.
 *
 * The filter is asked before anything is written, so that no decision names a model that may not see the task; it is asked once more
 * right before each call.
 */
export async function openOne(deps: Deps, input: ReplayInput, subject: ReplaySubject): Promise<OpenedOne> {
  const { taskId, original, policyVersion, catalogueVersion } = subject;
  if (original === null) return { kind: 'excluded', why: 'gone' };
  // What was never scored and has nothing to score it with would be paid for in vain.
  const isJudged = subject.judge !== null && rubricFor(subject.judge, subject.name) !== undefined;
  if (original.grader === null && original.score === null && !isJudged) return { kind: 'excluded', why: 'no-grader' };
  const [policy, { catalogue }] = await Promise.all([deps.rules.policy(policyVersion), deps.rules.catalogue(catalogueVersion)]);
  const model = catalogue.models.get(subject.model);
  if (model === undefined) return { kind: 'excluded', why: 'not-admissible' };

  const task = { ...taskFactsOf(taskId, original), scope: REPLAY_SCOPE };
  const prompt = promptDocument.parse(original.prompt);
  const descriptor = describePrompt(prompt, task);
  const now = deps.now();
  const decided = decideReplay({
    model,
    catalogueVersion,
    policy,
    task,
    taskClass: original.taskClass ?? taskClassOf(task.taskClass, descriptor),
    descriptor,
    promptBytes: original.promptBytes,
    messageCount: prompt.messages.length,
    ...(original.maxOutputTokens === null ? {} : { maxOutputTokens: original.maxOutputTokens }),
    tries: input.tries,
    now,
  });
  if (decided.kind === 'refused') return { kind: 'excluded', why: 'not-admissible' };

  const amountNano = input.tries * (await reservedForOneCall(deps, subject, null));
  const { proposalId, reviewId, pass, role } = input;
  const opening = await openReplay(deps.db, {
    proposalId,
    reviewId,
    pass,
    taskId,
    role,
    model: model.id,
    replayTaskId: deps.newId(),
    decisionId: deps.newId(),
    amountNano,
    taskClass: decided.taskClass,
    tier: decided.tier,
    policyVersion,
    catalogueVersion,
    record: decided,
    inputs: { replay: { proposalId, role, tries: input.tries }, now },
    scope: REPLAY_SCOPE,
    bodySha256: sha256Hex(canonicalJson({ replayOf: taskId, model: model.id })),
  });
  return openedOne(opening, amountNano, null);
}

/** How an opening went, for whoever goes on with it. */
export function openedOne(opening: ReplayOpening, reservedNano: NanoUsd, request: OpenedReplay['request']): OpenedOne {
  switch (opening.kind) {
    case 'opened': {
      const { replayTaskId, decisionId } = opening;
      const begun = { replayTaskId, decisionId, reservedNano, request };
      return { kind: 'opened', row: { ...begun, state: 'open', spentNano: 0, calls: 0, last: null, sinceLastMs: 0, elapsedMs: 0 } };
    }
    case 'gone':
      return { kind: 'excluded', why: 'gone' };
    case 'capped':
      return { kind: opening.mayFree ? 'cap-busy' : 'capped' };
    default:
      return { kind: opening.kind };
  }
}

/**
 * The most that one call may cost by the catalogue in force. Nothing for a model that is not in it, which is never called, and for
 * one whose price is unknown and that was allowed by name.
 *
 * @param request what a judge reads; null: the original's own prompt is sent
 */
export async function reservedForOneCall(
  deps: Deps,
  { model: name, original, judge, policyVersion, catalogueVersion }: ReplaySubject,
  request: OpenedReplay['request'],
): Promise<NanoUsd> {
  const [policy, { catalogue }] = await Promise.all([deps.rules.policy(policyVersion), deps.rules.catalogue(catalogueVersion)]);
  const model = catalogue.models.get(name);
  if (model === undefined || original === null) return 0;
  const asked = request === null ? original.maxOutputTokens : judge?.maxOutputTokens;
  const maxOutputTokens = asked ?? policy.constraints.defaultMaxOutputTokens;
  return requestTo(model, request ?? original, { chain: [], maxOutputTokens }).worstCaseNano ?? 0;
}
