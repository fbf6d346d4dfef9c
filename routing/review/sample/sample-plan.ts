/**
 * Which tasks a pass replays. The frame is read in an order that a seed fixes, so the same seed and frame draw the same tasks, and
 * nobody can choose them.
 */

import { seededFraction } from '../../decision/seeded-fraction';
import type { Candidate, SamplePlan } from '../findings';
import { affordablePairs, type Hold, holdOfSpend, type ReplaySpend } from '../propose/hold';
import { counted, percent } from '../report/words';
import type { ReplaySettings } from '../settings';
import { leastPairs, type SampleSize } from './sample-size';
import { drawSizes, type FrameCell, isWithin, type LoggedOutcome, type Quarter, type Stratum, strataOf } from './strata';

/** A task that could be replayed. */
export interface FrameTask {
  readonly taskId: string;
  readonly quarter: Quarter;
  readonly outcome: LoggedOutcome;
  /** Whose it is: its team, or its owner. */
  readonly tenant: string;
  /** What makes it like others: conversation, team, or its own id. */
  readonly cluster: string;
  /** A known-bad answer to it can be scored: it has a grader, or its own answer can be judged beside it. */
  readonly canBeSentinel: boolean;
}

/** The tasks of a class in the window that could be replayed, as counts and as many of them as any sample could need. */
export interface Frame {
  /** Tasks of the class that ended with or without an answer. */
  readonly tasks: number;
  /** Of them, those that could be replayed, duplicates among them. */
  readonly replayable: number;
  readonly duplicates: number;
  readonly excluded: Readonly<Record<string, number>>;
  /** Tenants among the tasks that could be drawn. */
  readonly tenants: number;
  /** What could be drawn, without duplicates and without what an earlier pass drew. */
  readonly cells: readonly FrameCell[];
  /** Of every cell, the tasks that come first, in the order of the draw. */
  readonly drawable: readonly FrameTask[];
}

/** A task with its place in the pass. */
export interface SampledTask {
  readonly taskId: string;
  readonly position: number;
  readonly stratum: string;
  readonly cluster: string;
  readonly block: number;
  readonly isSentinel: boolean;
}

/** A drawn pass, or what holds it. */
export type DrawnPlan =
  | { readonly kind: 'drawn'; readonly plan: SamplePlan; readonly tasks: readonly SampledTask[] }
  | { readonly kind: 'held'; readonly hold: Hold };

/** What a pass is to prove, and what there is for it. */
export interface PassRequest {
  readonly pass: 1 | 2;
  readonly seed: string;
  readonly candidate: Candidate;
  /** Distance of an equal candidate from what it must exceed. */
  readonly loss: number;
  readonly size: SampleSize;
  readonly spend: ReplaySpend;
  readonly replay: ReplaySettings;
}

/** The most that one tenant's tasks may take of a sample, or an equal share where there are few tenants. */
const TENANT_SHARE = 0.1;

/**
 * The most tasks that one tenant may have in a sample. Where the others cannot fill a stratum, it is filled all the same: a stratum
 * that is too small says less than one that leans.
 *
 * @param tenants at least 1
 */
export function tenantCap(pairs: number, tenants: number): number {
  return Math.ceil(pairs * Math.max(TENANT_SHARE, 1 / tenants));
}

/** The least that `tenantCap` can be for as many pairs: so many of each tenant's tasks come before any further ones of it. */
export function leastTenantCap(pairs: number): number {
  return Math.ceil(pairs * TENANT_SHARE);
}

/**
 * Draws a pass: its pairs from strata, as many as the power asks for and frame and money allow; then its sentinels from what is left.
 * Held where what there is could prove nothing.
 */
export function drawPass(frame: Frame, { pass, seed, candidate, loss, size, spend, replay }: PassRequest): DrawnPlan {
  const available = frame.cells.reduce((total, cell) => total + cell.size, 0);
  if (available < size.needed) {
    const detail = `${available} tasks could be replayed; with ${percent(loss)} of tolerance left, ${size.needed} are the fewest that could prove anything.${judgeObstacles(frame)}`;
    return { kind: 'held', hold: { by: 'evidence', detail } };
  }
  const least = leastPairs(size, available, replay.minPairs);
  const tooDear = holdOfSpend(candidate, least, spend);
  if (tooDear !== undefined) return { kind: 'held', hold: tooDear };

  const pairs = Math.min(affordablePairs(candidate, spend), pairsOf(available, size, replay.sentinelShare));
  const strata = strataOf(frame.cells, pairs, replay.stratumFloor);
  const sizes = drawSizes(strata, pairs, replay.stratumFloor, replay.discordance);
  const drawn = drawStrata(strata, sizes, frame, pairs);
  const sentinels = drawSentinels(frame, drawn, Math.ceil(replay.sentinelShare * pairs), strata, seed);
  const tasks = inOrder([...drawn, ...sentinels], seed, pass, replay.blocks);
  return {
    kind: 'drawn',
    tasks,
    plan: {
      pass,
      seed,
      frame: available,
      coverage: frame.tasks === 0 ? 0 : frame.replayable / frame.tasks,
      duplicates: frame.duplicates,
      excluded: frame.excluded,
      strata: strata.map(({ name, size: tasksOf }, at) => ({ name, size: tasksOf, drawn: sizes[at]! })),
      pairs,
      pairsWanted: size.wanted,
      pairsNeeded: size.needed,
      expectedCostNanoUsd: expectedCost(pairs, sentinels.length, spend),
    },
  };
}

