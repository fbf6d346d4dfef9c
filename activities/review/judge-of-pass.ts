/** Who compares the answers of a pass that no grader scores, asked before any task of it is drawn. */

import { loadCallTokens } from '../../db/queries/call-tokens';
import type { ProposalRow, ReviewForSteps } from '../../db/queries/proposals';
import type { FrameJudge } from '../../db/queries/samples';
import { kinOf } from '../../routing/judging/family';
import { judgingCost } from '../../routing/judging/judging-cost';
import { rubricFor } from '../../routing/judging/settings';
import { callTokensOf } from '../../routing/review/propose/call-tokens';
import type { NanoUsd } from '../../routing/units';
import type { Deps } from '../deps';

/** A judge, with what it is expected to cost on a pair. */
export interface JudgeOfPass {
  readonly frame: FrameJudge;
  readonly costNanoUsd: NanoUsd;
}

/** The judge of a class, with what keeps it from judging these models. Null: the policy names none for this class. */
export async function judgeOfPass(
  { reviewDb, rules }: Pick<Deps, 'reviewDb' | 'rules'>,
  { name, classes, baseline, finding }: Pick<ProposalRow, 'name' | 'classes' | 'baseline' | 'finding'>,
  { settings: { judge }, catalogueVersion, windowFrom, windowTo }: ReviewForSteps,
  candidates: readonly string[],
): Promise<JudgeOfPass | null> {
  const rubric = judge && rubricFor(judge, name);
  if (judge === undefined || rubric === undefined) return null;
  const { catalogue } = await rules.catalogue(catalogueVersion);
  const model = catalogue.models.get(judge.model);
  if (model === undefined || model.status.kind === 'retired') {
    return { frame: { model: judge.model, privacyTiers: [], regions: [], obstacle: 'judge-missing' }, costNanoUsd: 0 };
  }
  const { privacyTiers, regions } = model;
  const judged = [baseline ?? '', ...candidates].map((id) => catalogue.models.get(id));
  const isKin = judged.some((one) => one === undefined || kinOf(model, [one]) !== undefined);
  // A judge says which answer is better, not how good either is.
  const obstacle = isKin ? 'judge-family' : finding.limits?.floor != null ? 'judge-floor' : null;
  const tokens = callTokensOf(await loadCallTokens(reviewDb, classes, { from: windowFrom, to: windowTo }), catalogue);
  return {
    frame: { model: model.id, privacyTiers, regions, obstacle },
    costNanoUsd: obstacle !== null || tokens === undefined ? 0 : judgingCost(model, tokens, rubric),
  };
}
