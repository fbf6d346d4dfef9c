/**
 * Special functions against values computed with mpmath 1.x at 40 to 60 digits, the arguments taken as the doubles they are.
 *
 * Every comparison is of relative error, so that a tail of 1e-200 counts as much as a probability near one half.
 */

import { betaCdf, betaQuantile, betaUpperQuantile, logBeta } from '../../../routing/statistics/beta';
import { chiSquareUpperTail } from '../../../routing/statistics/chi-square';
import { logGamma, lowerGamma, upperGamma } from '../../../routing/statistics/gamma';
import { normalCdf, normalQuantile, normalUpperTail } from '../../../routing/statistics/normal';
import { tQuantile, tUpperTail } from '../../../routing/statistics/student';

const TOLERANCE = 1e-12;

function expectClose(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.abs(expected);
  if (!(error <= TOLERANCE)) throw new Error(`${what}: ${actual} instead of ${expected}, relative error ${error}`);
}

const UPPER_NORMAL: readonly (readonly [x: number, tail: number])[] = [
  [-30, 1],
  [-8, 0.9999999999999993],
  [-4, 0.9999683287581669],
  [-2.1, 0.9821355794371834],
  [-1.9, 0.9712834401839981],
  [-0.5, 0.6914624612740131],
  [-0.001, 0.500398942213911],
  [1e-10, 0.49999999996010575],
  [0.3, 0.3820885778110474],
  [1, 0.15865525393145705],
  [1.99, 0.023295467750211823],
  [2, 0.02275013194817921],
  [2.01, 0.022215594429431485],
  [3.3, 0.0004834241423837775],
  [5, 2.866515718791939e-7],
  [6.5, 4.016000583859118e-11],
  [10, 7.619853024160525e-24],
  [20, 2.7536241186062337e-89],
  [30, 4.906713927148187e-198],
  [37.5, 4.605353009581955e-308],
];
const NORMAL_QUANTILE: readonly (readonly [p: number, x: number])[] = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-20, -9.262340089798407],
  [1e-9, -5.9978070150076865],
  [0.001, -3.0902323061678136],
  [0.025, -1.9599639845400543],
  [0.2, -0.8416212335729142],
  [0.24, -0.7063025628400875],
  [0.25, -0.6744897501960817],
  [0.26, -0.643345405392917],
  [0.4, -0.2533471031357997],
  [0.49999, -2.5066282748960008e-5],
  [0.5000001, 2.506628273311648e-7],
  [0.7, 0.5244005127080407],
  [0.75, 0.6744897501960817],
  [0.975, 1.9599639845400538],
  [0.995, 2.5758293035489004],
  [0.999999, 4.753424308817087],
];
const LOG_GAMMA: readonly (readonly [x: number, value: number])[] = [
  [1e-5, 11.512919692895826],
  [0.01, 4.599479878042022],
  [0.3, 1.0957979948180756],
  [0.5, 0.5723649429247001],
  [0.9, 0.06637623973474295],
  [1.1, -0.049872441259839764],
  [1.5, -0.12078223763524522],
  [1.9, -0.03898427592308336],
  [2.2, 0.09694746679063887],
  [3, Math.LN2],
  [7.5, 7.534364236758733],
  [11.9, 17.25847745059552],
  [12, 17.502307845873887],
  [30, 71.25703896716801],
  [170.5, 704.0044277342047],
  [1000, 5905.220423209181],
  [100000, 1051287.7089736569],
  [100000000, 1742068066.1038346],
];
const LOG_BETA: readonly (readonly [a: number, b: number, value: number])[] = [
  [0.01, 0.02, 5.010313350697985],
  [0.5, 0.5, 1.1447298858494002],
  [1, 1, 0],
  [2.5, 3.5, -3.301835269962053],
  [0.5, 1000, -2.8813876965715766],
  [10, 100000, -102.3278771553715],
  [400, 600, -674.8327840488873],
  [100000, 100000, -138633.92706134808],
  [0.3, 100000, -2.3580785946722926],
  [50000, 3.5, -36.668337891338965],
];
const GAMMA: readonly (readonly [a: number, x: number, lower: number, upper: number])[] = [
  [0.01, 1e-8, 0.8365102546852333, 0.16348974531476665],
  [0.01, 0.5, 0.9943732438060329, 0.0056267561939671844],
  [0.5, 0.001, 0.03567059172967989, 0.9643294082703201],
  [0.5, 1, 0.8427007929497149, 0.15729920705028513],
  [0.5, 40, 1, 3.744097384202899e-19],
  [1, 1, 0.6321205588285577, 0.36787944117144233],
  [3, 0.1, 0.00015465307026467167, 0.9998453469297354],
  [3, 3.9, 0.7468748973702161, 0.2531251026297839],
  [3, 4.1, 0.7761860186992143, 0.2238139813007857],
  [3, 100, 1, 1.8976107553682285e-40],
  [50, 20, 1.245892607971938e-8, 0.9999999875410739],
  [50, 50, 0.5188083154720433, 0.48119168452795674],
  [50, 51.2, 0.5852863884286965, 0.4147136115713035],
  [50, 120, 0.9999999999998399, 1.600822679334483e-13],
  [1000, 900, 0.0005499022657117829, 0.9994500977342882],
  [1000, 1000, 0.5042052441802155, 0.4957947558197845],
  [1000, 1200, 0.9999999987118394, 1.2881606086281433e-9],
  [100000, 99000, 0.0007574199211747679, 0.9992425800788253],
  [100000, 100500, 0.9428967300239713, 0.057103269976028714],
  [100000, 102000, 0.9999999998349394, 1.6506061359362835e-10],
];
const BETA_CDF: readonly (readonly [x: number, a: number, b: number, lower: number])[] = [
  [0.3, 2.5, 3.5, 0.2967529892956664],
  [1e-10, 0.01, 0.02, 0.5297226697505252],
  [0.5, 0.01, 0.02, 0.6667194610412722],
  [0.9, 0.5, 0.5, 0.7951672353008665],
  [0.001, 0.5, 30, 0.19276269384046288],
  [0.2, 0.5, 30, 0.9997316878523693],
  [0.5, 50, 60, 0.8309072939016694],
  [0.1, 50, 60, 7.837081131970005e-22],
  [0.9, 50, 60, 1],
  [0.0001, 10, 100000, 0.542189140415012],
  [0.0002, 10, 100000, 0.9950130155818436],
  [0.5, 100000, 100000, 0.5],
  [0.49, 100000, 100000, 1.8571347290404196e-19],
  [0.505, 100000, 100000, 0.9999961298151645],
  [0.99, 100000, 900, 0.00021251991523548274],
  [1e-100, 2, 3, 6e-200],
];
const BETA_QUANTILE: readonly (readonly [p: number, a: number, b: number, x: number])[] = [
  [0.025, 0.5, 0.5, 0.001541333133436012],
  [0.975, 0.5, 0.5, 0.998458666866564],
  [0.025, 0.05, 3, 2.091880560933388e-33],
  [0.3, 0.01, 2, 1.9054084799700747e-53],
  [0.9, 0.2, 100000, 6.049029110568601e-6],
  [1e-6, 2, 3, 0.0004083594602042573],
  [1e-12, 5, 0.5, 0.005267309227671686],
  [0.5, 1, 1, 0.5],
  [0.025, 82, 18, 0.7393610820060408],
  [0.975, 1, 300, 0.01222097469429355],
  [0.95, 1, 300, 0.00993608194445771],
  [0.025, 500, 3, 0.98568289066698],
  [0.975, 100000, 100000, 0.502191298568308],
  [0.025, 100000, 20, 0.9997033636529914],
  [0.001, 30000, 70000, 0.29553332040384006],
  [1e-9, 1000, 9000, 0.08294343030174585],
  [0.999999, 3, 100000, 0.00019127147430359119],
];
const T_UPPER: readonly (readonly [t: number, df: number, tail: number])[] = [
  [50, 3, 8.808576020635988e-6],
  [1e-6, 5, 0.4999996203933102],
  [0.5, 1, 0.35241638234956674],
  [1, 2.5, 0.20203051363913674],
  [2, 10, 0.03669401738537018],
  [-2, 10, 0.9633059826146299],
  [12.706, 1, 0.025000401179066593],
  [1000, 1, 0.0003183097800805589],
  [1000000, 2, 4.9999999999925e-13],
  [5, 30, 1.1648342733503898e-5],
  [20, 100, 4.997133930668478e-37],
  [3, 1000, 0.0013833545221190963],
  [1.96, 100000, 0.02499928159715082],
  [30, 1000000, 6.010047116831719e-198],
  [-8, 7, 0.9999544253941456],
];
const T_QUANTILE: readonly (readonly [p: number, df: number, t: number])[] = [
  [0.975, 1, 12.706204736174694],
  [0.975, 2, 4.302652729749462],
  [0.975, 9.5, 2.2441374614922958],
  [0.975, 30, 2.0422724563012378],
  [0.975, 100000, 1.9599877075346093],
  [0.025, 7, -2.3646242515927853],
  [0.4999999, 3, -2.720699046429607e-7],
  [0.6, 3, 0.27667066233268983],
  [1e-10, 1, -3183098861.837907],
  [1e-10, 4, -416.1751403296041],
  [1e-10, 200, -6.706200879452119],
  [0.999, 0.5, 102849.11563017537],
  [0.95, 1000000, 1.6448551507220401],
];
const CHI_SQUARE: readonly (readonly [x: number, df: number, tail: number])[] = [
  [0.001, 1, 0.9747728793699604],
  [3.841, 1, 0.0500136837639567],
  [100, 1, 1.523970604832105e-23],
  [5.99, 2, 0.05003662708658628],
  [0.5, 10, 0.999993388289439],
  [18.3, 10, 0.05010906141146245],
  [300, 10, 1.5546747543803181e-58],
  [90, 100, 0.7531979655998298],
  [150, 100, 0.0009039320423540091],
  [1100, 1000, 0.014614408126295194],
  [2000, 1000, 4.1436785914549916e-69],
];

