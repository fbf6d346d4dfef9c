/**
 * What half a year of reviews comes to in worlds whose truth is known, and what becomes of it without one part or another. Every run
 * draws its classes and its weather anew.
 */

import { DAY_MS, DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../../../routing/review/settings';
import { usdToNano } from '../../../routing/units';
import { type Random, times } from '../draw';
import { type Figure, meanFigure, neverFigure, shareFigure } from '../figure';
import { drawClasses } from './classes';
import { drawWeather, sum, type Weather } from './logs';
import { followAverages } from './naive';
import type { World } from './truth';
import { simulateYear, type Tally } from './year';

/** Runs of these for one of the cheapest simulations: 40 at effort 1. */
const SHARE_OF_RUNS = 1 / 1_250;

const { replay, watch } = DEFAULT_REVIEW_SETTINGS;

/**
 * A class of these worlds costs at most 75 dollars a month, so little that the default limits hold most second passes for their price.
 * With these, a proof may cost nine days of the saving, and there is enough for all classes of a review.
 */
const AMPLE_MONEY: ReviewSettings = {
  ...DEFAULT_REVIEW_SETTINGS,
  replay: { ...replay, maxShareOfSaving: 0.3, capNanoUsd: usdToNano(100) },
};
const BLOCKS_ON_DAYS: ReviewSettings = { ...DEFAULT_REVIEW_SETTINGS, replay: { ...replay, blocks: 8, blockSpacingMs: DAY_MS } };
const WITHOUT_WATCH: ReviewSettings = { ...DEFAULT_REVIEW_SETTINGS, watch: { ...watch, durationMs: 0 } };

/** What a run came to, class by class. */
export type Run = readonly Tally[];

/** Runs by what was done otherwise in them. */
export interface Lived {
  /** By the defaults. */
  readonly usual: readonly Run[];
  readonly ample: readonly Run[];
  readonly onDays: readonly Run[];
  readonly unwatched: readonly Run[];
  /** Without any review. */
  readonly naive: readonly Run[];
}

export function worldFigures(random: Random, runs: number): Figure[] {
  const many = Math.ceil(runs * SHARE_OF_RUNS);
  const few = Math.ceil(many / 4);
  return figuresOf({
    usual: reviewed(random, many, DEFAULT_REVIEW_SETTINGS),
    ample: reviewed(random, many, AMPLE_MONEY),
    onDays: reviewed(random, few, BLOCKS_ON_DAYS),
    unwatched: reviewed(random, few, WITHOUT_WATCH),
    naive: drawn(random, many, followAverages),
  });
}

export function figuresOf({ usual, ample, onDays, unwatched, naive }: Lived): Figure[] {
  const reviews = [...usual, ...ample, ...onDays, ...unwatched];
  return [
    neverFigure(
      'half a year, 11 classes: replays on or approvals of a model that may not have the content',
      total(reviews, ({ ineligible }) => ineligible),
      reviews.length,
    ),
    wrongApprovals({ name: 'approvals that were wrong', aim: 0.02, bound: 'at most' }, usual),
    meanFigure({ name: 'available saving reached, with money for every proof', aim: 0.9, bound: 'at least' }, ample.map(reached), 'share'),
    meanFigure({ name: 'by the default limits of money (what they cost)', aim: 0.75, bound: 'at least' }, usual.map(reached), 'share'),
    meanFigure({ name: 'less what the replays cost', aim: 0.6, bound: 'at least' }, usual.map(reachedNet), 'share'),
    meanFigure({ name: 'flaps of a run', aim: 0.1, bound: 'at most' }, usual.map(flaps), 'rate'),
    neverFigure('drifted models left routed', total(usual, isDriftLeft), usual.length),
    meanFigure({ name: '95 % intervals that hold the truth', aim: 0.94, bound: 'at least' }, usual.map(covered), 'share'),
    meanFigure({ name: 'with a day between the blocks of a pass', aim: 0.94, bound: 'at least' }, onDays.map(covered), 'share'),
    shareFigure(
      { name: 'without the watch: drifted models left routed (why there is one)', aim: 0.1, bound: 'at least' },
      total(unwatched, isDriftLeft),
      unwatched.length,
    ),
    wrongApprovals({ name: 'following the averages: moves that were wrong (why they decide nothing)', aim: 0.3, bound: 'at least' }, naive),
    meanFigure(
      { name: 'following the averages: available saving reached (it waits for no proof)', aim: 0.9, bound: 'at least' },
      naive.map(reached),
      'share',
    ),
    meanFigure({ name: 'following the averages: flaps of a run', aim: 10, bound: 'at least' }, naive.map(flaps), 'rate'),
  ];
}

function reviewed(random: Random, runs: number, settings: ReviewSettings): Run[] {
  return drawn(random, runs, (worlds, weather) => simulateYear(worlds, settings, weather, random));
}

function drawn(random: Random, runs: number, live: (worlds: readonly World[], weather: Weather, random: Random) => Run): Run[] {
  return times(runs, () => live(drawClasses(random), drawWeather(random), random));
}

function wrongApprovals(aim: Parameters<typeof shareFigure>[0], runs: readonly Run[]): Figure {
  return shareFigure(
    aim,
    total(runs, (tally) => tally.wrongApprovals),
    total(runs, ({ approvals }) => approvals),
  );
}

function total(runs: readonly Run[], of: (tally: Tally) => number): number {
  return sum(runs, (run) => sum(run, of));
}

function reached(run: Run): number {
  return sum(run, (tally) => tally.reached) / sum(run, ({ available }) => available);
}

function reachedNet(run: Run): number {
  return reached(run) - sum(run, ({ replays }) => replays) / sum(run, ({ available }) => available);
}

function flaps(run: Run): number {
  return sum(run, (tally) => tally.flaps);
}

/** As one share of each run: the intervals of a run share its weather. */
function covered(run: Run): number {
  return sum(run, ({ covering }) => covering) / sum(run, ({ intervals }) => intervals);
}

function isDriftLeft({ world, route }: Tally): number {
  return world.drift?.model === route ? 1 : 0;
}
