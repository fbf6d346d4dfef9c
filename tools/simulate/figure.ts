/** One operating characteristic: what it is, what it must be, and what the simulation found. */

/** How the measured share must compare with the aim. */
export type Bound = 'at most' | 'at least' | 'about';

export interface Figure {
  readonly name: string;
  readonly aim: number;
  readonly bound: Bound;
  /** For `about`: how far from the aim it may be, beside the Monte-Carlo error. */
  readonly within: number;
  readonly measured: number;
  /** Monte-Carlo standard error of the measured value. */
  readonly error: number;
  readonly runs: number;
  readonly unit: 'share' | 'tasks' | 'days' | 'difference' | 'rate';
  /** It holds, three standard errors allowed. */
  readonly isMet: boolean;
}

/** What a simulation is given. */
export interface Simulation {
  /** A share of 1 runs as many as the documentation quotes. */
  readonly effort: number;
  /** Everything random follows from it. */
  readonly seed: string;
}

/** Something that may never happen: once is too often, whatever the error. */
export function neverFigure(name: string, happened: number, runs: number): Figure {
  return judged({ name, aim: 0, bound: 'at most' }, happened, 0, runs, 'tasks');
}

interface Aim {
  readonly name: string;
  readonly aim: number;
  readonly bound: Bound;
  readonly within?: number;
}

/** A share of runs in which something happened. */
export function shareFigure(aim: Aim, happened: number, runs: number): Figure {
  const measured = happened / runs;
  // Laplace's rule keeps the error above 0 where nothing happened.
  const smooth = (happened + 1) / (runs + 2);
  return judged(aim, measured, Math.sqrt((smooth * (1 - smooth)) / runs), runs, 'share');
}

/** A mean over runs. */
export function meanFigure(aim: Aim, values: readonly number[], unit: Figure['unit']): Figure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return judged(aim, mean, Math.sqrt(variance / values.length), values.length, unit);
}

function judged({ name, aim, bound, within = 0 }: Aim, measured: number, error: number, runs: number, unit: Figure['unit']): Figure {
  const slack = 3 * error;
  const isMet =
    bound === 'at most'
      ? measured <= aim + slack
      : bound === 'at least'
        ? measured >= aim - slack
        : Math.abs(measured - aim) <= within + slack;
  return { name, aim, bound, within, measured, error, runs, unit, isMet };
}
