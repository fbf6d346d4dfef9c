/** What a class was agreed to keep to, whichever model serves it. */

import type { ClassPolicy, Policy } from '../../decision/policy';

export interface ClassLimits {
  /** Loss that a change may make, a difference of success rates in [0, 1]. */
  readonly tolerance: number;
  /** Least success rate anyone accepts; null: none agreed. */
  readonly floor: number | null;
}

/** The agreement of a class, or for a group the strictest of its classes: the least tolerance and the highest floor. */
export function limitsOf(policy: Pick<Policy, 'classes' | 'defaultTolerance'>, classes: readonly string[]): ClassLimits {
  const agreed = classes.map((name) => classPolicyOf(policy, name));
  const floors = agreed.flatMap((each) => each.floor ?? []);
  return { tolerance: Math.min(...agreed.map(({ tolerance }) => tolerance)), floor: floors.length === 0 ? null : Math.max(...floors) };
}

/** What the policy says of a class; of one it does not name, the tolerance alone. */
export function classPolicyOf(policy: Pick<Policy, 'classes' | 'defaultTolerance'>, name: string): ClassPolicy {
  return Object.hasOwn(policy.classes, name) ? policy.classes[name]! : { tolerance: policy.defaultTolerance };
}
