/** A rollout for people: where it stands, what it has seen, and what comes next. */

import type { GoldenRuns, RolloutRow } from '../../rollouts';
import type { Output } from './output';
import { formatInstant, formatMs, indented, onOneLine } from './text';

/** `5 %`, `2.5 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** @param golden undefined when it has no golden set */
export function describeRollout(rollout: RolloutRow, golden: GoldenRuns | undefined, output: Output): string {
  const { bold } = output.colors;
  return [
    `${bold(`Rollout ${rollout.id}`)}\n${indented(describeState(rollout))}`,
    `${bold('Plan')}\n${indented(describePlan(rollout, output))}`,
    ...(rollout.monitors === null && rollout.watch === null ? [] : [`${bold('Seen')}\n${indented(describeSeen(rollout, golden))}`]),
  ].join('\n\n');
}

function describeState(rollout: RolloutRow): string {
  const { name, classes, state, pauseReason, reason, plan, weight, control, leaseUntilMs, promotedVersion, cooldownUntilMs } = rollout;
  const group = classes.length === 1 && classes[0] === name ? name : `${name} (${classes.join(', ')})`;
  return [
    `${group}: ${plan.baseline} → ${plan.candidate}`,
    `${state}${pauseReason === null ? '' : `, ${pauseReason}`} since ${formatInstant(new Date(rollout.movedAtMs))}${reason === '' ? '' : `: ${reason}`}`,
    weight === 0
      ? 'no task goes to the new route by its weight'
      : `${percent(weight)} of tasks on the new route, ${percent(control)} counted as control, until ${formatInstant(new Date(leaseUntilMs ?? 0))} unless renewed`,
    ...(promotedVersion === null ? [] : [`policy version ${promotedVersion} has the new route`]),
    ...(cooldownUntilMs === null ? [] : [`not proposed again before ${formatInstant(new Date(cooldownUntilMs))}`]),
    `review ${rollout.reviewId}, proposal ${rollout.proposalId}, evidence ${rollout.evidenceSha256.slice(0, 12)}, on policy ${rollout.baseVersion}`,
  ]
    .map(onOneLine)
    .join('\n');
}

function describePlan({ plan: { canary, tolerance }, step, state }: RolloutRow, { table }: Output): string {
  const columns = [
    { title: 'step' },
    ...(['share', 'tasks per arm', 'at least'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: '' },
  ];
  const isAtStep = state === 'CANARY' || state === 'PAUSED' || state === 'HOLD';
  const rows = canary.steps.map((share, index) => [
    String(index + 1),
    percent(share),
    canary.minPerArm[index] ?? null,
    formatMs(canary.dwellMs[index] ?? 0),
    isAtStep && index === step ? 'here' : '',
  ]);
  const soak = ['soak', percent(1 - canary.holdback), null, formatMs(canary.soakMs), state === 'SOAKING' ? 'here' : ''];
  return `${table(columns, [...rows, soak])}\ntolerance ${percent(tolerance)}; held for a person after ${formatMs(canary.deadlineMs)}`;
}

function describeSeen({ monitors, watch }: RolloutRow, golden: GoldenRuns | undefined): string {
  const { difference, labelled, lastWhy } = monitors ?? {};
  return [
    ...(lastWhy === undefined ? [] : [lastWhy]),
    ...(labelled === undefined ? [] : [`${labelled.canary} tasks on the new route and ${labelled.control} on the old one count`]),
    ...(difference === undefined
      ? []
      : [`quality differs by ${signed(difference.delta)} points, between ${signed(difference.lower)} and ${signed(difference.upper)}`]),
    ...(watch === null ? [] : [`watched, ${watch.looks} looks so far`, ...watch.notes]),
    ...(watch === null || golden === undefined
      ? []
      : [`golden set: ${golden.tasks} tasks in ${golden.nights} nights, ${watch.golden?.labelled ?? 0} of them counted`]),
  ]
    .map(onOneLine)
    .join('\n');
}

/** A difference of rates in points of 100, with its sign. */
function signed(difference: number): string {
  const points = (100 * difference).toFixed(1);
  return difference > 0 ? `+${points}` : points;
}
