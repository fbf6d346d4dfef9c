/**
 * The smallest change of a policy: other routes for one class, or for the classes of an agreed group. Nothing else of a policy is
 * ever changed by a review.
 */

import { type ClassPolicy, modelsOfRoute, type Policy, type Route } from '../decision/policy';

/** What one proposal changes, and what it was before: the change can be taken back without knowing anything else. */
export interface RouteChange {
  /** The class, or the name of the group. */
  readonly name: string;
  /** Classes whose route changes; the class itself unless it is a group. */
  readonly classes: readonly string[];
  /** Route of each class before; absent: it had none, and its models were chosen by score. */
  readonly before: Readonly<Record<string, Route>>;
  /** Route of each class after. */
  readonly after: Readonly<Record<string, Route>>;
}

/** Catalogue ids of the models that a change is proved with: the first of its routes, or all steps of its cascades. */
export function provedModels({ after }: Pick<RouteChange, 'after'>): readonly string[] {
  return [...new Set(Object.values(after).flatMap((route) => (route.kind === 'model' ? [route.model] : modelsOfRoute(route))))];
}

/** The policy with the routes after the change. Tolerance, floor and approved models of the classes stay. */
export function withChange(policy: Policy, change: Pick<RouteChange, 'classes' | 'after'>): Policy {
  return withRoutes(policy, change.classes, change.after);
}

/** The policy with the routes before the change, whatever else has changed since. */
export function withoutChange(policy: Policy, change: Pick<RouteChange, 'classes' | 'before'>): Policy {
  return withRoutes(policy, change.classes, change.before);
}

function withRoutes(policy: Policy, names: readonly string[], routes: Readonly<Record<string, Route>>): Policy {
  const classes: Record<string, ClassPolicy> = { ...policy.classes };
  for (const name of names) {
    const { route: _, ...rest } = Object.hasOwn(classes, name) ? classes[name]! : { tolerance: policy.defaultTolerance };
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    classes[name] = route === undefined ? rest : { ...rest, route };
  }
  return { ...policy, classes };
}