test('keeps all digits of the normal tails, from the centre to 37 standard deviations', () => {
  for (const [x, tail] of UPPER_NORMAL) {
    expectClose(normalUpperTail(x), tail, `normalUpperTail(${x})`);
    expectClose(normalCdf(-x), tail, `normalCdf(${-x})`);
  }
});

test('finds the normal quantile of probabilities down to 1e-300', () => {
  for (const [p, x] of NORMAL_QUANTILE) expectClose(normalQuantile(p), x, `normalQuantile(${p})`);
  expect(normalQuantile(0.5)).toBe(0);
});

test('gives the logarithms of the gamma and beta functions', () => {
  for (const [x, value] of LOG_GAMMA) expectClose(logGamma(x), value, `logGamma(${x})`);
  expect([logGamma(1), logGamma(2)]).toEqual([0, 0]);
  for (const [a, b, value] of LOG_BETA) {
    if (value === 0) expect(logBeta(a, b)).toBeCloseTo(0, 14);
    else expectClose(logBeta(a, b), value, `logBeta(${a}, ${b})`);
  }
});

test('gives both incomplete gamma functions, each with its digits where it is small', () => {
  for (const [a, x, lower, upper] of GAMMA) {
    expectClose(lowerGamma(a, x), lower, `lowerGamma(${a}, ${x})`);
    expectClose(upperGamma(a, x), upper, `upperGamma(${a}, ${x})`);
  }
});

