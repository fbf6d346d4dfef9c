/**
 * The beginning of a judgement: is there something to judge, may this judge see it and judge these models, and is there money for it?
 */

import { canonicalJson, sha256Hex } from '../../../db/documents/canonical-json';
import { rubricVersion } from '../../../db/documents/rubric-version';
import { promptDocument, taskFactsOf } from '../../../db/documents/submission';
import { type AnswerToJudge, loadAnswersToJudge } from '../../../db/queries/replay-inputs';
import { openReplay } from '../../../db/queries/replays';
import type { Catalogue, Model } from '../../../routing/catalogue';
import { comparePrompt } from '../../../routing/judging/compare-prompt';
import { kinOf } from '../../../routing/judging/family';
import type { JudgeRole } from '../../../routing/judging/judgement';
import { badAnswer } from '../../../routing/judging/sentinel';
import { rubricFor } from '../../../routing/judging/settings';
import { decideReplay } from '../../../routing/review/replay/replay-decision';
import { describePrompt } from '../../../routing/task/describe-prompt';
import { taskClassOf } from '../../../routing/task/descriptor';
import type { ReplayInput } from '../../../workflows/messages';
import type { Deps } from '../../deps';
import { type OpenedOne, openedOne, REPLAY_SCOPE, type ReplaySubject, reservedForOneCall } from './open';

export type OpenedJudgement = OpenedOne | { readonly kind: 'unneeded' };

/** Says nothing of a pair that has scores already, or whose models failed by themselves. */
const UNNEEDED = { kind: 'unneeded' } as const;

/**
 * Takes the worst case of every try from the review's cap, and commits the task of the judgement with what the judge will read.
 *
 * Its privacy tier, its residency and the models that its submitter excluded are the original's; everything else that the submitter
 * asked for was asked of the answer, not of its judge. The filter is asked before anything is written, and once more right before
 * each call.
 */
export async function openJudgement(
  deps: Deps,
  input: ReplayInput & { readonly role: JudgeRole },
  subject: ReplaySubject,
): Promise<OpenedJudgement> {
  const { taskId, original, policyVersion, catalogueVersion, judge, name } = subject;
  if (original === null) return { kind: 'excluded', why: 'gone' };
  const rubric = judge === null ? undefined : rubricFor(judge, name);
  if (judge === null || rubric === undefined || original.grader !== null) return UNNEEDED;
  const answers = await answersOf(deps, input, subject);
  if (answers === 'unneeded') return UNNEEDED;
  if (answers === 'gone') return { kind: 'excluded', why: 'gone' };

  const [policy, { catalogue }] = await Promise.all([deps.rules.policy(policyVersion), deps.rules.catalogue(catalogueVersion)]);
  const model = catalogue.models.get(subject.model);
  if (model === undefined) return { kind: 'excluded', why: 'not-admissible' };
  if (isKin(model, subject, catalogue)) return { kind: 'excluded', why: 'judge-family' };

  const inOrder = input.role === 'judge-baseline-first' ? answers : [...answers].reverse();
  const [first, second] = inOrder as [string, string];
  const prompt = comparePrompt({
    ...{ rubric, first, second },
    task: promptDocument.parse(original.prompt),
    seed: deps.newId(),
    isStructured: model.capabilities.includes('structured-output'),
  });
  const content = JSON.stringify(prompt);
  const promptBytes = Buffer.byteLength(content);
  const { constraints: asked } = taskFactsOf(taskId, original);
  const constraints = asked.excludeModels === undefined ? {} : { excludeModels: asked.excludeModels };
  const facts = { priority: 0, requires: {}, constraints, scope: REPLAY_SCOPE };
  const task = taskFactsOf(taskId, { ...original, facts });
  const descriptor = describePrompt(prompt, task);
  const now = deps.now();
  const decided = decideReplay({
    ...{ model, catalogueVersion, policy, task, descriptor, promptBytes, now },
    taskClass: original.taskClass ?? taskClassOf(task.taskClass, descriptor),
    messageCount: prompt.messages.length,
    maxOutputTokens: judge.maxOutputTokens,
    tries: input.tries,
    reason: `A review has the two answers to task ${taskId} compared by ${model.id}: this is the judge that its policy names.`,
  });
  if (decided.kind === 'refused') return { kind: 'excluded', why: 'not-admissible' };

  const request = { prompt, promptBytes };
  const amountNano = input.tries * (await reservedForOneCall(deps, subject, request));
  const { proposalId, reviewId, pass, role } = input;
  const opening = await openReplay(deps.db, {
    ...{ proposalId, reviewId, pass, taskId, role, model: model.id },
    ...{ replayTaskId: deps.newId(), decisionId: deps.newId(), amountNano },
    ...{ taskClass: decided.taskClass, tier: decided.tier, policyVersion, catalogueVersion, record: decided },
    inputs: { judgement: { proposalId, role, tries: input.tries }, now },
    scope: REPLAY_SCOPE,
    bodySha256: sha256Hex(canonicalJson({ judgementOf: taskId, proposalId, role, model: model.id })),
    judging: { rubric: rubricVersion(rubric), facts, prompt: content, promptBytes, promptSha256: sha256Hex(content) },
  });
  return openedOne(opening, amountNano, request);
}

/** The answers of baseline and candidate. Of a sentinel, what the original was answered and an answer that is known to be bad. */
async function answersOf(
  { db }: Deps,
  { proposalId, pass }: ReplayInput,
  { taskId, isSentinel }: ReplaySubject,
): Promise<readonly [baseline: string, candidate: string] | 'unneeded' | 'gone'> {
  const { baseline, candidate, original } = await loadAnswersToJudge(db, { proposalId, pass, taskId });
  if (isSentinel) return original === null ? 'gone' : [original, badAnswer(original, taskId)];
  if (!isUnscored(baseline) || !isUnscored(candidate)) return 'unneeded';
  return baseline.text === null || candidate.text === null ? 'gone' : [baseline.text, candidate.text];
}

/** It was answered, and nothing could score the answer. */
function isUnscored(answer: AnswerToJudge | null): answer is AnswerToJudge {
  return answer !== null && answer.outcome === 'excluded' && answer.why === 'no-grader';
}

/** Whether the judge is one of the compared models or of their family; a model that the catalogue no longer has may be. */
function isKin(judge: Model, { compared }: ReplaySubject, { models }: Catalogue): boolean {
  const judged = compared.map((id) => (id === null ? undefined : models.get(id)));
  return judged.some((model) => model === undefined || kinOf(judge, [model]) !== undefined);
}
