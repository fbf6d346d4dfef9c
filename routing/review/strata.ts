/**
 * The strata of a sample: how long the prompts are, and how the logged calls ended. Long and failed tasks are few and decide much, so
 * they are drawn more often than they occur, and weighed back.
 */

import { allocate } from '../statistics/allocation';

/** How a logged task ended: at the first call, after more of them, or not at all. */
export type LoggedOutcome = 'ok' | 'retried' | 'failed';

/** Quarter of the class by length of the prompt, 1 the shortest. */
export type Quarter = 1 | 2 | 3 | 4;

/** A cell of the frame. */
export interface FrameCell {
  readonly quarter: Quarter;
  readonly outcome: LoggedOutcome;
  /** Tasks in it, at least 1. */
  readonly size: number;
}

/** Cells that are drawn from as one. */
export interface Stratum {
  readonly name: string;
  readonly outcomes: readonly LoggedOutcome[];
  /** Quarters that it covers; all of them unless it is a quarter of its outcome. */
  readonly quarters: readonly Quarter[];
  readonly size: number;
}

const OUTCOMES: readonly LoggedOutcome[] = ['ok', 'retried', 'failed'];
const QUARTERS: readonly Quarter[] = [1, 2, 3, 4];

/** The most that tasks which did not go well at first may take of a sample, unless they are more of the class. */
const TAIL_SHARE = 0.3;

/** Discordance of tasks that went wrong once, as a multiple of the others': what one model found hard is where two models differ. */
const DISCORDANCE_FACTOR: Readonly<Record<LoggedOutcome, number>> = { ok: 1, retried: 2, failed: 2 };

/**
 * Strata of a frame, at most 12: each outcome in quarters by length, or where one of its quarters has fewer tasks than the floor,
 * as a whole. A sample too small for these has one stratum.
 *
 * @param pairs to be drawn
 * @param floor tasks that a stratum should have drawn
 */
export function strataOf(cells: readonly FrameCell[], pairs: number, floor: number): Stratum[] {
  const found = OUTCOMES.flatMap((outcome) => strataOfOutcome(outcome, cells, floor));
  if (found.length <= pairs) return found;
  return [{ name: 'all', outcomes: OUTCOMES, quarters: QUARTERS, size: sum(cells.map(({ size }) => size)) }];
}

function strataOfOutcome(outcome: LoggedOutcome, cells: readonly FrameCell[], floor: number): Stratum[] {
  const own = cells.filter((cell) => cell.outcome === outcome);
  if (own.length === 0) return [];
  const isFine = own.every(({ size }) => size >= floor);
  if (!isFine) return [{ name: outcome, outcomes: [outcome], quarters: QUARTERS, size: sum(own.map(({ size }) => size)) }];
  return own
    .map(({ quarter, size }) => ({ name: `${outcome}/q${quarter}`, outcomes: [outcome], quarters: [quarter], size }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a cell belongs to a stratum. */
export function isWithin({ quarter, outcome }: Omit<FrameCell, 'size'>, { quarters, outcomes }: Stratum): boolean {
  return quarters.includes(quarter) && outcomes.includes(outcome);
}

/**
 * Tasks to draw from each stratum, in the order given: Neyman's allocation with a floor, the tail held to its share. The sum is
 * `pairs`, and no stratum is left out.
 *
 * @param pairs       at least the number of strata, at most the tasks of all
 * @param discordance share of pairs on which the models are expected to differ
 */
export function drawSizes(strata: readonly Stratum[], pairs: number, floor: number, discordance: number): number[] {
  const sizes = sharesOf(strata, pairs, floor, discordance);
  const tail = strata.filter(({ outcomes }) => !outcomes.includes('ok'));
  const body = strata.filter((stratum) => !tail.includes(stratum));
  const tailSize = sum(tail.map(({ size }) => size));
  const bodySize = sum(body.map(({ size }) => size));
  const drawnOfTail = sum(sizes.filter((_, at) => tail.includes(strata[at]!)));
  const most = Math.floor(pairs * Math.max(TAIL_SHARE, tailSize / (tailSize + bodySize)));
  if (drawnOfTail <= most) return sizes;
  // What the others have not enough tasks for stays with the tail.
  const tailPairs = Math.max(most, tail.length, pairs - bodySize);
  if (pairs - tailPairs < body.length) return sizes;
  const tailSizes = sharesOf(tail, tailPairs, floor, discordance);
  const bodySizes = sharesOf(body, pairs - tailPairs, floor, discordance);
  return strata.map((stratum) => (tail.includes(stratum) ? tailSizes[tail.indexOf(stratum)]! : bodySizes[body.indexOf(stratum)]!));
}

function sharesOf(strata: readonly Stratum[], n: number, floor: number, discordance: number): number[] {
  const spread = ({ outcomes }: Stratum) =>
    Math.sqrt(Math.min(1, discordance * Math.max(...outcomes.map((each) => DISCORDANCE_FACTOR[each]))));
  const affordable = Math.max(1, Math.min(floor, Math.floor(n / strata.length)));
  return allocate(
    strata.map((stratum) => ({ name: stratum.name, N: stratum.size, S: spread(stratum) })),
    n,
    affordable,
    'neyman',
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
