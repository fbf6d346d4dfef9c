/**
 * The judgement over all classes of a review at once: what passes still passes when every other class that was looked at is paid for,
 * and what does not pass is held, with a sentence that says why, or put before an owner.
 */

import { benjaminiHochberg, holm } from '../../statistics/multiple-testing';
import { provedModels } from '../change';
import type { Candidate, Finding } from '../findings';
import { listed, percent, points } from '../report/words';
import type { ProofSettings } from '../settings';
import type { Escalation } from '../states';
import type { Comparison } from './evidence';
import { differenceToPeople, testedMargin } from './judge-correction';
import { isCutShort } from './next-pass';

/** A saving from which it is for an owner to say whether a loss beyond the tolerance is worth it: half of the cost. */
const LARGE_SAVING = 0.5;
/** Loss, as a multiple of the tolerance, from which there is nothing to weigh. */
const LARGEST_TRADE = 2;

/** What the conclusion needs of a proposal. */
export interface DecidedProposal {
  readonly id: string;
  readonly classes: readonly string[];
  readonly candidate: string | null;
  readonly finding: Pick<Finding, 'candidates'>;
  /** One for each pass that was judged. */
  readonly comparisons: readonly Comparison[];
}

/** The price that a proof pays for the other classes of the same review. */
export interface AdjustedProof {
  readonly adjustedP: number;
  /** The adjusted p may not be above this. */
  readonly adjustedLimit: number;
  readonly correction: 'benjamini-hochberg' | 'holm';
  readonly classesCompared: number;
}

/** `pass`: it may be shown to an approver. `hold`: not now, for the evidence; or by an escalation that an owner must decide. */
export type Conclusion =
  | { readonly kind: 'pass'; readonly adjusted: AdjustedProof }
  | { readonly kind: 'hold'; readonly adjusted: AdjustedProof; readonly detail: string; readonly escalation?: Escalation };

/**
 * Adjusted p-value of every class that was judged, by proposal: Benjamini–Hochberg over all of them, and for a class of high risk
 * Holm's bound. A class that was stopped for something else than its p counts as one without any evidence, so that it lends none.
 */
export function adjustedProofs(
  proposals: readonly DecidedProposal[],
  { alpha, falseDiscoveryRate, highRiskClasses }: Pick<ProofSettings, 'alpha' | 'falseDiscoveryRate' | 'highRiskClasses'>,
): ReadonlyMap<string, AdjustedProof> {
  const judged = proposals.filter(({ comparisons }) => comparisons.length > 0);
  const pValues = judged.map(({ comparisons }) => {
    const { verdict, pClass } = comparisons.at(-1)!;
    return verdict === 'PASS' || pClass > alpha ? pClass : 1;
  });
  const [discovery, familyWise] = [benjaminiHochberg(pValues), holm(pValues)];
  return new Map(
    judged.map(({ id, classes, candidate, finding }, index) => {
      const isHighRisk = classes.some((name) => highRiskClasses.includes(name));
      const maxP = finding.candidates.find(({ model }) => model === candidate)?.maxP ?? 1;
      return [
        id,
        {
          adjustedP: (isHighRisk ? familyWise : discovery)[index]!,
          adjustedLimit: Math.min(falseDiscoveryRate, maxP),
          correction: isHighRisk ? 'holm' : 'benjamini-hochberg',
          classesCompared: judged.length,
        },
      ];
    }),
  );
}

/** What becomes of every proposal that was judged, by its id. The same proposals give the same conclusions, wherever they stand by now. */
export function concludeProposals(
  proposals: readonly DecidedProposal[],
  proof: Pick<ProofSettings, 'alpha' | 'falseDiscoveryRate' | 'highRiskClasses'>,
): ReadonlyMap<string, Conclusion> {
  const adjustedById = adjustedProofs(proposals, proof);
  return new Map(
    proposals.flatMap(({ id, comparisons, candidate, finding }) => {
      const last = comparisons.at(-1);
      const adjusted = adjustedById.get(id);
      if (last === undefined || adjusted === undefined) return [];
      const conclusion = conclusionOf(last, adjusted, proof.alpha);
      const proved = finding.candidates.find(({ model }) => model === candidate);
      return [[id, conclusion.kind === 'pass' && proved?.kind === 'cascade' ? byHand(last, proved, adjusted) : conclusion]];
    }),
  );
}

function conclusionOf(last: Comparison, adjusted: AdjustedProof, alpha: number): Conclusion {
  if (last.verdict === 'PASS') {
    if (adjusted.adjustedP <= adjusted.adjustedLimit) return { kind: 'pass', adjusted };
    const detail =
      `${last.sentence} Among ${adjusted.classesCompared} classes of this review that is not rare enough: ` +
      `its p-value of ${last.pClass.toPrecision(2)} counts as ${adjusted.adjustedP.toPrecision(2)}, and ${adjusted.adjustedLimit} is the limit.`;
    return { kind: 'hold', adjusted, detail };
  }
  const detail = isCutShort(last.excluded) ? `${last.sentence} Money or time ended before all of its tasks were replayed.` : last.sentence;
  const trade = tradeOff(last, alpha);
  return {
    kind: 'hold',
    adjusted,
    detail: trade === undefined ? detail : `${detail} ${trade.why}`,
    ...(trade && { escalation: trade.rule }),
  };
}

/** A cascade is proved as a model is. A rollout follows one model against one other, so whether it is to be had is for an owner. */
function byHand({ sentence }: Comparison, { change }: Candidate, adjusted: AdjustedProof): Conclusion {
  const models = listed(provedModels(change));
  const detail = `${sentence} It is proved, and cannot be rolled out by a review: to have it, write a cascade of ${models}, in this order and with the check of "review.cascades", as the route of ${listed(change.classes.map((name) => `"${name}"`))} into policy.yaml.`;
  return { kind: 'hold', adjusted, detail, escalation: 'cascade-by-hand' };
}

/** A trade-off that only an owner may make. A candidate below the floor, or that harms a part, is none: nobody agreed to that. */
function tradeOff(comparison: Comparison, alpha: number): { readonly rule: Escalation; readonly why: string } | undefined {
  const { verdict, flags, low, tolerance, pClass, cost } = comparison;
  const delta = differenceToPeople(comparison);
  const others = flags.filter((flag) => flag !== 'SUPERIOR' && flag !== 'WORSE_WITHIN_TOLERANCE');
  if (others.length === 1 && others[0] === 'TOO_SLOW' && low > -testedMargin(comparison) && pClass <= alpha) {
    return {
      rule: 'customer-visible-latency',
      why: 'Its quality was proven; whether people may wait longer for it is for an owner to say.',
    };
  }
  const saving = cost.ratio?.savingLowerBound ?? 0;
  if (verdict === 'FAIL' && others.length === 0 && saving >= LARGE_SAVING && delta >= -LARGEST_TRADE * tolerance) {
    const why = `It costs at least ${percent(saving)} less; whether that is worth ${points(-delta)} points of quality is for an owner to say.`;
    return { rule: 'quality-against-cost', why };
  }
  return undefined;
}
