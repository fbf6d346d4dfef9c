/** What the replays of one proposal show beside its comparison: money of a month, calls, spread, and the tasks to look at. */

import { isJudgeRole } from '../../judging/judgement';
import { quantileCiRanks, quantileType7 } from '../../statistics/quantiles';
import type { ClassFigures } from '../figures/figures';
import type { AdjustedProof } from '../prove/conclude';
import type { Comparison } from '../prove/evidence';
import type { ProposalFacts, ReplayFact } from './facts';
import type { Percentiles, ReportedArm, ReportedProof, WorstTask } from './report';
import { reportedSaving } from './saving';

/** Confidence of the interval around a percentile of latency. */
const CONFIDENCE = 0.95;

/** @param figures of the class over the window; undefined: none were counted */
export function reportedProof(
  { finding, replays, graders }: Pick<ProposalFacts, 'finding' | 'replays' | 'graders'>,
  comparison: Comparison,
  figures: ClassFigures | undefined,
  adjusted: AdjustedProof,
): ReportedProof {
  const counted = replays.filter(({ isSentinel, pass }) => !isSentinel && pass === comparison.pass);
  const baseline = counted.filter(({ role, model }) => role === 'baseline' && model === comparison.baseline);
  const candidate = counted.filter(({ role, model }) => role === 'candidate' && model === comparison.candidate);
  const judgements = replays.filter(({ role }) => isJudgeRole(role));
  return {
    ...adjusted,
    saving: reportedSaving(comparison, figures, finding),
    graders,
    replayCostNanoUsd: costOf(replays),
    ...(judgements.length === 0 ? {} : { judgeCostNanoUsd: costOf(judgements) }),
    baseline: armOf(comparison.baseline, baseline),
    candidate: armOf(comparison.candidate, candidate),
    worst: comparison.worst.map((task) => withReplays(task, baseline, candidate)),
  };
}

function costOf(replays: readonly ReplayFact[]): number {
  return replays.reduce((sum, { costNanoUsd, isKnown }) => sum + (isKnown === true ? 0 : costNanoUsd), 0);
}

function armOf(model: string, replays: readonly ReplayFact[]): ReportedArm {
  const latencies = replays.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  const calls = replays.reduce((sum, replay) => sum + replay.calls, 0);
  return {
    model,
    callsPerAnswer: replays.length === 0 ? null : calls / replays.length,
    costNanoUsd: percentilesOf(replays.map(({ costNanoUsd }) => costNanoUsd)),
    latencyMs: percentilesOf(latencies),
    latencyP95: p95Interval(latencies),
  };
}

function percentilesOf(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const at = (p: number) => quantileType7(values, p) ?? 0;
  return [at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)];
}

/** Ends that the sample is too small for are null. */
function p95Interval(ascending: readonly number[]): ReportedArm['latencyP95'] {
  if (ascending.length === 0) return { low: null, high: null };
  const { lowerRank, upperRank } = quantileCiRanks(ascending.length, 0.95, CONFIDENCE);
  return { low: ascending[lowerRank - 1] ?? null, high: ascending[upperRank - 1] ?? null };
}

function withReplays(task: Comparison['worst'][number], baseline: readonly ReplayFact[], candidate: readonly ReplayFact[]): WorstTask {
  const replayOf = (replays: readonly ReplayFact[]) => replays.find(({ taskId }) => taskId === task.taskId)?.replayTaskId;
  const baselineReplayId = replayOf(baseline);
  const candidateReplayId = replayOf(candidate);
  return {
    ...task,
    ...(baselineReplayId === undefined ? {} : { baselineReplayId }),
    ...(candidateReplayId === undefined ? {} : { candidateReplayId }),
  };
}
