/**
 * What the review is compared with: a router that follows the averages. It gives every model it may use a few tasks a day, smooths
 * their daily results, and moves a class once a week to the cheapest model that looks worse than the best by no more than the tolerance.
 */

import { RETURN_DAYS } from '../../../routing/review/propose/past-changes';
import { binomial, type Random } from '../draw';
import { DAYS } from './classes';
import type { Change } from './history';
import { drawDay, tasksOn, type Weather } from './logs';
import { CATALOGUE, taskCost } from './models';
import { isEligible, isWrong, TOLERANCE, type World } from './truth';
import { addSaving, isDrifted, newTally, REVIEW_EVERY, type Tally } from './year';

/** Weight of the newest day, and share of a day's tasks that each other model is tried on. */
const LAMBDA = 0.3;
const TRIED_SHARE = 0.05;

/** The same half year without reviews, rollouts and watches. Each move counts as an approval. */
export function followAverages(worlds: readonly World[], weather: Weather, random: Random): readonly Tally[] {
  return worlds.map((world) => followClass(world, weather, random));
}

function followClass(world: World, weather: Weather, random: Random): Tally {
  const tally = newTally(world);
  const models = [...CATALOGUE.models.keys()].filter((model) => isEligible(world, model));
  const averages = new Map<string, number>();
  const changes: Change[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    const tasks = tasksOn(world, day, random);
    for (const model of models) {
      const given = model === tally.route ? tasks : binomial(random, tasks, TRIED_SHARE);
      const { good } = drawDay(world, weather, random, model, day, given);
      if (given > 0) averages.set(model, (1 - LAMBDA) * (averages.get(model) ?? good / given) + (LAMBDA * good) / given);
    }
    addSaving(tally, tally.route, day, tasks);
    if (day % REVIEW_EVERY === 0) move(tally, cheapestGood(averages, world), day, changes);
  }
  return tally;
}

function move(tally: Tally, to: string, day: number, changes: Change[]): void {
  const { world, route: from } = tally;
  if (to === from) return;
  tally.approvals += 1;
  if (isWrong(world, from, to, day)) tally.wrongApprovals += 1;
  if (changes.some((change) => change.from === to && change.day > day - RETURN_DAYS) && !isDrifted(world, from, day)) tally.flaps += 1;
  changes.push({ day, from, to });
  tally.route = to;
}

function cheapestGood(averages: ReadonlyMap<string, number>, { start, length }: World): string {
  const best = Math.max(...averages.values());
  const good = [...averages].filter(([, average]) => average >= best - TOLERANCE).map(([model]) => model);
  return good.reduce((cheapest, model) => (taskCost(model, length) < taskCost(cheapest, length) ? model : cheapest), good[0] ?? start);
}