function expectedCost(pairs: number, sentinels: number, { costs: { baseline, candidate, judge = 0 } }: ReplaySpend): number {
  return pairs * (baseline + candidate + judge) + sentinels * (baseline + judge);
}

/** Why answers that no grader scores are not judged, in words for people. */
const JUDGE_OBSTACLES: Readonly<Record<string, string>> = {
  'judge-not-admissible':
    'have no grader, and the judge is not approved for their privacy tier or residency, or their submitter excluded it: it was not called',
  'judge-family': 'have no grader, and the judge is one of the two models or of the family of one: it was not called',
  'judge-floor': 'have no grader, and which of two answers is better does not show whether the agreed floor is kept: no judge was called',
  'judge-missing': 'have no grader, and the judge is not in the catalogue or may not be called',
};

function judgeObstacles({ excluded }: Frame): string {
  const told = Object.entries(JUDGE_OBSTACLES).filter(([why]) => (excluded[why] ?? 0) > 0);
  return told.map(([why, words]) => ` ${counted(excluded[why]!, 'task')} ${words}.`).join('');
}

/** As many as are wanted, with room for sentinels where the frame is small, but never so much room that nothing could be proved. */
function pairsOf(available: number, { wanted, needed }: SampleSize, sentinelShare: number): number {
  const beside = Math.floor(available / (1 + sentinelShare));
  return Math.min(wanted, available, Math.max(needed, beside));
}

interface Draw {
  readonly task: FrameTask;
  readonly stratum: string;
  readonly isSentinel: boolean;
}

function drawStrata(strata: readonly Stratum[], sizes: readonly number[], { drawable, tenants }: Frame, pairs: number): Draw[] {
  const cap = tenantCap(pairs, Math.max(1, tenants));
  const byTenant = new Map<string, number>();
  return strata.flatMap((stratum, at) => {
    const own = drawable.filter((task) => isWithin(task, stratum));
    const chosen: FrameTask[] = [];
    const passedOver: FrameTask[] = [];
    for (const task of own) {
      if (chosen.length === sizes[at]) break;
      const count = byTenant.get(task.tenant) ?? 0;
      if (count >= cap) {
        passedOver.push(task);
        continue;
      }
      byTenant.set(task.tenant, count + 1);
      chosen.push(task);
    }
    chosen.push(...passedOver.slice(0, sizes[at]! - chosen.length));
    return chosen.map((task) => ({ task, stratum: stratum.name, isSentinel: false }));
  });
}

function drawSentinels({ drawable }: Frame, drawn: readonly Draw[], count: number, strata: readonly Stratum[], seed: string): Draw[] {
  const taken = new Set(drawn.map(({ task }) => task.taskId));
  return shuffled(
    drawable.filter(({ taskId, canBeSentinel }) => canBeSentinel && !taken.has(taskId)),
    ({ taskId }) => seededFraction(seed + taskId, 0),
  )
    .slice(0, count)
    .map((task) => ({ task, stratum: strata.find((stratum) => isWithin(task, stratum))!.name, isSentinel: true }));
}

/** Shuffled, so that every block has its part of every stratum, and a provider's bad hour does not fall on one of them. */
function inOrder(draws: readonly Draw[], seed: string, pass: number, blocks: number): SampledTask[] {
  return shuffled(draws, ({ task }) => seededFraction(seed + task.taskId, pass)).map(
    ({ task: { taskId, cluster }, stratum, isSentinel }, position) => ({
      taskId,
      position,
      stratum,
      cluster,
      block: Math.floor((position * Math.min(blocks, draws.length)) / draws.length),
      isSentinel,
    }),
  );
}

/** In the order of a number that each item has; computed once for each. */
function shuffled<Item>(items: readonly Item[], numberOf: (item: Item) => number): Item[] {
  return items
    .map((item) => ({ item, number: numberOf(item) }))
    .sort((a, b) => a.number - b.number)
    .map(({ item }) => item);
}
