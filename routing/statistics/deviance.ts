/**
 * The two terms of a point probability that must not be computed from differences of large logarithms.
 *
 * Γ and powers of 100,000 trials have logarithms near a million; their difference near 1 would keep ten digits. Loader's
 * saddle-point form keeps all: Stirling's formula cancels by algebra and only small terms are left.
 *
 * @see Loader (2000), "Fast and accurate computation of binomial probabilities"
 */

/** Coefficients of Stirling's series, B(2k) / (2k (2k−1)): 1/12, −1/360, 1/1260, … (Abramowitz & Stegun 6.1.41). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400] as const;

/** From here eight terms of the series are exact to 1e-17. */
const SERIES_FROM = 12;

/**
 * What Stirling's formula leaves out: ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π), for x > 0. It decreases like 1/(12x).
 */
export function stirlingError(x: number): number {
  // Stepping up by μ(x) = μ(x + 1) + (x + ½) ln(1 + 1/x) − 1.
  let steps = 0;
  let at = x;
  for (; at < SERIES_FROM; at += 1) steps += (at + 0.5) * Math.log1p(1 / at) - 1;
  let series = 0;
  for (const coefficient of STIRLING.toReversed()) series = series / (at * at) + coefficient;
  return steps + series / at;
}

/**
 * Deviance part x ln(x/m) + m − x, at least 0, for x, m > 0; without cancellation where x is near m.
 */
export function deviance(x: number, m: number): number {
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) - difference;
  // ln(x/m) = 2 (v + v³/3 + v⁵/5 + …) with v = (x − m)/(x + m).
  const v = difference / (x + m);
  let power = 2 * x * v;
  let sum = difference * v;
  for (let odd = 3; ; odd += 2) {
    power *= v * v;
    const next = sum + power / odd;
    if (next === sum) return sum;
    sum = next;
  }
}
