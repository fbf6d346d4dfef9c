/**
 * Which of the options are tried, and in which order: at most two, since a class has two passes.
 *
 * For less money, first the one from which most is to be hoped, its saving times the chance that it is good enough; then the nearest
 * rung, which changes least. For better quality, the cheapest that promises what was agreed.
 */

import type { Candidate, Option } from '../findings';

/** Tries that one class has in one review. */
const MAX_TRIES = 2;

/** @param baseline the option of the model that serves the class now; its cost is its place on the ladder */
export function pickCheaper(options: readonly Option[], baseline: Option): Option[] {
  const [first, ...rest] = open(options).sort((a, b) => promise(b) - promise(a) || b.savingPerMonthNanoUsd - a.savingPerMonthNanoUsd);
  if (first === undefined) return [];
  const ladder = options
    .filter(({ dropped }) => dropped?.reason !== 'unknown-price')
    .sort((a, b) => a.costPerTaskNanoUsd - b.costPerTaskNanoUsd)
    .map(({ model }) => model);
  const rung = ladder.indexOf(baseline.model);
  const hopsTo = ({ model }: Option) => Math.abs(ladder.indexOf(model) - rung);
  const [second] = rest.sort((a, b) => hopsTo(a) - hopsTo(b) || b.savingPerMonthNanoUsd - a.savingPerMonthNanoUsd);
  return second === undefined ? [first] : [first, second];
}

/** @param floor least success rate that anyone accepts; models that promise it come before those that only promise more than now */
export function pickBetter(options: readonly Option[], floor: number): Option[] {
  const reaches = ({ quality }: Option) => (quality !== null && quality >= floor ? 1 : 0);
  return open(options)
    .sort((a, b) => reaches(b) - reaches(a) || a.costPerTaskNanoUsd - b.costPerTaskNanoUsd || b.chance - a.chance)
    .slice(0, MAX_TRIES);
}

/** What is to be hoped of an option, in nano-USD a month. */
export function promise({ savingPerMonthNanoUsd, chance }: Pick<Option, 'savingPerMonthNanoUsd' | 'chance'>): number {
  return savingPerMonthNanoUsd * chance;
}

/** The options as they stand in the report: what would be worth a try and is not tried, with the reason. */
export function withoutOthers(options: readonly Option[], tried: readonly Pick<Candidate, 'model'>[]): Option[] {
  const names = tried.map(({ model }) => model).join(' and ');
  const picked = options.filter(({ model }) => tried.some((one) => one.model === model));
  return dropOpen(options, picked, { reason: 'not-nearest', detail: `a class has ${MAX_TRIES} tries, and ${names} come first` });
}

/** The options of a class that may not lose any quality, however little. */
export function withoutAny(options: readonly Option[]): Option[] {
  return dropOpen(options, [], {
    reason: 'min-quality',
    detail: 'the class is not sure to be above its floor, and may not become cheaper',
  });
}

function dropOpen(options: readonly Option[], picked: readonly Option[], dropped: NonNullable<Option['dropped']>): Option[] {
  return options.map((option) => (option.dropped !== undefined || picked.includes(option) ? option : { ...option, dropped }));
}

function open(options: readonly Option[]): Option[] {
  return options.filter(({ dropped }) => dropped === undefined);
}
