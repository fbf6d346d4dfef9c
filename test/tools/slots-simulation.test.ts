import { simulationReport } from '../../tools/bench/slots-simulation';

test('a day on slots: the rule serves more value by its proper tier than first-come-first-served on the same arrivals, and sooner', () => {
  const { tasks, slots, rule, firstCome } = simulationReport();
  expect({ tasks, slots }).toEqual({ tasks: 10_000, slots: 40 });
  expect(rule.valueByProperTier).toBeGreaterThan(firstCome.valueByProperTier);
  expect(rule.claimedValueOnHigherTier).toBeGreaterThan(firstCome.claimedValueOnHigherTier);
  expect(rule.cheapTasksOnPremium).toBeLessThan(firstCome.cheapTasksOnPremium);
  expect(rule.valueWeightedWaitSeconds).toBeLessThan(firstCome.valueWeightedWaitSeconds);
  expect(rule.meanWaitSeconds[9]).toBeLessThan(rule.meanWaitSeconds[0] ?? 0);
});
