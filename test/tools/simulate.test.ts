/** The simulation itself, with few runs: that a figure can be missed, and that the same seed gives the same figures. */

import { seededRandom } from '../../routing/statistics/random';
import { canaryFigures } from '../../tools/simulate/canaries';
import { driftFigures } from '../../tools/simulate/drift';
import { meanFigure, shareFigure } from '../../tools/simulate/figure';
import { judgingFigures } from '../../tools/simulate/judging';
import { replayFigures } from '../../tools/simulate/replays';

/** Few, because the same code runs many times slower under jest. */
const RUNS = 60;

test.each([
  ['replays', replayFigures],
  ['judging', judgingFigures],
  ['canaries', canaryFigures],
  ['drift', driftFigures],
])('%s: every figure is what it must be, and the same seed gives the same figures', (part, figures) => {
  const once = figures(seededRandom(`test/${part}`), RUNS);
  expect(once.filter(({ isMet }) => !isMet)).toEqual([]);
  expect(figures(seededRandom(`test/${part}`), RUNS)).toEqual(once);
});

test('a figure is met within three Monte-Carlo errors of its aim, and missed beyond', () => {
  const aim = { name: 'a', aim: 0.025, bound: 'at most' } as const;
  expect(shareFigure(aim, 30, 1000).isMet).toBe(true);
  expect(shareFigure(aim, 60, 1000).isMet).toBe(false);
  expect(shareFigure({ ...aim, aim: 0.9, bound: 'at least' }, 800, 1000).isMet).toBe(false);
  expect(meanFigure({ name: 'b', aim: 10, bound: 'about', within: 1 }, [12, 12.1, 11.9], 'days').isMet).toBe(false);
});
