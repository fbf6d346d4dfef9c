/** Comparisons of a candidate with the baseline on the same tasks: tests, intervals, sample sizes. */

import { z } from 'zod';
import { allocate, neymanShares } from '../../routing/statistics/allocation';
import { blockInterval, clusterRobustMean, designEffect } from '../../routing/statistics/clusters';
import { effectiveSampleSize, satterthwaiteDf } from '../../routing/statistics/effective-size';
import { newcombePaired } from '../../routing/statistics/newcombe-paired';
import { pairCells } from '../../routing/statistics/pair-cells';
import { pairedMeanNonInferiority } from '../../routing/statistics/paired-mean';
import { conditionalPower, tangoExactPower } from '../../routing/statistics/power';
import {
  betaPerGuardrail,
  inflateSampleSize,
  samplePairedBinaryNI,
  samplePairedBinaryNIScore,
  samplePairedMeanNI,
  smallestDecidableN,
} from '../../routing/statistics/sample-size';
import { stratifiedPairedBinary, stratifiedPairedBinaryP } from '../../routing/statistics/stratified';
import { niVerdict, tangoCi, tangoNonInferiority } from '../../routing/statistics/tango';
import { type StatsTable, statsFunction } from './table';

const number = z.number();
const numbers = z.array(z.number());
const outcome = z.number().nullable();
const plan = z.strictObject({ margin: number, discordance: number, alphaOneSided: number, power: number, trueDelta: number });
const strataOfPairs = z.array(z.strictObject({ N: number, n: number, b: number, c: number }));
const strataToSample = z.array(z.strictObject({ name: z.string(), N: number, S: number }));
/** All cells, or the discordant ones and the number of pairs. */
const pairs = z.strictObject({
  a: number.optional(),
  b: number,
  c: number,
  d: number.optional(),
  n: number.optional(),
  conf: number,
});

/** @throws {RangeError} when the number of pairs is neither given nor the sum of four given cells, or both are given and differ */
function numberOfPairs({ a, b, c, d, n }: z.output<typeof pairs>): number {
  const sum = a === undefined || d === undefined ? undefined : a + b + c + d;
  const count = n ?? sum;
  if (count === undefined) throw new RangeError('The number of pairs is unknown: give n, or a and d.');
  if (sum !== undefined && sum !== count) throw new RangeError(`n is ${count}, but the four cells hold ${sum} pairs.`);
  return count;
}

export const comparisonFunctions: StatsTable = {
  pairCells: statsFunction(z.strictObject({ pairs: z.array(z.tuple([outcome, outcome])) }), (args) => pairCells(args.pairs)),
  tangoCi: statsFunction(pairs, (args) => tangoCi({ b: args.b, c: args.c, n: numberOfPairs(args) }, args.conf)),
  tangoNonInferiority: statsFunction(z.strictObject({ b: number, c: number, n: number, margin: number }), ({ margin, ...counts }) =>
    tangoNonInferiority(counts, margin),
  ),
  niVerdict: statsFunction(
    z.strictObject({ b: number, c: number, n: number, margin: number, alphaOneSided: number }),
    ({ margin, alphaOneSided, ...counts }) => niVerdict(counts, margin, alphaOneSided),
  ),
  newcombePaired: statsFunction(z.strictObject({ a: number, b: number, c: number, d: number, conf: number }), ({ conf, ...cells }) =>
    newcombePaired(cells, conf),
  ),
  stratifiedPairedBinary: statsFunction(z.strictObject({ strata: strataOfPairs, conf: number }), ({ strata, conf }) =>
    stratifiedPairedBinary(strata, conf),
  ),
  stratifiedPairedBinaryP: statsFunction(z.strictObject({ strata: strataOfPairs, margin: number }), ({ strata, margin }) =>
    stratifiedPairedBinaryP(strata, margin),
  ),
  pairedMeanNonInferiority: statsFunction(z.strictObject({ diffs: numbers, margin: number, conf: number }), ({ diffs, margin, conf }) =>
    pairedMeanNonInferiority(diffs, margin, conf),
  ),
  clusterRobustMean: statsFunction(z.strictObject({ clusters: z.record(z.string(), numbers), margin: number }), ({ clusters, margin }) =>
    clusterRobustMean(clusters, margin),
  ),
  designEffect: statsFunction(z.strictObject({ clusterSize: number, icc: number, n: number }), ({ clusterSize, icc, n }) =>
    designEffect(clusterSize, icc, n),
  ),
  blockInterval: statsFunction(z.strictObject({ blockDeltas: numbers, conf: number }), ({ blockDeltas, conf }) =>
    blockInterval(blockDeltas, conf),
  ),
  effectiveSampleSize: statsFunction(z.strictObject({ weights: numbers }), ({ weights }) => effectiveSampleSize(weights)),
  satterthwaiteDf: statsFunction(z.strictObject({ weights: numbers, variances: numbers, n: numbers }), ({ weights, variances, n }) =>
    satterthwaiteDf(weights, variances, n),
  ),
  samplePairedBinaryNI: statsFunction(plan, samplePairedBinaryNI),
  samplePairedBinaryNIScore: statsFunction(plan, samplePairedBinaryNIScore),
  samplePairedMeanNI: statsFunction(
    z.strictObject({ margin: number, sdDiff: number, alphaOneSided: number, power: number }),
    ({ margin, sdDiff, alphaOneSided, power }) => samplePairedMeanNI(margin, sdDiff, alphaOneSided, power),
  ),
  inflateSampleSize: statsFunction(
    z.strictObject({ n: number, clusterSize: number, icc: number, labelCoverage: number }),
    ({ n, clusterSize, icc, labelCoverage }) => inflateSampleSize(n, designEffect(clusterSize, icc, n).deff, labelCoverage),
  ),
  smallestDecidableN: statsFunction(z.strictObject({ margin: number, alphaOneSided: number }), ({ margin, alphaOneSided }) =>
    smallestDecidableN(margin, alphaOneSided),
  ),
  betaPerGuardrail: statsFunction(z.strictObject({ power: number, guardrails: number }), ({ power, guardrails }) =>
    betaPerGuardrail(power, guardrails),
  ),
  tangoExactPower: statsFunction(
    z.strictObject({ n: number, margin: number, discordance: number, trueDelta: number, alphaOneSided: number }),
    tangoExactPower,
  ),
  conditionalPower: statsFunction(z.strictObject({ z1: number, infoFraction: number, zCrit: number }), ({ z1, infoFraction, zCrit }) =>
    conditionalPower(z1, infoFraction, zCrit),
  ),
  neymanShares: statsFunction(z.strictObject({ strata: strataToSample, n: number }), ({ strata, n }) => neymanShares(strata, n)),
  allocate: statsFunction(
    z.strictObject({ strata: strataToSample, n: number, floor: number, method: z.enum(['neyman', 'proportional']) }),
    ({ strata, n, floor, method }) => allocate(strata, n, floor, method),
  ),
};
