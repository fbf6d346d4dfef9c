/** Which model serves a class now: what its route says, or where it has none, what most of its tasks show. */

import type { Finding } from '../findings';
import type { ClassAtHand } from './class-at-hand';
import { classPolicyOf } from './class-limits';

/** `split`: the classes of a group are not served alike. `none`: no model serves most of the class. */
export type FoundBaseline =
  | { readonly kind: 'found'; readonly baseline: NonNullable<Finding['baseline']> }
  | { readonly kind: 'split' | 'none'; readonly why: string };

/** Share of a class's tasks from which a model counts as the one that serves it. */
const MAJORITY = 0.5;

export function findBaseline({ figures, policy, catalogue }: Pick<ClassAtHand, 'figures' | 'policy' | 'catalogue'>): FoundBaseline {
  const routes = figures.classes.map((name) => classPolicyOf(policy, name).route);
  if (routes.some((route) => route?.kind === 'cascade')) {
    return {
      kind: 'none',
      why: 'It goes through a cascade, and a replay compares one model with one model. Its checks are in "stats checks".',
    };
  }
  const routed = new Set(routes.map((route) => (route?.kind === 'model' ? route.model : undefined)));
  if (routed.size > 1) {
    const models = [...routed].map((model) => model ?? 'the best score');
    return { kind: 'split', why: `Its classes are routed apart (${models.join(', ')}), so there is no one model to compare with.` };
  }
  const [byRoute] = routed;
  if (byRoute !== undefined) return { kind: 'found', baseline: { model: byRoute, by: 'route' } };
  const served = figures.models.reduce((sum, { tasks }) => sum + tasks, 0);
  const most = figures.models.find(({ tasks }) => tasks > 0 && tasks >= MAJORITY * served);
  if (most === undefined) {
    const why = served === 0 ? 'No task of it was given to a model in the window.' : 'It has no route, and no model serves half of it.';
    return { kind: 'none', why };
  }
  const status = catalogue.models.get(most.model)?.status.kind ?? 'retired';
  if (status === 'retired') {
    return {
      kind: 'none',
      why: `It has no route, and ${most.model}, which served most of it, is gone: it is chosen by score among the others.`,
    };
  }
  return { kind: 'found', baseline: { model: most.model, by: 'majority' } };
}
