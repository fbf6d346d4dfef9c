/**
 * What a task is worth: as its submitter states it, else by the formula of the configuration, or as learned from what was stated.
 *
 * The formula is a sum of declared weights over facts of the task. It has no operators and no names of its own: there is nothing
 * in it that could fail, and whoever reads it can do the sum on paper.
 */

import type { TaskDescriptor } from '../task/descriptor';
import type { TaskFacts } from '../task/task';
import { type LearnedValues, learnedValueOf, type ValueBasis } from './learned-value';

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

/** Who says what a task is worth: its submitter, the formula, or what submitters said of tasks like it. */
export const VALUE_SOURCES = ['stated', 'formula', 'learned'] as const;
export type ValueSource = (typeof VALUE_SOURCES)[number];

export interface ExpectedValue {
  /** At least 0 and finite. */
  readonly value: number;
  readonly source: ValueSource;
  /** On what a learned value rests. */
  readonly basis?: ValueBasis;
  /** For people: what was wrong with a figure, and what was used instead. */
  readonly remark?: string;
}

/** What was learned, and whether it is asked before the formula. */
export interface Learned {
  readonly values: LearnedValues;
  /** A formula was declared: it goes first where it says anything of a task. */
  readonly isAfterFormula: boolean;
}

/**
 * The expected value of a task: the stated one, that of a declared formula where it says anything of the task, the learned one where
 * enough is known, else the formula's. Never fails: a figure that is no number of at least 0 is said, and replaced.
 */
export function expectedValueOf(task: ValuedTask, formula: ValueFormula, learned?: Learned): ExpectedValue {
  const { expectedValue: stated } = task.facts;
  if (isWorth(stated)) return { value: stated, source: 'stated' };
  const sum = sumOf(task, formula);
  const goesFirst = learned?.isAfterFormula === true && Number.isFinite(sum) && saysAnything(task, formula);
  const found = learned === undefined || goesFirst ? undefined : learnedValueOf(task, learned.values);
  const wrong =
    stated === undefined
      ? []
      : [`The stated expected value ${String(stated)} is no number of at least 0; the ${found ? 'learned one' : "formula's"} is used.`];
  if (found !== undefined) {
    const { value, ...basis } = found;
    return { value, source: 'learned', basis, ...remarked(wrong) };
  }
  const value = isWorth(sum) ? sum : 0;
  return { value, source: 'formula', ...remarked(value === sum ? wrong : [...wrong, `The formula gives ${sum}; 0 is used.`]) };
}

function remarked(remarks: readonly string[]): Pick<ExpectedValue, 'remark'> {
  return remarks.length === 0 ? {} : { remark: remarks.join(' ') };
}

function isWorth(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function sumOf(task: ValuedTask, formula: ValueFormula): number {
  const named = namedWeights(task, formula).reduce((sum, weight) => sum + weight, 0);
  return formula.base + formula.perPriorityPoint * task.facts.priority + formula.perUrgencyPoint * task.descriptor.urgency + named;
}

/** A formula of names alone says nothing of a task that has none of them. */
function saysAnything(task: ValuedTask, formula: ValueFormula): boolean {
  const { base, perPriorityPoint, perUrgencyPoint } = formula;
  return base !== 0 || perPriorityPoint !== 0 || perUrgencyPoint !== 0 || namedWeights(task, formula).length > 0;
}

/** The weights of those names that the formula lists. */
function namedWeights({ facts, descriptor, taskClass, tier }: ValuedTask, formula: ValueFormula): number[] {
  const names = [
    [formula.byType, descriptor.type],
    [formula.byClass, taskClass],
    [formula.byTier, tier],
    [formula.byLayer, facts.layer],
    [formula.byTeam, facts.scope.team],
    [formula.byProject, facts.scope.project],
  ] as const;
  return names.flatMap(([weights, name]) => (name !== undefined && Object.hasOwn(weights, name) ? [weights[name] as number] : []));
}
