/** Which judge compares answers that no grader can score, by which rubric, and what it must have shown before it is believed. */

/** Part of the policy, and so versioned with it. */
export interface JudgeSettings {
  /** Catalogue id. */
  readonly model: string;
  /** What a good answer is, by class or group; `*` is for every other. A class without one is not judged. */
  readonly rubrics: Readonly<Record<string, string>>;
  /** Pairs at least that people have labelled, under the same rubric, of the same judge as its provider serves it. */
  readonly minLabels: number;
  /** Least quadratic-weighted kappa with people, in (0, 1]; and the least that its interval may reach down to. */
  readonly minKappa: number;
  readonly minKappaLow: number;
  /** Largest share of pairs on which it may contradict itself when the order is changed, in [0, 1]. */
  readonly maxFlipRate: number;
  /** Tokens that a judgement may have, its thinking included. */
  readonly maxOutputTokens: number;
}

/**
 * What holds where the policy names a judge and says no more. Kappa as in docs/statistics.md. A judge that always takes the first
 * answer contradicts itself on every pair; a good one was seen to on 35 % where answers are close.
 *
 * @see Zheng et al. (2023), "Judging LLM-as-a-judge with MT-bench and Chatbot Arena", table 2, arXiv 2306.05685
 */
export const JUDGE_DEFAULTS: Omit<JudgeSettings, 'model' | 'rubrics'> = {
  minLabels: 100,
  minKappa: 0.6,
  minKappaLow: 0.4,
  maxFlipRate: 0.5,
  maxOutputTokens: 2_000,
};

/** Stands for every class that has no rubric of its own. */
export const EVERY_CLASS = '*';

/** The rubric by which the answers of a class or group are compared. Undefined: they are not judged. */
export function rubricFor({ rubrics }: Pick<JudgeSettings, 'rubrics'>, name: string): string | undefined {
  if (Object.hasOwn(rubrics, name)) return rubrics[name];
  return Object.hasOwn(rubrics, EVERY_CLASS) ? rubrics[EVERY_CLASS] : undefined;
}
