/** The simulated worlds: that their truth is what they say, that a part that is left out is missed, and that a seed fixes a run. */

import { DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../../routing/review/settings';
import { seededRandom } from '../../routing/statistics/random';
import { drawClasses } from '../../tools/simulate/worlds/classes';
import { figuresOf } from '../../tools/simulate/worlds/figures';
import { drawWeather } from '../../tools/simulate/worlds/logs';
import { LARGE, MIDDLE, SMALL } from '../../tools/simulate/worlds/models';
import { followAverages } from '../../tools/simulate/worlds/naive';
import { bestModel, isEligible, isWrong, type World } from '../../tools/simulate/worlds/truth';
import { newTally, simulateYear, type Tally } from '../../tools/simulate/worlds/year';

const classNamed = (name: string): World => drawClasses(seededRandom('test')).find((world) => world.name === name)!;

/** Half a year of a few classes alone. */
function lived(worlds: readonly World[], seed: string, changes: Partial<ReviewSettings> = {}): readonly Tally[] {
  const random = seededRandom(seed);
  return simulateYear(worlds, { ...DEFAULT_REVIEW_SETTINGS, ...changes }, drawWeather(random), random);
}

test.each([
  ['restricted', MIDDLE, 'it may not have the content'],
  ['resident', SMALL, 'its region is another'],
  ['two-rungs-a-trap', SMALL, 'it is worse'],
  ['ruined-tenth', MIDDLE, 'it ruins the hard tenth behind a good average'],
  ['too-slow', MIDDLE, 'people would wait twice as long'],
  ['at-the-tolerance', MIDDLE, 'it loses all of the tolerance'],
])('in %s the change to %s is wrong, because %s', (name, model) => {
  const world = classNamed(name);
  expect(isWrong(world, LARGE, model, 0)).toBe(true);
  expect(bestModel(world, 0)).not.toBe(model);
});

test('a change is right where the model is as good, until it drifts', () => {
  const world = classNamed('drifting');
  const { day } = world.drift!;
  expect([isWrong(world, LARGE, MIDDLE, day - 1), isWrong(world, LARGE, MIDDLE, day)]).toEqual([false, true]);
  expect([bestModel(world, day - 1), bestModel(world, day)]).toEqual([MIDDLE, LARGE]);
});

test('a class that is served badly goes to the model that is good enough; one with nowhere to go stays', () => {
  const [under, restricted, small] = lived(['under-served', 'restricted', 'too-small'].map(classNamed), 'stays');
  expect(under).toMatchObject({ route: LARGE, wrongApprovals: 0 });
  expect(restricted).toMatchObject({ route: LARGE, approvals: 0, ineligible: 0, replays: 0 });
  expect(small).toMatchObject({ route: LARGE, approvals: 0, replays: 0 });
});

test('a ruined tenth is found behind the average, and the same class without it is approved', () => {
  const world = classNamed('ruined-tenth');
  const [ruined, sound] = lived([world, { ...world, name: 'sound', ruin: {} }], 'ruin');
  expect(ruined).toMatchObject({ approvals: 0, route: LARGE });
  expect(ruined!.verdicts.FAIL).toBeGreaterThan(0);
  expect(sound).toMatchObject({ approvals: 1, wrongApprovals: 0, route: MIDDLE });
});

test('a drifted model is taken back by the watch, and without a watch or a floor nobody finds it', () => {
  const drifting = { ...classNamed('drifting'), floor: null };
  const [watched] = lived([drifting], 'drift');
  expect(watched).toMatchObject({ promotions: 1, alarms: 1, falseAlarms: 0, route: LARGE });
  const [unwatched] = lived([drifting], 'drift', { watch: { ...DEFAULT_REVIEW_SETTINGS.watch, durationMs: 0 } });
  expect(unwatched).toMatchObject({ promotions: 1, alarms: 0, route: MIDDLE });
});

test('who follows the averages makes wrong moves and goes back and forth, on the same classes, but never where content may not go', () => {
  const random = seededRandom('naive');
  const tallies = followAverages(drawClasses(random), drawWeather(random), random);
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  expect(sum(({ wrongApprovals }) => wrongApprovals)).toBeGreaterThan(10);
  expect(sum(({ flaps }) => flaps)).toBeGreaterThan(5);
  for (const { world, route } of tallies) expect(isEligible(world, route)).toBe(true);
});

test('the same seed gives the same half year', () => {
  const worlds = ['over-served', 'noisy-days'].map(classNamed);
  expect(lived(worlds, 'again')).toEqual(lived(worlds, 'again'));
  expect(lived(worlds, 'another')).not.toEqual(lived(worlds, 'again'));
});

test('each aim is missed by a run that misses it', () => {
  const drifting = classNamed('drifting');
  const good = {
    ...newTally(drifting),
    approvals: 10,
    available: 100,
    reached: 95,
    replays: 1,
    intervals: 100,
    covering: 95,
    route: LARGE,
  };
  const missedWith = (changes: Partial<Tally>) => {
    const runs = [[{ ...good, ...changes }]];
    const rest = {
      onDays: [[good]],
      unwatched: [[{ ...good, route: MIDDLE }]],
      naive: [[{ ...good, wrongApprovals: 8, flaps: 20 }]],
    };
    return figuresOf({ usual: runs, ample: runs, ...rest }).flatMap(({ name, isMet }) => (isMet ? [] : [name]));
  };
  expect(missedWith({})).toEqual([]);
  expect(missedWith({ ineligible: 1 })).toEqual([expect.stringMatching(/may not have the content/)]);
  expect(missedWith({ wrongApprovals: 7 })).toEqual(['approvals that were wrong']);
  expect(missedWith({ reached: 85 })).toEqual(['available saving reached, with money for every proof']);
  expect(missedWith({ replays: 50 })).toEqual(['less what the replays cost']);
  expect(missedWith({ flaps: 1 })).toEqual(['flaps of a run']);
  expect(missedWith({ route: MIDDLE })).toEqual(['drifted models left routed']);
  expect(missedWith({ covering: 90 })).toEqual(['95 % intervals that hold the truth']);
});
