/** The smallest change there is: another model for a class, with the old one right behind it. */

import { type ModelRoute, modelsOfRoute, type Policy, type Route } from '../../decision/policy';
import type { RouteChange } from '../change';
import { classPolicyOf } from './class-limits';

/**
 * Gives the classes of one name to another model. The baseline becomes its first fallback and the old fallbacks follow, as many as a
 * chain may have and as far as the class's policy approves them.
 */
export function swapModel(
  policy: Policy,
  {
    name,
    classes,
    baseline,
    candidate,
  }: { readonly name: string; readonly classes: readonly string[]; readonly baseline: string; readonly candidate: string },
): RouteChange {
  const before: Record<string, Route> = {};
  const after: Record<string, ModelRoute> = {};
  for (const each of classes) {
    const { route, approved } = classPolicyOf(policy, each);
    if (route !== undefined) before[each] = route;
    const behind = [...new Set([baseline, ...(route === undefined ? [] : modelsOfRoute(route).slice(1))])].filter(
      (model) => model !== candidate && approved?.includes(model) !== false,
    );
    after[each] = { kind: 'model', model: candidate, fallbacks: behind.slice(0, policy.attempts.maxModels - 1) };
  }
  return { name, classes, before, after };
}
