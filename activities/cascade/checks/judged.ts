/** The check by a model that was asked whether the answer meets a rubric. What it says in any other form than that is no verdict. */

import type { Checked } from '../../../routing/cascade/check';
import { verdictIn } from '../../../routing/cascade/judge';
import type { CheckSubject } from './subject';

export function checkByJudge({ asked }: CheckSubject): Checked {
  if (asked === undefined) return { result: 'crashed', why: 'What the judge said was erased.' };
  const verdict = verdictIn(asked.text);
  if (verdict === undefined) return { result: 'crashed', why: 'The judge did not say yes or no.' };
  return verdict === 'yes' ? { result: 'passed', why: 'The judge says yes.' } : { result: 'failed', why: 'The judge says no.' };
}
