/**
 * Which of the models that were tried for an over-served class is proposed.
 *
 * A price never argues for a model: what is not eligible, or has not proved itself, is not considered however cheap it is.
 */

/** One model that was tried for the class. */
export interface ProposalOption {
  readonly model: string;
  /** Of the replay. Anything but a proof of quality, such as `INCONCLUSIVE`, is no proof. */
  readonly verdict: string;
  /** Expected saving over the baseline, in any one unit; negative for a dearer model. */
  readonly saving: number;
  /** Admitted by every constraint: privacy tier, residency, context length, latency. */
  readonly eligible: boolean;
}

/** Verdicts that prove quality: of one comparison, or of the class over all passes and comparisons of the review. */
const PROVEN: ReadonlySet<string> = new Set(['NON_INFERIOR', 'PASS']);

/**
 * The model to propose, or null to leave the class as it is: among the eligible, proven options that save, the one nearest to the
 * baseline on the ladder, as it changes least; of two equally near, the one that saves more; of two that save the same, the first
 * given.
 *
 * @param baseline the class's model now
 * @param ladder   all models in order of capability or price; a model off the ladder is farther than any on it
 * @throws {RangeError} when the baseline is not on the ladder, or a saving is not a number
 */
export function pickProposal(baseline: string, ladder: readonly string[], options: readonly ProposalOption[]): string | null {
  const rung = ladder.indexOf(baseline);
  if (rung === -1) throw new RangeError(`The baseline "${baseline}" is not on the ladder.`);
  const hopsTo = (model: string) => (ladder.includes(model) ? Math.abs(ladder.indexOf(model) - rung) : Infinity);
  for (const { model, saving } of options) {
    if (Number.isNaN(saving)) throw new RangeError(`The saving of "${model}" is not a number.`);
  }
  const [best] = options
    .filter(({ model, verdict, saving, eligible }) => eligible && model !== baseline && saving > 0 && PROVEN.has(verdict))
    .sort((a, b) => compare(hopsTo(a.model), hopsTo(b.model)) || compare(b.saving, a.saving));
  return best?.model ?? null;
}

/** Not a difference: two models off the ladder are both infinitely far. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