test('gives the Beta distribution for parameters from 0.01 to 100,000', () => {
  for (const [x, a, b, lower] of BETA_CDF) expectClose(betaCdf(x, a, b), lower, `betaCdf(${x}, ${a}, ${b})`);
});

test('finds Beta quantiles, also next to 0, next to 1 and for parameters below 1', () => {
  for (const [p, a, b, x] of BETA_QUANTILE) expectClose(betaQuantile(p, a, b), x, `betaQuantile(${p}, ${a}, ${b})`);
});

test('finds the upper Beta quantile of a probability that 1 − p could not hold', () => {
  // Beta(1, b): 1 − p^(1/b), here with p = 1e-20 and b = 4.
  expectClose(betaUpperQuantile(1e-20, 1, 4), 1 - 1e-5, 'betaUpperQuantile');
});

test('gives the tails of Student’s t, far and near, for any degrees of freedom', () => {
  for (const [t, df, tail] of T_UPPER) expectClose(tUpperTail(t, df), tail, `tUpperTail(${t}, ${df})`);
});

test('finds quantiles of Student’s t', () => {
  for (const [p, df, t] of T_QUANTILE) expectClose(tQuantile(p, df), t, `tQuantile(${p}, ${df})`);
  expect(tQuantile(0.5, 3)).toBe(0);
});

test('gives the upper tail of chi-square', () => {
  for (const [x, df, tail] of CHI_SQUARE) expectClose(chiSquareUpperTail(x, df), tail, `chiSquareUpperTail(${x}, ${df})`);
});

test('refuses arguments outside the range', () => {
  for (const wrong of [
    () => normalCdf(Number.NaN),
    () => normalQuantile(0),
    () => normalQuantile(1),
    () => logGamma(0),
    () => upperGamma(-1, 2),
    () => upperGamma(1, -2),
    () => betaCdf(1.1, 1, 1),
    () => betaQuantile(0.5, 0, 1),
    () => logBeta(1, Number.POSITIVE_INFINITY),
    () => tUpperTail(1, 0),
    () => tQuantile(0, 3),
    () => chiSquareUpperTail(-1, 1),
  ]) {
    expect(wrong).toThrow(RangeError);
  }
});
