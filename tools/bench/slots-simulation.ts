/**
 * A day of tasks on slots of three tiers: the rule against first-come-first-served, on the same arrivals, in simulated time.
 *
 * Both take only slots whose model meets what the task requires. First-come-first-served takes them in the order of arrival, the
 * lowest tier that is free. The day is generated: arrivals follow the hours of an office, values are skewed as worths are, and there
 * is as much work as keeps the slots busy at noon.
 */

import type { CostTier } from '../../routing/catalogue';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { assignQueue, type FreeSlots } from '../../routing/slots/assign-queue';
import { percentile, placeInQueue, standingOf } from '../../routing/slots/queue-order';
import type { Slot, SlotContext, SlotTask } from '../../routing/slots/slot';
import { seededRandom } from '../../routing/statistics/random';
import { quantile } from './quantiles';

export interface PolicyFigures {
  /** Share of all expected value that was served by its proper tier. */
  readonly valueByProperTier: number;
  /** The same of the tasks above the claim percentile, and of those below the closed percentile. */
  readonly claimedValueOnHigherTier: number;
  readonly cheapTasksOnPremium: number;
  /** Mean wait in seconds by decile of expected value, the lowest first. */
  readonly meanWaitSeconds: readonly number[];
  /** Expected value times wait, over all expected value, in seconds. */
  readonly valueWeightedWaitSeconds: number;
  readonly p99WaitSeconds: number;
  readonly longestWaitSeconds: number;
}

export interface SimulationReport {
  readonly tasks: number;
  readonly slots: number;
  readonly patienceSeconds: number;
  readonly rule: PolicyFigures;
  readonly firstCome: PolicyFigures;
}

export const TASKS = 10_000;
const SLOTS: readonly (readonly [CostTier, number])[] = [
  ['budget', 24],
  ['balanced', 10],
  ['premium', 6],
];
const TIERS = SLOTS.map(([tier]) => tier);
const DAY_MS = 86_400_000;
const PATIENCE_MS = 15 * 60_000;
/** How often percentiles over the recent queue are taken anew, as workers do. */
const PERCENTILES_MS = 120_000;
const RECENT = 1_000;
const SEED = 'a day on slots';

interface Arrival extends SlotTask {
  readonly expectedValue: number;
  readonly atMs: number;
  readonly serviceMs: number;
}

interface Served {
  readonly task: Arrival;
  readonly slot: Slot;
  readonly waitMs: number;
}

export function simulationReport(): SimulationReport {
  const arrivals = arrivalsOfADay();
  const served = simulate(arrivals, 'rule');
  const firstCome = simulate(arrivals, 'first-come');
  return {
    tasks: arrivals.length,
    slots: SLOTS.reduce((sum, [, places]) => sum + places, 0),
    patienceSeconds: PATIENCE_MS / 1_000,
    rule: figuresOf(served, arrivals),
    firstCome: figuresOf(firstCome, arrivals),
  };
}

/** Names of models are those of their tiers: one account for each. */
function arrivalsOfADay(): Arrival[] {
  const random = seededRandom(SEED);
  const times = Array.from({ length: TASKS }, () => officeHour(random())).sort((a, b) => a - b);
  return times.map((atMs, at): Arrival => {
    const needs = random();
    const lowest = needs < 0.7 ? 0 : needs < 0.92 ? 1 : 2;
    return {
      id: `task-${at}`,
      atMs,
      fits: TIERS.slice(lowest),
      lacks: {},
      // Log-normal: most tasks are worth little, few very much.
      expectedValue: Math.exp(1.2 * normal(random(), random())),
      priority: Math.floor(random() * 96),
      serviceMs: [110_000, 190_000, 260_000][lowest]! * -Math.log(1 - random()),
    };
  });
}

/** A moment of the day; two thirds fall between nine and five, most of them around noon. */
function officeHour(share: number): number {
  if (share < 1 / 3) return share * 3 * DAY_MS;
  const within = (share - 1 / 3) * 1.5;
  const bent = 0.5 + Math.sign(within - 0.5) * (Math.abs(2 * within - 1) ** 1.2 / 2);
  return (9 + 8 * bent) * 3_600_000;
}

function normal(a: number, b: number): number {
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}

function simulate(arrivals: readonly Arrival[], by: 'rule' | 'first-come'): Served[] {
  const places = new Map<CostTier, number>(SLOTS);
  const ends: { readonly atMs: number; readonly tier: CostTier }[] = [];
  const waiting: { readonly task: Arrival; readonly place: number }[] = [];
  const recent: number[] = [];
  let known = { takenAt: Number.NEGATIVE_INFINITY, ascending: [] as number[] };
  const served: Served[] = [];
  let next = 0;
  while (served.length < arrivals.length) {
    const arrival = arrivals[next];
    const end = ends[0];
    const now = Math.min(arrival?.atMs ?? Infinity, end?.atMs ?? Infinity);
    if (end?.atMs === now) {
      ends.shift();
      places.set(end.tier, places.get(end.tier)! + 1);
    } else if (arrival !== undefined) {
      next += 1;
      recent.push(arrival.expectedValue);
      if (recent.length > RECENT) recent.shift();
      if (now - known.takenAt >= PERCENTILES_MS) known = { takenAt: now, ascending: [...recent].sort((a, b) => a - b) };
      const place =
        by === 'rule' ? placeInQueue(standingOf(arrival.expectedValue, arrival.priority, known.ascending), now, PATIENCE_MS) : now;
      waiting.splice(firstAfter(waiting, place), 0, { task: arrival, place });
    }
    for (const { task, slot } of chosen(waiting, places, known.ascending, by)) {
      waiting.splice(
        waiting.findIndex((each) => each.task === task),
        1,
      );
      places.set(slot.costTier, places.get(slot.costTier)! - 1);
      served.push({ task, slot, waitMs: now - task.atMs });
      const atMs = now + task.serviceMs;
      ends.splice(firstAfterEnd(ends, atMs), 0, { atMs, tier: slot.costTier });
    }
  }
  return served;
}

