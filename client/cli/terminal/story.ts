/** The story of a task for people, in the order in which it happened. */

import type { Decision, Refusal } from '../../../routing/decision/decision';
import { type Prompt, taskTextOf } from '../../../routing/task/prompt';
import { formatUsd } from '../../../routing/units';
import type { TaskStory } from '../../index';
import { describeDecision } from './decision';
import type { Output } from './output';
import { describeWorth } from './slot';
import { beginningOf, formatInstant, formatMs, indented, onOneLine, withoutEscapes } from './text';

/** Characters of a prompt and of an answer that are shown; a whole answer of a usual task. */
const SHOWN_PROMPT = 2_000;
const SHOWN_ANSWER = 20_000;

export function describeStory(story: TaskStory, output: Output): string {
  const { colors } = output;
  const sections: readonly (readonly [title: string, text: string | undefined])[] = [
    [`Task ${story.task.id}`, describeTask(story)],
    ['Prompt', describePrompt(story)],
    ['Decision', describeRecord(story, output)],
    ['Slot', describeSlot(story)],
    ['Calls', describeAttempts(story, output)],
    ['Steps', describeSteps(story, output)],
    ['Fallbacks', describeFallbacks(story)],
    ['Outcome', describeOutcome(story)],
    ['Answer', describeAnswer(story)],
    ['Ratings', describeRatings(story)],
  ];
  return sections
    .filter((section): section is readonly [string, string] => section[1] !== undefined)
    .map(([title, text]) => `${colors.bold(title)}\n${indented(text)}`)
    .join('\n\n');
}

function describeTask({ task }: TaskStory): string {
  const where = [task.privacyTier, ...(task.residency === null ? [] : [`stays in ${task.residency}`]), `priority ${task.priority}`];
  return [
    onOneLine(`${task.status}, ${task.taskClass ?? 'not classified yet'}${task.dryRun ? ', dry run' : ''}`),
    onOneLine(where.join(', ')),
    ...(task.externalId === null ? [] : [onOneLine(`external id ${task.externalId}`)]),
    `accepted ${formatInstant(task.acceptedAt)}`,
    ...(task.cancelRequestedAt === null ? [] : [`cancel asked for ${formatInstant(task.cancelRequestedAt)}`]),
    ...(task.endedAt === null
      ? []
      : [`ended ${formatInstant(task.endedAt)}, after ${formatMs(task.endedAt.getTime() - task.acceptedAt.getTime())}`]),
  ].join('\n');
}

function describePrompt({ prompt, contentErasedAt }: TaskStory): string | undefined {
  if (prompt !== null) return beginningOf(withoutEscapes(taskTextOf(prompt as Prompt)), SHOWN_PROMPT);
  return contentErasedAt === null ? undefined : erasedOn(contentErasedAt);
}

function erasedOn(at: Date): string {
  return `erased on ${formatInstant(at)}`;
}

function describeRecord({ decision }: TaskStory, output: Output): string | undefined {
  if (decision === undefined) return undefined;
  const by = decision.chosenBy === null ? '' : `chosen by ${decision.chosenBy}, `;
  return [
    describeDecision(decision.record as Decision | Refusal, output),
    '',
    output.colors.dim(onOneLine(`${by}policy ${decision.policyVersion}, catalogue ${decision.catalogueVersion.slice(0, 12)}`)),
  ].join('\n');
}

function describeSlot({ slot }: TaskStory): string | undefined {
  if (slot === undefined) return undefined;
  const would = slot.mode === 'observe' ? 'Only observed. ' : '';
  const others = slot.alternatives.map(({ account, model, why }) => `not ${account} with ${model}: ${why}`);
  const remarks = [describeWorth(slot), ...(slot.valueRemark === null ? [] : [slot.valueRemark])];
  return [onOneLine(`${would}${slot.reason}`), ...remarks.map(onOneLine), ...others.map((line) => indented(onOneLine(line)))].join('\n');
}

