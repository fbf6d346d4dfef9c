/** What the change saves and how fast the new model is, each with its spread. */

import type { Comparison } from '../../routing/review/prove/evidence';
import type { ReportedArm, ReportedClass } from '../../routing/review/report/report';
import { type Block, right, table, text } from './blocks';
import { milliseconds, money } from './figures';

export function moneyBlocks(one: ReportedClass): readonly Block[] {
  const comparison = one.proposal?.comparisons.at(-1);
  const proof = one.proposal?.proof;
  if (comparison === undefined || proof === undefined) return [];
  const { atLeastNanoUsd, expectedNanoUsd, basis } = proof.saving;
  const now = `The class costs ${money(one.finding.costPerMonthNanoUsd)} a month now, for ${Math.round(one.finding.tasksPerMonth)} tasks.`;
  return [
    text(
      atLeastNanoUsd === null
        ? `No saving is claimed. ${basis} ${now}`
        : `${one.status === 'proposed' ? 'Saves' : 'Would save'} at least ${money(atLeastNanoUsd)} a month; ${money(expectedNanoUsd)} at the measured ratio. ${basis} ${now}`,
    ),
    { kind: 'plot', plot: 'spread', of: one },
    ...costs(comparison, proof.baseline, proof.candidate),
    ...latencies(comparison, proof.baseline, proof.candidate),
    text(`${ratio(comparison)} The replays of this class cost ${money(proof.replayCostNanoUsd)}.`),
  ];
}

function costs({ cost, costPerSuccessNanoUsd }: Comparison, baseline: ReportedArm, candidate: ReportedArm): readonly Block[] {
  const rows = (
    [
      ['baseline', baseline],
      ['candidate', candidate],
    ] as const
  ).map(([role, { model, callsPerAnswer }]) => {
    const { n, mean, sd, p50, p95 } = cost[role];
    return [model, n, ...[mean, sd, p50, p95].map(money), money(costPerSuccessNanoUsd[role]), callsPerAnswer?.toFixed(2) ?? null];
  });
  const titles = [
    'cost of a task',
    right('n'),
    right('mean'),
    right('sd'),
    right('p50'),
    right('p95'),
    right('per success'),
    right('calls per answer'),
  ];
  return table('Cost in the replay, retries included.', titles, rows);
}

function latencies({ latencyMs }: Comparison, baseline: ReportedArm, candidate: ReportedArm): readonly Block[] {
  const rows = (
    [
      ['baseline', baseline],
      ['candidate', candidate],
    ] as const
  ).map(([role, { model, latencyP95 }]) => {
    const { n, mean, sd, p50, p95 } = latencyMs[role];
    const { low, high } = latencyP95;
    return [model, n, ...[mean, sd, p50, p95].map(milliseconds), `${milliseconds(low) ?? '…'} to ${milliseconds(high) ?? '…'}`];
  });
  const titles = [
    'latency of an answer',
    right('n'),
    right('mean'),
    right('sd'),
    right('p50'),
    right('p95'),
    right('95 % interval of p95'),
  ];
  return table(latencyMs.isTooSlow ? 'Latency: TOO SLOW for the agreed limit.' : 'Latency: within the agreed limit.', titles, rows);
}

function ratio({ cost }: Comparison): string {
  if (cost.ratio === null) return 'The ratio of the costs has no interval.';
  const { ratio: value, lo, hi } = cost.ratio;
  return `New over old cost: ${value.toFixed(3)}, 95 % interval ${lo.toFixed(3)} to ${hi.toFixed(3)}.`;
}
