/** Where a class stands in a simulated year: its route, what was changed before, and what was turned down. */

import type { Stability } from '../../../routing/review/findings';
import { RETURN_DAYS } from '../../../routing/review/propose/past-changes';
import { type DayLog, instantOf } from './logs';
import type { LiveRollout } from './rolling-out';
import type { World } from './truth';
import type { LiveWatch } from './watching';

/** A route that was changed. */
export interface Change {
  readonly day: number;
  readonly from: string;
  readonly to: string;
}

/** A change that was promoted. */
export interface Promotion {
  readonly day: number;
  readonly delta: number;
  readonly isSuperior: boolean;
  isTakenBack: boolean;
}

export interface ClassState {
  readonly world: World;
  route: string;
  readonly log: DayLog[];
  readonly changes: Change[];
  readonly promotions: Promotion[];
  readonly setbacks: Map<string, { lastAt: number; count: number }>;
  rollout?: LiveRollout | undefined;
  watch?: LiveWatch | undefined;
}

export function beginClass(world: World): ClassState {
  return { world, route: world.start, log: [], changes: [], promotions: [], setbacks: new Map() };
}

/** Changes the route of a class. */
export function reroute(state: ClassState, to: string, day: number): void {
  state.changes.push({ day, from: state.route, to });
  state.route = to;
}

/** One more rejection, rollback or proof that failed. */
export function addSetback({ setbacks }: ClassState, model: string, day: number): void {
  setbacks.set(model, { lastAt: instantOf(day), count: (setbacks.get(model)?.count ?? 0) + 1 });
}

/** As db/queries/stability.ts reads it from the rows. */
export function stabilityOf({ changes, promotions, setbacks, rollout }: ClassState, today: number): Stability {
  const kept = promotions.filter(({ isTakenBack }) => !isTakenBack);
  const anchor = Math.max(-1, ...kept.filter(({ isSuperior }) => isSuperior).map(({ day }) => day));
  return {
    changedAt: changes.map(({ day }) => instantOf(day)),
    setbacks: Object.fromEntries(setbacks),
    acceptedDeltas: kept.filter(({ day, isSuperior }) => !isSuperior && day > anchor).map(({ delta }) => delta),
    leftRecently: [...new Set(changes.filter(({ day }) => day > today - RETURN_DAYS).map(({ from }) => from))],
    ...(rollout === undefined ? {} : { openRollout: 'simulated' }),
  };
}
