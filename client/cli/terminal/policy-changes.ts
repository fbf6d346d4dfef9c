/** What a policy changes, for people. */

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

function shown(value: PolicyChange['before']): string | null {
  if (value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
