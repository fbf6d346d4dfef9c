/** The replay of a pass in a simulated world: a frame of past tasks, and both models' answers to those that were drawn. */

import type { Pair, PairedAnswer } from '../../../routing/review/prove/evidence';
import type { Frame, FrameTask, SampledTask } from '../../../routing/review/sample/sample-plan';
import type { FrameCell, LoggedOutcome, Quarter } from '../../../routing/review/sample/strata';
import { DAY_MS, type ReplaySettings } from '../../../routing/review/settings';
import { binomial, gaussian, type Random } from '../draw';
import { COST_SIGMA, LATENCY_SIGMA, p95Of, rateOn, type Weather } from './logs';
import { taskCost } from './models';
import { FAILED_SHARE, HARD_SHARE, type World } from './truth';

const QUARTERS: readonly Quarter[] = [1, 2, 3, 4];
const TENANTS = 30;
/** Share of tasks on which two models see the same and differ only as far as one is better; on the others they err independently. */
const SEEN_ALIKE = 0.5;
/** Calls that a provider loses for good: they say nothing of a model. */
const LOST_SHARE = 0.001;
const P95_Z = 1.645;

/**
 * The frame of a class with so many tasks in the window. Its hard tasks took more than one call.
 *
 * @param drawnBefore tasks that an earlier pass of the same proposal has used
 */
export function frameOf(tasks: number, drawnBefore: readonly FrameCell[], perCell: number, label: string, random: Random): Frame {
  const failed = binomial(random, tasks, FAILED_SHARE);
  const retried = binomial(random, tasks - failed, HARD_SHARE);
  const counts: Readonly<Record<LoggedOutcome, number>> = { ok: tasks - failed - retried, retried, failed };
  const cells = (Object.keys(counts) as LoggedOutcome[]).flatMap((outcome) =>
    QUARTERS.map((quarter) => {
      const used = drawnBefore.find((cell) => cell.outcome === outcome && cell.quarter === quarter)?.size ?? 0;
      return { quarter, outcome, size: Math.max(0, Math.floor((counts[outcome] + quarter - 1) / QUARTERS.length) - used) };
    }),
  );
  const drawable = cells.flatMap(({ quarter, outcome, size }) =>
    Array.from({ length: Math.min(size, perCell) }, (_, index): FrameTask => {
      const taskId = `${label}/${outcome}/${quarter}/${index}`;
      return { taskId, quarter, outcome, tenant: String(Math.floor(random() * TENANTS)), cluster: taskId, canBeSentinel: true };
    }),
  );
  return { tasks, replayable: tasks, duplicates: 0, excluded: {}, tenants: TENANTS, cells: cells.filter(({ size }) => size > 0), drawable };
}

export interface ReplayedPass {
  readonly world: World;
  readonly weather: Weather;
  readonly pass: 1 | 2;
  readonly baseline: string;
  readonly candidate: string;
  /** First day of it. */
  readonly day: number;
  readonly spacingMs: ReplaySettings['blockSpacingMs'];
}

/** Both answers to every drawn task. A sentinel's candidate answer is known to be bad, and costs nothing. */
export function replay(drawn: readonly SampledTask[], frame: Frame, pass: ReplayedPass, random: Random): Pair[] {
  const isHard = new Map(frame.drawable.map(({ taskId, outcome }) => [taskId, outcome === 'retried']));
  return drawn.map(({ taskId, stratum, cluster, block, isSentinel }) => {
    const day = pass.day + Math.floor((block * pass.spacingMs) / DAY_MS);
    const length = Math.exp(COST_SIGMA * gaussian(random) - COST_SIGMA ** 2 / 2);
    const seen = random();
    const answer = (model: string): PairedAnswer => {
      const costNanoUsd = Math.round(taskCost(model, pass.world.length) * length);
      const fate = random();
      if (fate < LOST_SHARE) return { end: 'excluded', why: 'server-error', costNanoUsd: 0 };
      if (fate < LOST_SHARE + FAILED_SHARE) return { end: 'failed', why: 'empty-answer', costNanoUsd };
      const isGood = seenBy(random, seen) < rateOn(pass.world, pass.weather, model, isHard.get(taskId) === true, day);
      const latencyMs = p95Of(pass.world, model) * Math.exp(LATENCY_SIGMA * (gaussian(random) - P95_Z));
      return { end: 'scored', score: isGood ? 1 : 0, costNanoUsd, latencyMs };
    };
    // One draw decides for both models whether they see the task alike.
    const isAlike = random() < SEEN_ALIKE;
    function seenBy(stream: Random, shared: number): number {
      return isAlike ? shared : stream();
    }
    const baseline = answer(pass.baseline);
    const candidate: PairedAnswer = isSentinel ? { end: 'scored', score: 0, costNanoUsd: 0 } : answer(pass.candidate);
    return { taskId, stratum, cluster, block, pass: pass.pass, isSentinel, baseline, candidate };
  });
}

/** Tasks that were drawn, by cell: the ids of tasks in a simulated world say where in the frame they stand. */
export function cellsOf(drawn: readonly SampledTask[]): FrameCell[] {
  const places = drawn.map(({ taskId }) => taskId.split('/').slice(-3, -1) as [LoggedOutcome, string]);
  return [...Map.groupBy(places, (place) => place.join('/')).values()].map((own) => {
    const [outcome, quarter] = own[0]!;
    return { outcome, quarter: Number(quarter) as Quarter, size: own.length };
  });
}
