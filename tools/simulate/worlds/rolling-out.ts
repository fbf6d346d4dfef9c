/** A rollout in a simulated world: days of a canary and a soak, with a person who answers when it stops. */

import type { ArmCounts, ArmFigures, CostMoments, Period, StepCounts } from '../../../routing/review/rollout/arms';
import { nextRolloutMove } from '../../../routing/review/rollout/rollout';
import type { RolloutPlan } from '../../../routing/review/rollout/rollout-plan';
import { DAY_MS } from '../../../routing/review/settings';
import { binomial, gaussian, type Random } from '../draw';
import { type DayLog, drawDay, instantOf, p95Error, p95Of, sum, type Weather } from './logs';
import { taskCost } from './models';
import { MAX_LATENCY_RATIO, type World } from './truth';

/** One arm of one day. */
interface ArmDay extends DayLog {
  readonly arm: 'canary' | 'control';
  readonly isSoak: boolean;
}

export interface LiveRollout {
  readonly plan: RolloutPlan;
  readonly maxCostRatio: number | null;
  readonly isSuperior: boolean;
  state: 'CANARY' | 'SOAKING';
  step: number;
  weight: number;
  control: number;
  stepDay: number;
  /** From which the deadline counts. */
  startDay: number;
  /** A person has let it go on once. */
  isResumed: boolean;
  readonly arms: ArmDay[];
}

/** How a morning of a rollout ends. `stopped`: the person gave it up. */
export type RolloutMorning = 'goes-on' | 'promoted' | 'rolled-back' | 'stopped';

const COST_VARIATION = Math.sqrt(Math.exp(0.25) - 1);
/** Two-sided 99 % of an arm's p95, and tasks from which there is one. */
const P95_CONFIDENCE_Z = 2.576;
const TIMED_FROM = 100;

export function beginRollout(plan: RolloutPlan, maxCostRatio: number | null, isSuperior: boolean, day: number): LiveRollout {
  const [weight = 0] = plan.canary.steps;
  const common = { plan, maxCostRatio, isSuperior, state: 'CANARY' as const, step: 0, weight, control: weight };
  return { ...common, stepDay: day, startDay: day, isResumed: false, arms: [] };
}

/**
 * The moves of a morning. A person lets a rollout go on once whose time was over or that was paused; a second stop, or one for cost or
 * latency, ends it.
 */
export function lookAtRollout(rollout: LiveRollout, world: World, today: number, random: Random): RolloutMorning {
  for (;;) {
    const { plan, state, step, maxCostRatio } = rollout;
    const standing = { state, step, silentLooks: 0, maxCostRatio, maxLatencyRatio: MAX_LATENCY_RATIO };
    const clock = {
      ...{ nowMs: instantOf(today), stepAtMs: instantOf(rollout.stepDay) },
      ...{ startedAtMs: instantOf(rollout.startDay), leasedFromMs: instantOf(rollout.startDay) },
    };
    const move = nextRolloutMove(plan, standing, armFigures(rollout, world, today, random), clock);
    switch (move.kind) {
      case 'continue':
        return 'goes-on';
      case 'advance':
        Object.assign(rollout, { step: move.step, weight: move.weight, control: move.control, stepDay: today });
        break;
      case 'soak':
        Object.assign(rollout, { state: 'SOAKING', weight: move.weight, control: move.control, stepDay: today });
        break;
      case 'promote':
        return 'promoted';
      case 'roll-back':
      case 'abort':
        return 'rolled-back';
      default:
        if (rollout.isResumed) return 'stopped';
        Object.assign(rollout, { isResumed: true, startDay: today });
        return 'goes-on';
    }
  }
}

