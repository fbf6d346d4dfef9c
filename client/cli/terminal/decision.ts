/** A routing decision for people: where the task goes, why, and what else was considered. */

import type { PlannedStep } from '../../../routing/cascade/plan';
import type { Candidate, Decision, FilteredOut, Refusal } from '../../../routing/decision/decision';
import { formatUsd } from '../../../routing/units';
import type { Output } from './output';
import { formatMs, onOneLine } from './text';

export function describeDecision(decided: Decision | Refusal, output: Output): string {
  const { colors } = output;
  const head =
    decided.kind === 'routed'
      ? [
          `${colors.bold(decided.model)} for ${decided.taskClass} (tier ${decided.tier})`,
          `confidence ${decided.confidence} of 100, about ${decided.cascade === undefined ? costOf(decided.chosen) : formatUsd(decided.estimatedCostNanoUsd)} and ${formatMs(decided.estimatedLatencyMs)}`,
        ]
      : [`${colors.red('No model may take this task')}: ${decided.taskClass} (tier ${decided.tier})`];
  return [
    ...head.map(onOneLine),
    ...decided.reasons.map((reason) => `  - ${onOneLine(reason)}`),
    ...(decided.kind === 'routed' ? candidates(decided, output) : []),
    ...filtered(decided.filteredOut, output),
  ].join('\n');
}

function candidates({ chosen, alternatives, chain, cascade }: Decision, { colors, table }: Output): string[] {
  const figures = ['score', 'capability', 'cost', 'quality', 'latency', 'history', 'est. cost', 'est. time'] as const;
  const columns = [{ title: 'model' }, ...figures.map((title) => ({ title, align: 'right' as const }))];
  return [
    '',
    table(columns, [chosen, ...alternatives].map(candidateRow)),
    ...(chain.length > 1 && cascade === undefined
      ? ['', colors.dim(onOneLine(`If a call fails: ${chain.map(({ model }) => model).join(' → ')}`))]
      : []),
    ...(cascade === undefined ? [] : ['', table(STEP_COLUMNS, cascade.steps.map(stepRow))]),
  ];
}

const STEP_COLUMNS = [
  { title: 'step', align: 'right' as const },
  { title: 'model' },
  { title: 'check' },
  { title: 'asks' },
  ...['reached by', 'at most', 'check at most'].map((title) => ({ title, align: 'right' as const })),
];

function stepRow({ place, link, check, reach }: PlannedStep): (string | number | null)[] {
  return [
    place,
    link.model,
    check?.terms.kind ?? 'none',
    check?.link?.model ?? null,
    `${Math.round(reach * 100)} %`,
    formatUsd(link.maxCostNanoUsd),
    check?.link === undefined ? null : formatUsd(check.link.maxCostNanoUsd),
  ];
}

function candidateRow(candidate: Candidate): string[] {
  const { model, score, factors, estimatedLatencyMs } = candidate;
  const { capability, cost, quality, latency, historical } = factors;
  return [
    model,
    ...[score, capability, cost, quality, latency, historical].map((value) => value.toFixed(3)),
    costOf(candidate),
    formatMs(estimatedLatencyMs),
  ];
}

function costOf({ estimatedCostNanoUsd, isPriceUnknown }: Candidate): string {
  return isPriceUnknown ? 'unknown' : formatUsd(estimatedCostNanoUsd);
}

/** Models under what they have in common: with one reason for many models, the reason is read once. */
function filtered(filteredOut: readonly FilteredOut[], { colors }: Output): string[] {
  const byReason = Object.entries(Object.groupBy(filteredOut, ({ rule, detail }) => `${rule}: ${detail}`));
  return byReason.flatMap(([reason, models = []], index) => [
    ...(index === 0 ? ['', colors.dim('left out')] : []),
    onOneLine(reason),
    onOneLine(models.map(({ model }) => model).join(', ')).replace(/^/u, '    '),
  ]);
}
