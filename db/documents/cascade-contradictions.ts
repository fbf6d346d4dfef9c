/** What in a cascade cannot be right together, or for this catalogue; each with the path to it within the route. */

import { type Check, modelOfCheck } from '../../routing/cascade/check';
import type { AttemptLimits, CascadeRoute } from '../../routing/decision/policy';
import { type Grader, graderProblem } from './grader';
import type { DocumentPath } from './problem';

export interface CascadeContradiction {
  readonly path: DocumentPath;
  readonly message: string;
}

/**
 * Every contradiction of a cascade but for names of models, which are looked up as those of any route.
 */
export function findCascadeContradictions({ steps }: CascadeRoute, limits: AttemptLimits): readonly CascadeContradiction[] {
  const found: CascadeContradiction[] = [];
  const models = steps.map(({ model }) => model);
  let calls = 0;
  for (const [index, { model, check }] of steps.entries()) {
    const path: DocumentPath = ['cascade', index];
    const isLast = index === steps.length - 1;
    if (models.indexOf(model) < index) {
      found.push({
        path: [...path, 'model'],
        message: `"${model}" is here twice. A step that is tried again answers no better; name another.`,
      });
    }
    if (check === undefined && !isLast) {
      found.push({ path, message: 'It has no check, so no step after it would ever be reached. Give it a "check", or make it the last.' });
    }
    const problem = check && problemOfCheck(check, model);
    if (problem !== undefined) found.push({ path: [...path, 'check'], message: problem });
    calls += 1 + (modelOfCheck(check, model) === undefined ? 0 : 1);
  }
  if (calls > limits.maxAttempts) {
    const message = `It takes ${calls} calls to come through its steps and checks, and a task may make ${limits.maxAttempts}. Raise "max_attempts", or take steps away.`;
    found.push({ path: ['cascade'], message });
  }
  return found;
}

/** @param model the model that gives the answers; absent: not known yet */
export function problemOfCheck(check: Check, model?: string): string | undefined {
  if (check.kind === 'judge' && check.model === model) return `"${model}" would judge its own answers. Name another model.`;
  if (check.kind === 'number' && check.min !== undefined && check.max !== undefined && check.min > check.max) {
    return 'No number is both at least "min" and at most "max". Change one of them.';
  }
  if (check.kind === 'regex' || check.kind === 'json-schema') return graderProblem(check as Grader)?.replace("The grader's", "The check's");
  return undefined;
}
