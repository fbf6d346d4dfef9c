/**
 * Every check under one contract: an answer and its task in; passed, failed or crashed out. A check never throws for an answer.
 */

import type { Check, Checked } from '../../../routing/cascade/check';
import { checkAgreement } from './agreed';
import { checkConfidence } from './confident';
import { checkByGrading } from './graded';
import { checkByJudge } from './judged';
import { checkNumber } from './number';
import type { CheckSubject } from './subject';

/** @param signal ends a program that checks */
export async function runCheck(check: Check, subject: CheckSubject, signal: AbortSignal): Promise<Checked> {
  switch (check.kind) {
    case 'number':
      return checkNumber(check, subject);
    case 'judge':
      return checkByJudge(subject);
    case 'agreement':
      return checkAgreement(check, subject);
    case 'confidence':
      return checkConfidence(check, subject);
    default:
      return checkByGrading(check, subject, signal);
  }
}
