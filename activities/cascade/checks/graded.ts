/**
 * Checks that are graders: the task's own, and those that the route itself writes down (schema, pattern, texts, program). They are run
 * exactly as graders are, in linear time or in a process of their own.
 */

import type { Grader } from '../../../db/documents/grader';
import {
  type Checked,
  type CommandCheck,
  type ContainsCheck,
  type GraderCheck,
  obstacleToGraderCheck,
  type PatternCheck,
  type SchemaCheck,
} from '../../../routing/cascade/check';
import { grade } from '../../graders';
import type { CheckSubject } from './subject';

type GradedCheck = GraderCheck | SchemaCheck | PatternCheck | ContainsCheck | CommandCheck;

export async function checkByGrading(check: GradedCheck, { answer, grader }: CheckSubject, signal: AbortSignal): Promise<Checked> {
  const obstacle = check.kind === 'grader' ? obstacleToGraderCheck(grader?.kind) : undefined;
  const by = check.kind === 'grader' ? grader : graderOf(check);
  if (obstacle !== undefined || by === undefined) return { result: 'crashed', why: `There is nothing to check by: ${obstacle}.` };
  const { score, detail } = await grade(by, answer.text, signal);
  if (score === undefined) return { result: 'crashed', why: detail };
  const least = 'minScore' in check ? check.minScore : 1;
  return { result: score >= least ? 'passed' : 'failed', why: detail, ...(check.kind === 'grader' ? { score } : {}) };
}

function graderOf(check: Exclude<GradedCheck, GraderCheck>): Grader {
  switch (check.kind) {
    case 'json-schema':
      return { kind: 'json-schema', schema: check.schema };
    case 'regex':
      return { kind: 'regex', pattern: check.pattern, ignoreCase: check.ignoreCase };
    case 'contains':
      return { kind: 'contains', expected: [...check.texts], ignoreCase: check.ignoreCase };
    case 'command':
      return { kind: 'command', program: check.program, args: [...check.args], timeoutMs: check.timeoutMs };
  }
}
