/**
 * Estimates, tests, intervals and monitors, by the names of docs/statistics.md: `signalbox/statistics`. Pure functions; every docstring has
 * the source of its formula.
 */

export { cohenKappa, gwetAc1 } from './agreement';
export { allocate, neymanShares } from './allocation';
export { bernoulliConfidenceSequence, errorRateEValue } from './bernoulli-sequence';
export { betaQuantile } from './beta';
export { bcaAcceleration, bcaLevels } from './bootstrap-levels';
export { canaryBounds, canaryDecision } from './canary';
export { chiSquareUpperTail } from './chi-square';
export { blockInterval, clusterRobustMean, designEffect } from './clusters';
export { costPerSuccess, pairedCostRatio } from './cost-ratio';
export { bernoulliCusum, cusum } from './cusum';
export { effectiveSampleSize, satterthwaiteDf } from './effective-size';
export { judgeMargin, netWinRate, predictionPoweredMean, resolvePairwise, roganGladen } from './judge';
export { mcnemar } from './mcnemar';
export { benjaminiHochberg, combinePasses, holm } from './multiple-testing';
export { newcombePaired } from './newcombe-paired';
export { normalCdf, normalQuantile } from './normal';
export { offPolicy } from './off-policy';
export { pairCells } from './pair-cells';
export { pairedMeanNonInferiority } from './paired-mean';
export { conditionalPower, tangoExactPower } from './power';
export { probabilityBetter } from './probability-better';
export { quantileCiRanks, quantileType7 } from './quantiles';
export { clopperPearson, clopperPearsonUpperOneSided, newcombeIndependent, wilson } from './rates';
export { sequentialSampleRatioP } from './sample-ratio';
export { sampleRatioP } from './sample-ratio-pearson';
export {
  betaPerGuardrail,
  inflateSampleSize,
  samplePairedBinaryNI,
  samplePairedBinaryNIScore,
  samplePairedMeanNI,
  smallestDecidableN,
} from './sample-size';
export { asymptoticCsHalfWidth, normalMixtureBound, normalMixtureRho } from './sequential';
export { betaPosterior, betaPriorMoments, normalShrinkage } from './shrinkage';
export { ewma, ewmaLimits, ewmaPath } from './smoothing';
export { stratifiedPairedBinary, stratifiedPairedBinaryP } from './stratified';
export { tQuantile, tUpperTail } from './student';
export { niVerdict, tangoCi, tangoNonInferiority } from './tango';
