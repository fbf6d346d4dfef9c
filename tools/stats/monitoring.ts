/** The functions that judge judges, value logs, watch canaries and promoted models, and keep routes from flapping. */

import { z } from 'zod';
import { flapPenalty, flapReuseDay } from '../../routing/review/propose/damping';
import { pickProposal } from '../../routing/review/propose/proposal';
import { replayWorthwhile } from '../../routing/review/propose/replay-cost';
import { remainingMargin } from '../../routing/review/propose/tolerance-budget';
import { cohenKappa, gwetAc1 } from '../../routing/statistics/agreement';
import { bernoulliConfidenceSequence, errorRateEValue } from '../../routing/statistics/bernoulli-sequence';
import { canaryBounds, canaryDecision } from '../../routing/statistics/canary';
import { costPerSuccess, pairedCostRatio } from '../../routing/statistics/cost-ratio';
import { bernoulliCusum, cusum } from '../../routing/statistics/cusum';
import { judgeMargin, netWinRate, predictionPoweredMean, resolvePairwise, roganGladen } from '../../routing/statistics/judge';
import { offPolicy } from '../../routing/statistics/off-policy';
import { sequentialSampleRatioP } from '../../routing/statistics/sample-ratio';
import { asymptoticCsHalfWidth, normalMixtureBound, normalMixtureRho } from '../../routing/statistics/sequential';
import { type StatsTable, statsFunction } from './table';

const number = z.number();
const numbers = z.array(number);
const sided = z.union([z.literal(1), z.literal(2)]);
const matrix = z.array(numbers);
const canaryCounts = { xCand: number, nCand: number, xCtrl: number, nCtrl: number };
const judge = { sensitivity: number, specificity: number };
const damping = { changeDays: numbers, halfLifeDays: number, perChange: number };

export const monitoringFunctions: StatsTable = {
  normalMixtureRho: statsFunction(z.strictObject({ vOpt: number, alpha: number }), ({ vOpt, alpha }) => normalMixtureRho(vOpt, alpha)),
  normalMixtureBound: statsFunction(z.strictObject({ v: number, alpha: number, vOpt: number, sided }), (args) =>
    normalMixtureBound(args.v, args.alpha, args.vOpt, args.sided),
  ),
  asymptoticCsHalfWidth: statsFunction(z.strictObject({ se: number, n: number, alpha: number, nStar: number, sided }), (args) =>
    asymptoticCsHalfWidth(args.se, args.n, args.alpha, args.nStar, args.sided),
  ),
  canaryBounds: statsFunction(z.strictObject({ ...canaryCounts, alpha: number, nStar: number }), ({ alpha, nStar, ...counts }) =>
    canaryBounds(counts, alpha, nStar),
  ),
  canaryDecision: statsFunction(
    z.strictObject({
      ...canaryCounts,
      alpha: number,
      nStar: number,
      margin: number,
      canaryMargin: number,
      minPerArm: number,
      stepDone: z.boolean(),
      lastStep: z.boolean(),
    }),
    (args) => canaryDecision(args, args, args),
  ),
  bernoulliConfidenceSequence: statsFunction(z.strictObject({ successes: number, n: number, alpha: number }), ({ successes, n, alpha }) =>
    bernoulliConfidenceSequence(successes, n, alpha),
  ),
  errorRateEValue: statsFunction(z.strictObject({ errors: number, n: number, limit: number }), ({ errors, n, limit }) =>
    errorRateEValue(errors, n, limit),
  ),
  sequentialSampleRatioP: statsFunction(
    z.strictObject({ rows: z.array(numbers), weights: numbers, concentration: number.optional() }),
    ({ rows, weights, concentration }) => sequentialSampleRatioP(rows, weights, concentration),
  ),
  cusum: statsFunction(z.strictObject({ values: numbers, target: number, sigma: number, k: number, h: number }), (args) =>
    cusum(args.values, args.target, args.sigma, args.k, args.h),
  ),
  bernoulliCusum: statsFunction(z.strictObject({ values: numbers, p0: number, p1: number, h: number }), ({ values, p0, p1, h }) =>
    bernoulliCusum(values, p0, p1, h),
  ),
  cohenKappa: statsFunction(
    z.strictObject({ matrix, weights: z.enum(['none', 'linear', 'quadratic']).optional() }),
    ({ matrix: counts, weights }) => cohenKappa(counts, weights),
  ),
  gwetAc1: statsFunction(z.strictObject({ matrix }), ({ matrix: counts }) => gwetAc1(counts)),
  resolvePairwise: statsFunction(z.strictObject({ pairs: z.array(z.array(z.string())) }), ({ pairs }) => resolvePairwise(pairs)),
  netWinRate: statsFunction(z.strictObject({ wins: number, ties: number, losses: number, conf: number }), ({ wins, ties, losses, conf }) =>
    netWinRate(wins, ties, losses, conf),
  ),
  roganGladen: statsFunction(z.strictObject({ observed: number, ...judge }), ({ observed, sensitivity, specificity }) =>
    roganGladen(observed, sensitivity, specificity),
  ),
  judgeMargin: statsFunction(z.strictObject({ margin: number, ...judge }), ({ margin, sensitivity, specificity }) =>
    judgeMargin(margin, sensitivity, specificity),
  ),
  predictionPoweredMean: statsFunction(
    z.strictObject({ judgeAll: numbers, judgeCal: numbers, humanCal: numbers }),
    ({ judgeAll, judgeCal, humanCal }) => predictionPoweredMean(judgeAll, judgeCal, humanCal),
  ),
  pairedCostRatio: statsFunction(z.strictObject({ candidate: numbers, baseline: numbers, conf: number }), (args) =>
    pairedCostRatio(args.candidate, args.baseline, args.conf),
  ),
  costPerSuccess: statsFunction(z.strictObject({ costs: numbers, successes: numbers }), ({ costs, successes }) =>
    costPerSuccess(costs, successes),
  ),
  offPolicy: statsFunction(
    z.strictObject({
      log: z.array(z.strictObject({ action: z.string(), p: number, reward: number })),
      target: z.string(),
      qhat: z.record(z.string(), number),
      clip: number.nullable(),
    }),
    ({ log, target, qhat, clip }) => offPolicy(log, target, qhat, clip),
  ),
  replayWorthwhile: statsFunction(z.strictObject({ expectedMonthlySaving: number, replayCost: number, maxShare: number }), (args) =>
    replayWorthwhile(args.expectedMonthlySaving, args.replayCost, args.maxShare),
  ),
  flapPenalty: statsFunction(z.strictObject({ ...damping, nowDay: number }), (args) =>
    flapPenalty(args.changeDays, args.nowDay, args.halfLifeDays, args.perChange),
  ),
  flapReuseDay: statsFunction(z.strictObject({ ...damping, reuse: number }), (args) =>
    flapReuseDay(args.changeDays, args.reuse, args.halfLifeDays, args.perChange),
  ),
  remainingMargin: statsFunction(z.strictObject({ margin: number, acceptedDeltas: numbers }), ({ margin, acceptedDeltas }) =>
    remainingMargin(margin, acceptedDeltas),
  ),
  pickProposal: statsFunction(
    z.strictObject({
      baseline: z.string(),
      ladder: z.array(z.string()),
      options: z.array(z.strictObject({ model: z.string(), verdict: z.string(), saving: number, eligible: z.boolean() })),
    }),
    ({ baseline, ladder, options }) => pickProposal(baseline, ladder, options),
  ),
};
