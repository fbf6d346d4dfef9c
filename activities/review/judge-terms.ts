/** The judge of a pass with what people have said of it, for whoever decides the pass. */

import type { Database } from '../../db/connect';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { rubricVersion } from '../../db/documents/rubric-version';
import { loadLabels, servedToJudge } from '../../db/queries/judge-labels';
import type { ProposalRow, ReviewForSteps } from '../../db/queries/proposals';
import { catalogueBody } from '../../db/queries/rules';
import { calibrateJudge } from '../../routing/judging/calibration';
import { familiesOf } from '../../routing/judging/family';
import { rubricFor } from '../../routing/judging/settings';
import type { JudgeTerms } from '../../routing/review/prove/judge-evidence';

/** Undefined: the policy names no judge for this class, or none that may judge it. */
export async function judgeTermsOf(
  db: Database,
  { id: proposalId, name, baseline, candidate }: Pick<ProposalRow, 'id' | 'name' | 'baseline' | 'candidate'>,
  { settings: { judge: settings }, catalogueVersion, seed }: Pick<ReviewForSteps, 'settings' | 'catalogueVersion' | 'seed'>,
  pass: 1 | 2,
): Promise<JudgeTerms | undefined> {
  const rubric = settings && rubricFor(settings, name);
  if (settings === undefined || rubric === undefined) return undefined;
  const version = rubricVersion(rubric);
  const served = await servedToJudge(db, { proposalId, pass });
  const labels = await loadLabels(db, { model: settings.model, rubric: version, served });
  const body = await catalogueBody(db, catalogueVersion);
  const model = body === undefined ? undefined : storedCatalogueFromJson(body).catalogue.models.get(settings.model);
  return {
    settings,
    families: model === undefined ? [] : familiesOf(model),
    rubricVersion: version,
    served,
    calibration: calibrateJudge(labels, `${seed}/${name}/judge`),
    ofThesePairs: labels.filter((label) => label.baseline === baseline && label.candidate === candidate),
  };
}
