/** What the workflow of a task needs to know of its cascade: ids and limits, and none of the terms of its checks. */

import type { TaskToDecide } from '../../db/queries/dispatch';
import type { Check } from '../../routing/cascade/check';
import type { CascadePlan } from '../../routing/cascade/plan';
import type { PlannedCascade } from '../../workflows/messages';

export function plannedSteps({ steps, costCeilingNanoUsd }: CascadePlan, grader: TaskToDecide['grader']): PlannedCascade {
  return {
    steps: steps.map(({ place, link, check }) => {
      const programMs = programMsOf(check?.terms, grader);
      return {
        place,
        link,
        ...(check && { check: { kind: check.terms.kind, ...(check.link && { link: check.link }) } }),
        ...(programMs > 0 && { programMs }),
      };
    }),
    ...(costCeilingNanoUsd === undefined ? {} : { costCeilingNanoUsd }),
  };
}

/** How long the programs that check and grade an answer may run, in milliseconds; 0: there are none. */
function programMsOf(check: Check | undefined, grader: TaskToDecide['grader']): number {
  const ofCheck = check?.kind === 'command' ? check.timeoutMs : 0;
  return ofCheck + (grader?.kind === 'command' ? (grader.timeoutMs ?? 0) : 0);
}
