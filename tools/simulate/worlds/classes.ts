/** The classes of a simulated year: each is a situation in which a review could go wrong. */

import type { Random } from '../draw';
import { LARGE, MIDDLE, SMALL } from './models';
import type { World } from './truth';

/** Days that are simulated: 26 weeks. */
export const DAYS = 182;

/** Days of a provider differ by so little that nobody notices, and on noisy days by so much that two models differ by 0.02. */
const QUIET_DAYS = 0.005;
const NOISY_DAYS = 0.02 / Math.SQRT2;

/** What a class is where its situation says nothing else. */
const ORDINARY: Omit<World, 'name' | 'tasksPerDay' | 'quality'> = {
  length: 1,
  start: LARGE,
  floor: null,
  privacyTier: 'internal',
  residency: null,
  ruin: {},
  slowness: { [LARGE]: 1, [MIDDLE]: 0.9, [SMALL]: 0.7 },
  dayNoise: QUIET_DAYS,
};

/** The classes of one run. What is as good as the large model is so within −0.015 to 0.01, and a trap is 0.10 to 0.16 worse. */
export function drawClasses(random: Random): readonly World[] {
  const between = (low: number, high: number) => low + random() * (high - low);
  const alike = () => 0.9 + between(-0.015, 0.01);
  const trap = () => 0.9 - between(0.1, 0.16);
  return [
    { ...ORDINARY, name: 'over-served', tasksPerDay: 500, floor: 0.8, quality: { [LARGE]: 0.9, [MIDDLE]: alike(), [SMALL]: alike() } },
    { ...ORDINARY, name: 'two-rungs-a-trap', tasksPerDay: 500, quality: { [LARGE]: 0.9, [MIDDLE]: alike(), [SMALL]: trap() } },
    {
      ...ORDINARY,
      ...{ name: 'under-served', tasksPerDay: 250, start: MIDDLE, floor: 0.85 },
      quality: { [LARGE]: between(0.9, 0.94), [MIDDLE]: 0.8, [SMALL]: 0.7 },
    },
    {
      ...ORDINARY,
      ...{ name: 'restricted', tasksPerDay: 250, privacyTier: 'restricted' },
      quality: { [LARGE]: 0.9, [MIDDLE]: 0.9, [SMALL]: 0.9 },
    },
    { ...ORDINARY, name: 'resident', tasksPerDay: 350, residency: 'eu', quality: { [LARGE]: 0.9, [MIDDLE]: alike(), [SMALL]: alike() } },
    { ...ORDINARY, name: 'too-small', tasksPerDay: 2.5, length: 200, quality: { [LARGE]: 0.9, [MIDDLE]: trap(), [SMALL]: trap() } },
    { ...ORDINARY, name: 'noisy-days', tasksPerDay: 500, dayNoise: NOISY_DAYS, quality: { [LARGE]: 0.9, [MIDDLE]: 0.9, [SMALL]: trap() } },
    {
      ...ORDINARY,
      ...{ name: 'drifting', tasksPerDay: 500, floor: 0.8 },
      quality: { [LARGE]: 0.9, [MIDDLE]: alike(), [SMALL]: trap() },
      // Long after a change could first be promoted, and long before the end.
      drift: { model: MIDDLE, day: Math.floor(between(84, 154)), drop: 0.14 },
    },
    {
      ...ORDINARY,
      ...{ name: 'ruined-tenth', tasksPerDay: 500, ruin: { [MIDDLE]: 0.45 } },
      // Better than the large model on all other tasks, so that the loss over all stays inside of the tolerance.
      quality: { [LARGE]: 0.9, [MIDDLE]: 0.91, [SMALL]: trap() },
    },
    {
      ...ORDINARY,
      ...{ name: 'too-slow', tasksPerDay: 400, slowness: { [LARGE]: 1, [MIDDLE]: 2, [SMALL]: 0.7 } },
      quality: { [LARGE]: 0.9, [MIDDLE]: 0.9, [SMALL]: trap() },
    },
    { ...ORDINARY, name: 'at-the-tolerance', tasksPerDay: 500, quality: { [LARGE]: 0.9, [MIDDLE]: 0.85, [SMALL]: trap() } },
  ];
}