function describeAttempts({ attempts }: TaskStory, { table }: Output): string | undefined {
  if (attempts.length === 0) return undefined;
  const isCascade = attempts.some(({ step }) => step !== null);
  const columns = [
    { title: '#', align: 'right' as const },
    ...(isCascade ? [{ title: 'for' }] : []),
    { title: 'model' },
    { title: 'state' },
    ...(['waited', 'took', 'reserved', 'charged'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: 'by' },
    { title: 'failure' },
  ];
  const rows = attempts.map(
    (
      { number, step, part, model, state, startedAt, latencyMs, reservedNano, costNano, costBasis, failureClass, failureMessage },
      index,
    ) => {
      const before = attempts[index - 1]?.endedAt;
      return [
        number,
        ...(isCascade ? [`${part === 'check' ? 'check of step' : 'step'} ${step}`] : []),
        model,
        state.replace('_', ' '),
        before == null ? null : formatMs(Math.max(0, startedAt.getTime() - before.getTime())),
        latencyMs === null ? null : formatMs(latencyMs),
        reservedNano === null ? null : formatUsd(reservedNano),
        costNano === null ? null : formatUsd(costNano),
        costBasis,
        failureClass === null ? '' : `${failureClass}: ${failureMessage ?? ''}`,
      ];
    },
  );
  return table(columns, rows);
}

function describeSteps({ steps, attempts }: TaskStory, { table }: Output): string | undefined {
  if (steps.length === 0) return undefined;
  const figures = ['score', 'step cost', 'check cost', 'check took'].map((title) => ({ title, align: 'right' as const }));
  const columns = [
    { title: 'step', align: 'right' as const },
    { title: 'model' },
    { title: 'check' },
    { title: 'result' },
    ...figures,
    { title: 'why' },
  ];
  const rows = steps.map(({ step, model, checkKind, result, score, checkCostNano, checkMs, why }) => {
    const costs = attempts.flatMap((call) => (call.step === step && call.part === 'answer' ? [call.costNano ?? 0] : []));
    return [
      step,
      model,
      checkKind ?? 'none',
      result,
      score === null ? null : score.toFixed(2),
      formatUsd(costs.reduce((sum, cost) => sum + cost, 0)),
      formatUsd(checkCostNano),
      formatMs(checkMs),
      why,
    ];
  });
  return table(columns, rows);
}

function describeFallbacks({ fallbacks }: TaskStory): string | undefined {
  if (fallbacks.length === 0) return undefined;
  return fallbacks.map(({ fromModel, toModel, failureClass }) => onOneLine(`${fromModel} → ${toModel}, after ${failureClass}`)).join('\n');
}

function describeOutcome({ outcome }: TaskStory): string | undefined {
  if (outcome === undefined) return undefined;
  const { kind, reason, model, attempts, costNano, score, scoreDetail } = outcome;
  const facts = [
    kind,
    ...(model === null ? [] : [`by ${model}`]),
    `${attempts} ${attempts === 1 ? 'call' : 'calls'}`,
    formatUsd(costNano),
    ...(score === null ? [] : [`score ${score.toFixed(2)}${scoreDetail === null ? '' : ` (${scoreDetail})`}`]),
  ];
  return [onOneLine(facts.join(', ')), withoutEscapes(reason)].join('\n');
}

function describeAnswer({ answer, outcome, contentErasedAt }: TaskStory): string | undefined {
  if (answer === undefined) return outcome?.attemptId != null && contentErasedAt !== null ? erasedOn(contentErasedAt) : undefined;
  const { text = '', toolCalls = [] } = answer as { readonly text?: string; readonly toolCalls?: readonly unknown[] };
  return [
    ...(text === '' ? [] : [beginningOf(withoutEscapes(text), SHOWN_ANSWER)]),
    ...toolCalls.map((call) => beginningOf(withoutEscapes(`tool call ${JSON.stringify(call)}`), SHOWN_PROMPT)),
  ].join('\n');
}

function describeRatings({ ratings }: TaskStory): string | undefined {
  if (ratings.length === 0) return undefined;
  return ratings
    .map(({ score, model, ratedBy, source, ratedAt }) =>
      onOneLine(`${score} of 5 for ${model}, by ${ratedBy} (${source}), ${formatInstant(ratedAt)}`),
    )
    .join('\n');
}
