/**
 * The strata of a sample: how long the prompts are, and how the logged calls ended. Long and failed tasks are few and decide much, so
 * they are drawn more often than they occur, and weighed back.
 */

import { allocate } from '../../statistics/allocation';

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

/** What went well at first, and what did not. */
const WELL: readonly LoggedOutcome[] = ['ok'];
const TAIL: readonly LoggedOutcome[] = ['retried', 'failed'];
const OUTCOMES: readonly LoggedOutcome[] = [...WELL, ...TAIL];
const QUARTERS: readonly Quarter[] = [1, 2, 3, 4];

/**
 * Pairs that each quarter of an outcome must expect. The limits of small strata are wide, and put together they are wider than those of
 * one: with 20 at least, 250 pairs found an equal candidate good enough in 25 of 100 reviews, with 60 in 41.
 */
const QUARTER_PAIRS = 60;

/** The most that tasks which did not go well at first may take of a sample, unless they are more of the class. */
const TAIL_SHARE = 0.3;

/** Discordance of tasks that went wrong once, as a multiple of the others': what one model found hard is where two models differ. */
const DISCORDANCE_FACTOR: Readonly<Record<LoggedOutcome, number>> = { ok: 1, retried: 2, failed: 2 };

/**
 * Strata of a frame, at most 12: each outcome in quarters by length, or as a whole where a quarter would get too few pairs by its size.
 * What was retried and what failed are one where either would get fewer than the floor. A sample too small for these has one stratum.
 *
 * @param pairs to be drawn
 * @param floor tasks that a stratum should have drawn
 */
export function strataOf(cells: readonly FrameCell[], pairs: number, floor: number): Stratum[] {
  const frame = sum(cells.map(({ size }) => size));
  const of = (outcomes: readonly LoggedOutcome[]) => cells.filter(({ outcome }) => outcomes.includes(outcome));
  const expectedOf = (own: readonly FrameCell[]) => (pairs * sum(own.map(({ size }) => size))) / frame;
  const isThin = (outcome: LoggedOutcome) => expectedOf(of([outcome])) < floor;
  const tail = TAIL.some(isThin) && TAIL.every((outcome) => of([outcome]).length > 0) ? [TAIL] : TAIL.map((outcome) => [outcome]);
  const found = [WELL, ...tail].flatMap((outcomes) => strataOfOutcomes(outcomes, of(outcomes), (own) => expectedOf(own) >= QUARTER_PAIRS));
  return found.length <= pairs ? found : [{ name: 'all', outcomes: OUTCOMES, quarters: QUARTERS, size: frame }];
}

function strataOfOutcomes(
  outcomes: readonly LoggedOutcome[],
  own: readonly FrameCell[],
  isEnough: (quarter: readonly FrameCell[]) => boolean,
): Stratum[] {
  if (own.length === 0) return [];
  const name = outcomes.join('+');
  const size = (part: readonly FrameCell[]) => sum(part.map((cell) => cell.size));
  const quarters = [...Map.groupBy(own, ({ quarter }) => quarter)].sort(([a], [b]) => a - b);
  if (!quarters.every(([, part]) => isEnough(part))) return [{ name, outcomes, quarters: QUARTERS, size: size(own) }];
  return quarters.map(([quarter, part]) => ({ name: `${name}/q${quarter}`, outcomes, quarters: [quarter], size: size(part) }));
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
