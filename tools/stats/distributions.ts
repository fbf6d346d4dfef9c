/** Distributions, rates, quantiles, adjusted p-values and priors, by name. */

import { z } from 'zod';
import { betaQuantile } from '../../routing/statistics/beta';
import { bcaAcceleration, bcaLevels } from '../../routing/statistics/bootstrap-levels';
import { chiSquareUpperTail } from '../../routing/statistics/chi-square';
import { mcnemar } from '../../routing/statistics/mcnemar';
import { benjaminiHochberg, combinePasses, holm } from '../../routing/statistics/multiple-testing';
import { normalCdf, normalQuantile } from '../../routing/statistics/normal';
import { probabilityBetter } from '../../routing/statistics/probability-better';
import { quantileCiRanks, quantileType7 } from '../../routing/statistics/quantiles';
import { clopperPearson, clopperPearsonUpperOneSided, newcombeIndependent, wilson } from '../../routing/statistics/rates';
import { sampleRatioP } from '../../routing/statistics/sample-ratio-pearson';
import { betaPosterior, betaPriorMoments, normalShrinkage } from '../../routing/statistics/shrinkage';
import { ewma, ewmaLimits, ewmaPath } from '../../routing/statistics/smoothing';
import { tQuantile, tUpperTail } from '../../routing/statistics/student';
import { type StatsTable, statsFunction } from './table';

const number = z.number();
const numbers = z.array(number);
const rate = z.strictObject({ x: number, n: number, conf: number });
const series = z.strictObject({ values: numbers, alpha: number, seed: number });
const pValues = z.strictObject({ p: numbers });
const beta = z.strictObject({ a: number, b: number });

export const distributionFunctions: StatsTable = {
  normalQuantile: statsFunction(z.strictObject({ p: number }), ({ p }) => normalQuantile(p)),
  normalCdf: statsFunction(z.strictObject({ x: number }), ({ x }) => normalCdf(x)),
  tQuantile: statsFunction(z.strictObject({ p: number, df: number }), ({ p, df }) => tQuantile(p, df)),
  tUpperTail: statsFunction(z.strictObject({ t: number, df: number }), ({ t, df }) => tUpperTail(t, df)),
  betaQuantile: statsFunction(z.strictObject({ p: number, a: number, b: number }), ({ p, a, b }) => betaQuantile(p, a, b)),
  chiSquareUpperTail: statsFunction(z.strictObject({ x: number, df: number }), ({ x, df }) => chiSquareUpperTail(x, df)),

  ewma: statsFunction(series, ({ values, alpha, seed }) => ewma(values, alpha, seed)),
  ewmaPath: statsFunction(series, ({ values, alpha, seed }) => ewmaPath(values, alpha, seed)),
  ewmaLimits: statsFunction(
    z.strictObject({ mean: number, sigma: number, lambda: number, L: number, t: number }),
    ({ mean, sigma, lambda, L, t }) => ewmaLimits({ mean, sigma, lambda, limitWidth: L }, t),
  ),

  wilson: statsFunction(rate, ({ x, n, conf }) => wilson(x, n, conf)),
  clopperPearson: statsFunction(rate, ({ x, n, conf }) => clopperPearson(x, n, conf)),
  clopperPearsonUpperOneSided: statsFunction(rate, ({ x, n, conf }) => clopperPearsonUpperOneSided(x, n, conf)),
  newcombeIndependent: statsFunction(
    z.strictObject({ x1: number, n1: number, x2: number, n2: number, conf: number }),
    ({ x1, n1, x2, n2, conf }) => newcombeIndependent(x1, n1, x2, n2, conf),
  ),
  mcnemar: statsFunction(z.strictObject({ b: number, c: number }), ({ b, c }) => mcnemar(b, c)),
  sampleRatioP: statsFunction(z.strictObject({ observed: numbers, weights: numbers }), ({ observed, weights }) =>
    sampleRatioP(observed, weights),
  ),

  quantileType7: statsFunction(z.strictObject({ values: numbers, p: number }), ({ values, p }) => quantileType7(values, p)),
  quantileCiRanks: statsFunction(z.strictObject({ n: number, p: number, conf: number }), ({ n, p, conf }) => quantileCiRanks(n, p, conf)),
  bcaAcceleration: statsFunction(z.strictObject({ values: numbers }), ({ values }) => bcaAcceleration(values)),
  bcaLevels: statsFunction(z.strictObject({ z0: number, a: number, conf: number }), ({ z0, a, conf }) => bcaLevels(z0, a, conf)),

  benjaminiHochberg: statsFunction(pValues, ({ p }) => benjaminiHochberg(p)),
  holm: statsFunction(pValues, ({ p }) => holm(p)),
  combinePasses: statsFunction(z.strictObject({ p: numbers, maxPasses: number }), ({ p, maxPasses }) => combinePasses(p, maxPasses)),

  betaPriorMoments: statsFunction(z.strictObject({ counts: z.array(z.tuple([number, number])) }), ({ counts }) => betaPriorMoments(counts)),
  betaPosterior: statsFunction(z.strictObject({ x: number, n: number, a: number, b: number, conf: number }), ({ x, n, a, b, conf }) =>
    betaPosterior(x, n, { a, b }, conf),
  ),
  normalShrinkage: statsFunction(
    z.strictObject({ mean: number, se: number, priorMean: number, priorSd: number }),
    ({ mean, se, priorMean, priorSd }) => normalShrinkage(mean, se, priorMean, priorSd),
  ),
  probabilityBetter: statsFunction(z.strictObject({ A: beta, B: beta }), ({ A, B }) => probabilityBetter(A, B)),
};