/** The tasks of a day of a class under rollout: those of the arms, and the rest, which stays on the old route. */
export function drawRolloutDay(
  rollout: LiveRollout,
  world: World,
  weather: Weather,
  day: number,
  tasks: number,
  random: Random,
): readonly DayLog[] {
  const { plan, weight, control, state } = rollout;
  const onCandidate = binomial(random, tasks, weight);
  const onControl = binomial(random, tasks - onCandidate, Math.min(1, control / (1 - weight)));
  const isSoak = state === 'SOAKING';
  const draw = (model: string, count: number) => drawDay(world, weather, random, model, day, count);
  const canary = draw(plan.candidate, onCandidate);
  const old = draw(plan.baseline, onControl);
  rollout.arms.push({ ...canary, arm: 'canary', isSoak }, { ...old, arm: 'control', isSoak });
  return [canary, old, draw(plan.baseline, tasks - onCandidate - onControl)];
}

/** What both arms show on the morning of a day. */
export function armFigures({ arms, stepDay, plan }: LiveRollout, world: World, today: number, random: Random): ArmFigures {
  const labelDays = Math.ceil(plan.canary.labelWindowMs / DAY_MS);
  const isClosed = ({ day }: ArmDay) => day + labelDays < today;
  const of = (arm: ArmDay['arm']) => arms.filter((each) => each.arm === arm);
  const period = (isSoak: boolean): Period => ({
    canary: countsOf(
      of('canary').filter((each) => each.isSoak === isSoak),
      isClosed,
    ),
    control: countsOf(
      of('control').filter((each) => each.isSoak === isSoak),
      isClosed,
    ),
  });
  const step = (arm: ArmDay['arm']): StepCounts => {
    const closed = sum(
      of(arm).filter((each) => each.day >= stepDay && isClosed(each)),
      ({ tasks }) => tasks,
    );
    return { closed, labelled: closed };
  };
  const calls = (arm: ArmDay['arm']) => ({
    calls: sum(of(arm), ({ tasks }) => tasks),
    ownFailures: sum(of(arm), ({ failed }) => failed),
    outages: 0,
  });
  const evenTasks = (arm: ArmDay['arm']) => of(arm).filter((each) => !each.isSoak && isClosed(each));
  const p95 = (arm: ArmDay['arm'], model: string, side: 1 | -1) => {
    const tasks = sum(evenTasks(arm), (each) => each.tasks);
    if (tasks < TIMED_FROM) return null;
    return p95Of(world, model) * Math.exp(p95Error(tasks) * (gaussian(random) + side * P95_CONFIDENCE_Z));
  };
  return {
    even: period(false),
    soak: period(true),
    step: { canary: step('canary'), control: step('control') },
    calls: { canary: calls('canary'), control: calls('control') },
    breaches: 0,
    isCandidateCoolingDown: false,
    cost: {
      canary: costOf(evenTasks('canary'), taskCost(plan.candidate, world.length)),
      control: costOf(evenTasks('control'), taskCost(plan.baseline, world.length)),
    },
    latency: { canaryP95LowMs: p95('canary', plan.candidate, -1), controlP95HighMs: p95('control', plan.baseline, 1) },
    lastEntryMs: arms.length === 0 ? null : instantOf(arms.at(-1)!.day + 1),
  };
}

/** Every task is a unit of its own, and each closed one has a label: a failed one that of a bad answer. */
function countsOf(days: readonly ArmDay[], isClosed: (day: ArmDay) => boolean): ArmCounts {
  const closed = days.filter(isClosed);
  const labelled = sum(closed, ({ tasks }) => tasks);
  const good = sum(closed, (each) => each.good);
  return {
    ...{ units: sum(days, ({ tasks }) => tasks), closed: labelled, labelled, sum: good, squareSum: good },
    ...{ clusters: labelled, clusterSquares: good, clusterProducts: good, clusterSizes: labelled },
  };
}

function costOf(days: readonly ArmDay[], usual: number): CostMoments {
  const tasks = sum(days, (each) => each.tasks);
  return { tasks, mean: tasks === 0 ? 0 : sum(days, ({ cost }) => cost) / tasks, sd: COST_VARIATION * usual };
}
