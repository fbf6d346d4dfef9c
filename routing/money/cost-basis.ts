/** What the cost of a call rests on: of a task's, and of a program's that routes by itself. */

/**
 * Where the cost of a call comes from: the tokens it used, the provider's own figure, its reservation in full because nobody
 * knows better, nothing because nothing was done, or unknown because the model has no price and was allowed by name.
 */
export type CostBasis = 'usage' | 'reported' | 'reserved' | 'none' | 'unknown';
