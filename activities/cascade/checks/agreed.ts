/** The check by a second answer to the same task. */

import { agree } from '../../../routing/cascade/agreement';
import type { AgreementCheck, Checked } from '../../../routing/cascade/check';
import type { CheckSubject } from './subject';

export function checkAgreement(check: AgreementCheck, { answer, asked }: CheckSubject): Checked {
  if (asked === undefined) return { result: 'crashed', why: 'The second answer was erased.' };
  return agree(answer.text, asked.text, check)
    ? { result: 'passed', why: 'The second answer says the same.' }
    : { result: 'failed', why: 'The second answer says something else.' };
}
