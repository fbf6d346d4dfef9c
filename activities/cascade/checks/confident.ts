/** The check by the confidence that the model stated, corrected by how often it was right when it stated as much. */

import { calibrated, calibrationOf } from '../../../routing/cascade/calibration';
import type { Checked, ConfidenceCheck } from '../../../routing/cascade/check';
import type { CheckSubject } from './subject';

/** A model that states nothing has failed to say that it is sure; one that was graded too seldom cannot be corrected. */
export async function checkConfidence({ threshold, minGraded }: ConfidenceCheck, { answer, stated }: CheckSubject): Promise<Checked> {
  const { confidence } = answer;
  if (confidence === undefined) return { result: 'failed', why: 'The model stated no confidence.' };
  const graded = await stated();
  if (graded.length < minGraded) {
    const why = `What it states cannot be corrected yet: ${graded.length} of its answers with a stated confidence are graded, and ${minGraded} are needed.`;
    return { result: 'crashed', why, stated: confidence };
  }
  const share = calibrated(calibrationOf(graded), confidence) ?? 0;
  const found = `It states ${percent(confidence)}, and was right ${percent(share)} of the times that it did`;
  return {
    result: share >= threshold ? 'passed' : 'failed',
    why: `${found}; the threshold is ${percent(threshold)}.`,
    stated: confidence,
    calibrated: share,
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
