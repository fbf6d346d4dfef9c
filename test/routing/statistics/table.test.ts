/** `npm run stats` serves what docs/statistics.md says it does, and says where each function lives. */

import { existsSync, readFileSync } from 'node:fs';
import * as exported from '../../../routing/statistics';
import { comparisonFunctions } from '../../../tools/stats/comparison';
import { distributionFunctions } from '../../../tools/stats/distributions';
import { monitoringFunctions } from '../../../tools/stats/monitoring';
import { stepFunctions } from '../../../tools/stats/steps';

const tables = [comparisonFunctions, distributionFunctions, monitoringFunctions, stepFunctions];
const rows = [...readFileSync('docs/statistics.md', 'utf8').matchAll(/^\| `(routing\/[\w/-]+\.ts)` \| (.+) \|$/gm)];
const documented = rows.flatMap(([, , names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name!));

test('every function that is served is documented, once', () => {
  const served = tables.flatMap((table) => Object.keys(table));
  expect([...documented].sort()).toEqual([...served].sort());
});

test('every function of routing/statistics that is served is exported to programs', () => {
  const own = rows
    .filter(([, file = '']) => file.startsWith('routing/statistics/'))
    .flatMap(([, , names = '']) => [...names.matchAll(/`(\w+)`/g)]);
  expect(Object.keys(exported).sort()).toEqual(own.map(([, name]) => name!).sort());
});

test('every file that is named exists', () => {
  expect(rows.filter(([, file = '']) => !existsSync(file))).toEqual([]);
});

test('arguments that a function does not take are refused', () => {
  expect(() => distributionFunctions.normalCdf!.call({ x: 0, y: 1 })).toThrow('Unrecognized key');
});
