/** What a policy changes, for people. */

import type { JsonValue } from '../../../db/documents/canonical-json';
import type { PolicyChange } from '../../../db/documents/policy-document';
import type { Output } from './output';

/** Longer values are cut: a list of models may have hundreds. */
const LONGEST_VALUE = 60;

export function describeChanges(changes: readonly PolicyChange[], { table }: Output, [before, after]: readonly [string, string]): string {
  return table(
    [{ title: 'rule' }, { title: before }, { title: after }],
    changes.map((change) => [change.path.join('.'), shown(change.before), shown(change.after)]),
  );
}

/** The steps of a cascade in one line, `a (check: regex) → b`, where the value is one or a class that has one. */
function stepsIn(value: PolicyChange['before']): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { route = value, kind, steps } = value as { readonly route?: JsonValue; readonly kind?: JsonValue; readonly steps?: JsonValue };
  if (kind !== 'cascade' || !Array.isArray(steps)) return route === value ? undefined : stepsIn(route);
  return steps.map(stepOf).join(' → ');
}

function stepOf(step: JsonValue): string {
  const { model, check } = step as { readonly model: string; readonly check?: { readonly kind: string } };
  return check === undefined ? model : `${model} (check: ${check.kind})`;
}

function shown(value: PolicyChange['before']): string | null {
  if (value === undefined) return null;
  const steps = stepsIn(value);
  if (steps !== undefined) return steps;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
