/** Privacy and residency of every model that a change would send tasks to, spelled out for whoever approves it. */

import { modelOfCheck } from '../../cascade/check';
import type { Catalogue } from '../../catalogue';
import { modelsOfRoute, type Route } from '../../decision/policy';
import type { RouteChange } from '../change';
import type { ClassDemands } from '../figures/figures';
import type { ConstraintCheck } from './report';

/**
 * Every tier and residency that occurred among the class's tasks, against every model of the new routes. Fails closed: a model
 * that the catalogue does not have is approved for nothing.
 */
export function constraintChecks(
  demands: Pick<ClassDemands, 'privacyTiers' | 'residencies'>,
  { after }: Pick<RouteChange, 'after'>,
  { models }: Pick<Catalogue, 'models'>,
): readonly ConstraintCheck[] {
  const routes = Object.values(after);
  const first = new Set(routes.flatMap(firstModels));
  const fallbacks = routes.flatMap((route) => modelsOfRoute(route).slice(1)).filter((model) => !first.has(model));
  return [...first, ...new Set(fallbacks)].flatMap((model) => {
    const role = first.has(model) ? 'first' : 'fallback';
    const { privacyTiers = [], regions = [] } = models.get(model) ?? {};
    const tiers = Object.entries(demands.privacyTiers).map(
      ([value, tasks]): ConstraintCheck => ({
        ...{ rule: 'privacy-tier', value, tasks: tasks ?? 0, model, role, approvedFor: privacyTiers },
        isApproved: privacyTiers.some((tier) => tier === value),
      }),
    );
    // The empty residency is "anywhere": it asks for nothing.
    const residencies = Object.entries(demands.residencies)
      .filter(([value]) => value !== '')
      .map(
        ([value, tasks]): ConstraintCheck => ({
          ...{ rule: 'residency', value, tasks, model, role, approvedFor: regions },
          isApproved: regions.includes(value),
        }),
      );
    return [...tiers, ...residencies];
  });
}

/** Who is sent every task: the first model, and of a cascade also whom the checks of its steps ask. */
function firstModels(route: Route): readonly string[] {
  const asked = route.kind === 'model' ? [] : route.steps.flatMap(({ model, check }) => modelOfCheck(check, model) ?? []);
  return [...modelsOfRoute(route).slice(0, 1), ...asked];
}

/** What forbids a change, in a sentence; undefined when it may be proposed. */
export function obstacleTo(
  demands: Pick<ClassDemands, 'privacyTiers' | 'residencies'>,
  change: Pick<RouteChange, 'after'>,
  catalogue: Pick<Catalogue, 'models'>,
): string | undefined {
  const check = constraintChecks(demands, change, catalogue).find(({ role, isApproved }) => role === 'first' && !isApproved);
  return check && `${check.model} is not approved for ${check.rule} "${check.value}", which ${check.tasks} of its tasks had.`;
}
