/**
 * Which side of a canary a task is on.
 *
 * A rollout sends a share of a class to the route that was approved, and marks an equal share of the old route as its control.
 * The side follows from the task's affinity key alone, so that a conversation stays where it is, whoever asks and how often.
 */

import type { TaskFacts } from '../task/task';
import { routedModels } from './chain';
import type { Route } from './policy';
import type { ScoredModel } from './score';
import { seededFraction } from './seeded-fraction';

/** A rollout that dispatch follows at this moment. */
export interface LiveCanary {
  readonly rolloutId: string;
  readonly classes: readonly string[];
  /** Route of each class as it was approved. */
  readonly routes: Readonly<Record<string, Route>>;
  /** Share of the class on the approved route, in (0, 1]. */
  readonly weight: number;
  /** Share on the old route that is compared with it, in [0, 1 − weight]. */
  readonly control: number;
  /** Mixed into the hash, so that two rollouts do not split alike. */
  readonly salt: string;
}

export type Arm = 'canary' | 'control';

/** Where one class stands in the rollout that moves it. */
export interface ClassCanary extends Pick<LiveCanary, 'rolloutId' | 'weight' | 'control' | 'salt'> {
  readonly route: Route;
}

/** The rollout that moves tasks of this class; there is at most one. Class names come from submitters: only own keys count. */
export function canaryOf(canaries: readonly LiveCanary[], taskClass: string): ClassCanary | undefined {
  for (const { classes, routes, rolloutId, weight, control, salt } of canaries) {
    const route = Object.hasOwn(routes, taskClass) ? routes[taskClass] : undefined;
    if (route !== undefined && classes.includes(taskClass)) return { rolloutId, weight, control, salt, route };
  }
  return undefined;
}

/**
 * The arm of a unit, or undefined for one that is in neither.
 *
 * The canary takes the low end of [0, 1) and the control the high end, so that a unit that is in the canary stays in it as the
 * weight grows.
 *
 * @param unit the task's affinity key, or its id where it has none
 */
export function armOf({ weight, control, salt }: Pick<ClassCanary, 'weight' | 'control' | 'salt'>, unit: string): Arm | undefined {
  const at = seededFraction(`${salt}\n${unit}`, 0);
  if (at < weight) return 'canary';
  return at >= 1 - control ? 'control' : undefined;
}

/** What the rollout of a task is found by. */
export interface TrialInput {
  readonly task: Pick<TaskFacts, 'id' | 'affinityKey' | 'constraints'>;
  readonly canaries?: readonly LiveCanary[];
}

/** A rollout that this task could be part of, with the arm that it is in, if any. */
export interface Trial {
  readonly rolloutId: string;
  readonly arm: Arm | undefined;
  /** Share of such tasks on the approved route. */
  readonly weight: number;
  /** Admissible models of the approved route, its first model first. */
  readonly models: readonly [ScoredModel, ...ScoredModel[]];
}

/**
 * The rollout of the task's class, if this task may be compared in it: the first models of both routes may take it, and its
 * submitter did not choose one. Any other task follows the old route and is not counted.
 */
export function trialOf(
  { task, canaries = [] }: TrialInput,
  taskClass: string,
  usual: Route | undefined,
  scored: readonly ScoredModel[],
): Trial | undefined {
  const canary = canaryOf(canaries, taskClass);
  if (canary === undefined || task.constraints.model !== undefined || task.constraints.provider !== undefined) return undefined;
  const isOpen = (id: string) => scored.some(({ model }) => model.id === id);
  // A rollout compares one model with one model: a class that goes through a cascade by now is another class.
  if (canary.route.kind !== 'model' || (usual !== undefined && (usual.kind !== 'model' || !isOpen(usual.model)))) return undefined;
  const [first, ...others] = routedModels(canary.route, scored);
  if (first === undefined || first.model.id !== canary.route.model) return undefined;
  const { rolloutId, weight } = canary;
  return { rolloutId, weight, arm: armOf(canary, task.affinityKey ?? task.id), models: [first, ...others] };
}