function chosen(
  waiting: readonly { readonly task: Arrival }[],
  places: ReadonlyMap<CostTier, number>,
  ascending: readonly number[],
  by: 'rule' | 'first-come',
): readonly { readonly task: Arrival; readonly slot: Slot }[] {
  const free: FreeSlots[] = SLOTS.map(([tier, all]) => ({
    slot: { account: tier, model: tier, costTier: tier, utilisationRate: 1 - places.get(tier)! / all },
    places: places.get(tier)!,
  }));
  const tasks = new Map(waiting.map(({ task }) => [task.id, task]));
  const { premium } = DEFAULT_POLICY;
  const values = { closed: percentileOr(ascending, premium.closedPercentile), claim: percentileOr(ascending, premium.claimPercentile) };
  // First-come-first-served knows no worth: nobody claims, and nothing is closed.
  const blind = { closed: Number.NEGATIVE_INFINITY, claim: Number.POSITIVE_INFINITY };
  const protection = by === 'rule' ? premium : { ...premium, claimPriority: Number.POSITIVE_INFINITY };
  const context: SlotContext = { premium: protection, busySlots: [], valuePercentiles: by === 'rule' ? values : blind };
  const grants = assignQueue(
    waiting.map(({ task }) => task),
    free,
    context,
  );
  return grants.map(({ taskId, slot }) => ({ task: tasks.get(taskId)!, slot }));
}

function percentileOr(ascending: readonly number[], percent: number): number {
  return ascending.length === 0 ? 0 : percentile(ascending, percent);
}

function firstAfter(waiting: readonly { readonly place: number }[], place: number): number {
  const at = waiting.findIndex((each) => each.place > place);
  return at < 0 ? waiting.length : at;
}

function firstAfterEnd(ends: readonly { readonly atMs: number }[], atMs: number): number {
  const at = ends.findIndex((each) => each.atMs > atMs);
  return at < 0 ? ends.length : at;
}

/**
 * The proper tier of a task above the claim percentile of the day is one above the lowest that it fits, where there is one; of one
 * below the closed percentile any that is not premium, unless it needs that; of all others any that it fits.
 */
function figuresOf(served: readonly Served[], arrivals: readonly Arrival[]): PolicyFigures {
  const ascending = arrivals.map(({ expectedValue }) => expectedValue).sort((a, b) => a - b);
  const { claimPercentile, closedPercentile } = DEFAULT_POLICY.premium;
  const [claim, closed] = [percentile(ascending, claimPercentile), percentile(ascending, closedPercentile)];
  const isHigher = ({ task, slot }: Served) => task.fits[0] === 'premium' || slot.costTier !== task.fits[0];
  const isKept = ({ task, slot }: Served) => slot.costTier === 'premium' && task.fits[0] !== 'premium';
  const isProper = (each: Served) =>
    each.task.expectedValue > claim ? isHigher(each) : each.task.expectedValue < closed ? !isKept(each) : true;
  const value = (of: readonly Served[]) => of.reduce((sum, { task }) => sum + task.expectedValue, 0);
  const claiming = served.filter(({ task }) => task.expectedValue > claim);
  const cheap = served.filter(({ task }) => task.expectedValue < closed && task.fits[0] !== 'premium');
  const byValue = [...served].sort((a, b) => a.task.expectedValue - b.task.expectedValue);
  const seconds = (of: readonly Served[]) => of.reduce((sum, { waitMs }) => sum + waitMs, 0) / of.length / 1_000;
  const waits = served.map(({ waitMs }) => waitMs / 1_000);
  return {
    valueByProperTier: value(served.filter(isProper)) / value(served),
    claimedValueOnHigherTier: value(claiming.filter(isHigher)) / value(claiming),
    cheapTasksOnPremium: cheap.filter(isKept).length / cheap.length,
    meanWaitSeconds: Array.from({ length: 10 }, (_, decile) => seconds(byValue.slice((decile * TASKS) / 10, ((decile + 1) * TASKS) / 10))),
    valueWeightedWaitSeconds: served.reduce((sum, { task, waitMs }) => sum + task.expectedValue * waitMs, 0) / value(served) / 1_000,
    p99WaitSeconds: quantile(waits, 0.99),
    longestWaitSeconds: Math.max(...waits),
  };
}
