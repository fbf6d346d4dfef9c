/** How many tokens a call of a class takes, whichever model makes it: what a model that never served the class would be paid for. */

import type { Catalogue } from '../../catalogue';

/** Tokens of one call of a class, the answer's as a model of verbosity 1 would use them. */
export interface CallTokens {
  readonly inputTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
}

/** Mean tokens of a model's recent calls on a class. */
export interface ModelTokens extends CallTokens {
  readonly model: string;
  /** Calls, at least 1. */
  readonly calls: number;
}

/** The mean over all calls, each answer at its model's own verbosity; undefined without calls. */
export function callTokensOf(seen: readonly ModelTokens[], { models }: Pick<Catalogue, 'models'>): CallTokens | undefined {
  const calls = seen.reduce((sum, each) => sum + each.calls, 0);
  if (calls === 0) return undefined;
  const mean = (of: (each: ModelTokens) => number) => seen.reduce((sum, each) => sum + each.calls * of(each), 0) / calls;
  return {
    inputTokens: mean(({ inputTokens }) => inputTokens),
    outputTokens: mean(({ outputTokens, model }) => outputTokens / (models.get(model)?.verbosity ?? 1)),
  };
}
