/** What every check is given: the answer of a step, and what of its task it may look at. */

import type { Grader } from '../../../db/documents/grader';
import type { StatedAnswer } from '../../../routing/cascade/calibration';
import type { StoredAnswer } from '../../call/complete';

export interface CheckSubject {
  readonly answer: StoredAnswer;
  /** The task's own grader. */
  readonly grader: Grader | undefined;
  /** What the check's own model answered; undefined: it asks none, or what it said is erased. */
  readonly asked: Pick<StoredAnswer, 'text'> | undefined;
  /** Graded answers of the step's model on the class with what it stated of them; loaded only when a check asks. */
  readonly stated: () => Promise<readonly StatedAnswer[]>;
}
