/**
 * What a task is worth: as its submitter states it, else by the formula of the configuration.
 *
 * The formula is a sum of declared weights over facts of the task. It has no operators and no names of its own: there is nothing
 * in it that could fail, and whoever reads it can do the sum on paper.
 */

import type { TaskDescriptor } from '../task/descriptor';
import type { TaskFacts } from '../task/task';

/** Summands of an expected value, each a finite number; a name that is not listed adds nothing. */
export interface ValueFormula {
  readonly base: number;
  readonly perPriorityPoint: number;
  /** Of the 1 to 5 points of urgency that classification gives. */
  readonly perUrgencyPoint: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly byClass: Readonly<Record<string, number>>;
  /** By capability tier of the task. */
  readonly byTier: Readonly<Record<string, number>>;
  readonly byLayer: Readonly<Record<string, number>>;
  readonly byTeam: Readonly<Record<string, number>>;
  readonly byProject: Readonly<Record<string, number>>;
}

/** A task is worth its priority where nobody says more. */
export const DEFAULT_FORMULA: ValueFormula = {
  base: 0,
  perPriorityPoint: 1,
  perUrgencyPoint: 0,
  byType: {},
  byClass: {},
  byTier: {},
  byLayer: {},
  byTeam: {},
  byProject: {},
};

export interface ValuedTask {
  readonly facts: Pick<TaskFacts, 'expectedValue' | 'priority' | 'scope' | 'layer'>;
  readonly descriptor: Pick<TaskDescriptor, 'type' | 'urgency'>;
  readonly taskClass: string;
  readonly tier: string;
}

export interface ExpectedValue {
  /** At least 0 and finite. */
  readonly value: number;
  readonly source: 'stated' | 'formula';
  /** For people: what was wrong with a figure, and what was used instead. */
  readonly remark?: string;
}

/** The expected value of a task. Never fails: a figure that is no number of at least 0 is said, and replaced. */
export function expectedValueOf(task: ValuedTask, formula: ValueFormula): ExpectedValue {
  const { expectedValue: stated } = task.facts;
  if (isWorth(stated)) return { value: stated, source: 'stated' };
  const sum = sumOf(task, formula);
  const value = isWorth(sum) ? sum : 0;
  const remarks = [
    ...(stated === undefined ? [] : [`The stated expected value ${String(stated)} is no number of at least 0; the formula's is used.`]),
    ...(value === sum ? [] : [`The formula gives ${sum}; 0 is used.`]),
  ];
  return { value, source: 'formula', ...(remarks.length > 0 && { remark: remarks.join(' ') }) };
}

function isWorth(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function sumOf({ facts, descriptor, taskClass, tier }: ValuedTask, formula: ValueFormula): number {
  const weigh = (weights: Readonly<Record<string, number>>, name: string | undefined) =>
    name !== undefined && Object.hasOwn(weights, name) ? (weights[name] as number) : 0;
  return (
    formula.base +
    formula.perPriorityPoint * facts.priority +
    formula.perUrgencyPoint * descriptor.urgency +
    weigh(formula.byType, descriptor.type) +
    weigh(formula.byClass, taskClass) +
    weigh(formula.byTier, tier) +
    weigh(formula.byLayer, facts.layer) +
    weigh(formula.byTeam, facts.scope.team) +
    weigh(formula.byProject, facts.scope.project)
  );
}
