/** What the log of a router that chose by chance says of each model. */

import type { LoggedTask } from '../../client/offline/log-cells';
import { gatherPropensities } from '../../client/offline/log-propensities';
import { offPolicy } from '../../routing/statistics/off-policy';

const choice = (model: string, propensity: number | undefined, score: number | undefined): LoggedTask => ({
  ...{ id: 't', endedAt: 0, taskClass: 'debugging/medium', privacyTier: 'internal', outcome: 'completed', calls: 1, model },
  ...(propensity === undefined ? {} : { propensity }),
  ...(score === undefined ? {} : { score }),
});

test('the estimates of a log that streamed by are those of the whole log', () => {
  const log = Array.from({ length: 400 }, (_, number) => {
    const isLarge = number % 4 !== 0;
    return { action: isLarge ? 'large' : 'small', p: isLarge ? 0.75 : 0.25, reward: number % 5 === 0 ? 0 : 1 };
  });
  const gathered = gatherPropensities();
  for (const { action, p, reward } of log) gathered.add(choice(action, p, reward));
  const values = gathered.values();
  expect(values.map(({ model, choices }) => [model, choices])).toEqual([
    ['small', 400],
    ['large', 400],
  ]);
  for (const { model, ips, snips, dr, ess, isTooFew } of values) {
    const own = log.filter(({ action }) => action === model);
    const mean = own.reduce((sum, { reward }) => sum + reward, 0) / own.length;
    const whole = offPolicy(log, model, { [model]: mean }, 10);
    expect([ips, snips, dr, ess]).toEqual([whole.ips, whole.snips, whole.dr, whole.ess].map((value) => expect.closeTo(value, 9)));
    expect(isTooFew).toBe(false);
  }
});

test('a choice that was certain, or that nobody scored, says nothing; fewer than 50 say too little', () => {
  const gathered = gatherPropensities();
  gathered.add(choice('large', 1, 1));
  gathered.add(choice('large', undefined, 1));
  gathered.add(choice('large', 0.5, undefined));
  expect(gathered.values()).toEqual([]);
  for (let number = 0; number < 49; number += 1) gathered.add(choice('large', 0.5, 1));
  expect(gathered.values()).toMatchObject([{ model: 'large', choices: 49, isTooFew: true }]);
});

test('one choice never counts for more than ten', () => {
  const gathered = gatherPropensities();
  gathered.add(choice('large', 0.001, 1));
  gathered.add(choice('small', 0.999, 0));
  expect(gathered.values().find(({ model }) => model === 'large')).toMatchObject({ ips: 5 });
});
