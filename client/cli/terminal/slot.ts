/** A slot, and what the task that asks for it is worth, for people. */

import type { Knowledge } from '../../../routing/decision/knowledge';
import type { ValueSource } from '../../../routing/slots/expected-value';
import { describeCell, type ValueBasis } from '../../../routing/slots/learned-value';
import type { SlotAlternative } from '../../../routing/slots/slot';
import type { Output } from './output';
import { onOneLine } from './text';

/** An expected value, with who says so. */
export interface Worth {
  readonly expectedValue: number;
  readonly valueSource: ValueSource;
  readonly valueBasis: ValueBasis | null;
}

/** A slot that a task has, or would get. */
export interface ShownSlot extends Worth {
  /** Null: it waits. */
  readonly account: string | null;
  readonly model: string | null;
  /** Its place among those that wait; absent: it does not wait, or nobody asked. */
  readonly place?: number | null;
  readonly reason: string;
  readonly valueRemark: string | null;
  readonly alternatives: readonly SlotAlternative[];
  readonly percentiles: Knowledge['valuePercentiles'] | null;
}

export function describeSlot(slot: ShownSlot, { colors, table }: Output): string {
  const { account, model, place, reason, valueRemark, alternatives } = slot;
  const waits = place == null ? 'It would wait.' : `It would wait, at place ${place}.`;
  const head = account === null ? waits : `${colors.bold(onOneLine(account))} with ${onOneLine(model ?? '')}`;
  const remarks = [reason, describeWorth(slot), ...(valueRemark === null ? [] : [valueRemark])];
  const rows = alternatives.map((other) => [other.account, other.model, other.why]);
  const others = rows.length === 0 ? [] : ['', table([{ title: 'account' }, { title: 'model' }, { title: 'why not' }], rows)];
  return [head, ...remarks.map((remark) => `  - ${onOneLine(remark)}`), ...others].join('\n');
}

/** `Its expected value is 7, as stated.` */
export function describeWorth({ expectedValue, valueSource, valueBasis }: Worth): string {
  return `Its expected value is ${shownValue(expectedValue)}, ${SAID_BY[valueSource](valueBasis)}.`;
}

const SAID_BY: Readonly<Record<ValueSource, (basis: ValueBasis | null) => string>> = {
  stated: () => 'as stated',
  formula: () => 'by the formula',
  learned: (basis) => `learned from ${basis === null ? 'stated values' : `${basis.tasks} stated values of ${describeCell(basis.cell)}`}`,
};

/** As exact as people read it. */
export function shownValue(value: number): string {
  return String(Number(value.toPrecision(4)));
}
