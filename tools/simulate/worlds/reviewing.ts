/** One review of all classes of a simulated world, by the dialogue that a review without servers is; answers are drawn. */

import { DEFAULT_POLICY, type Policy } from '../../../routing/decision/policy';
import type { CallTokens } from '../../../routing/review/propose/call-tokens';
import type { Comparison } from '../../../routing/review/prove/evidence';
import { tasksPerCell } from '../../../routing/review/prove/pass';
import { rolloutPlanOf } from '../../../routing/review/report/plan';
import { type ReviewedClass, reviewClasses } from '../../../routing/review/review-classes';
import type { RolloutPlan } from '../../../routing/review/rollout/rollout-plan';
import { DAY_MS, type ReviewSettings } from '../../../routing/review/settings';
import type { Random } from '../draw';
import { addSetback, type ClassState, stabilityOf } from './history';
import { classFigures, instantOf, sum, type Weather } from './logs';
import { CALL_TOKENS, CATALOGUE } from './models';
import { cellsOf, frameOf, replay } from './replaying';
import { TOLERANCE } from './truth';

/** A proposal that passed, and so is approved. */
export interface Approval {
  readonly state: ClassState;
  readonly candidate: string;
  readonly plan: RolloutPlan;
  readonly comparison: Comparison;
}

export interface ReviewResult {
  readonly approvals: readonly Approval[];
  /** Every pass that was judged, with the class it is of. */
  readonly judged: readonly { readonly state: ClassState; readonly comparison: Comparison }[];
  /** Nano-USD of all replays, by class. */
  readonly spent: ReadonlyMap<ClassState, number>;
  /** Candidates that something was replayed on. */
  readonly replayed: readonly { readonly state: ClassState; readonly candidate: string }[];
  /** Days until its verdicts. */
  readonly days: number;
}

export function review(
  states: readonly ClassState[],
  settings: ReviewSettings,
  weather: Weather,
  today: number,
  random: Random,
): ReviewResult {
  const stateOf = new Map(states.map((state) => [state.world.name, state]));
  const classes = states.map(({ world, log }) => classFigures(world, log, today, random)).filter(({ tasks }) => tasks > 0);
  const now = instantOf(today);
  const spacing = (settings.replay.blocks * settings.replay.blockSpacingMs) / DAY_MS;
  const perCell = tasksPerCell(settings.replay);
  const dialogue = reviewClasses({
    analysis: { from: now - settings.screen.windowMs, to: now, tasks: sum(classes, ({ tasks }) => tasks), classes },
    ...{ policy: policyOf(states), settings, catalogue: CATALOGUE, seed: `review ${random()}`, now },
    tokensOf: ({ name }) => tokensOf(stateOf.get(name)!),
    stabilityOf: ({ name }) => stabilityOf(stateOf.get(name)!, today),
    frameOf: ({ figures, pass, drawnBefore }) => frameOf(figures.tasks, cellsOf(drawnBefore), perCell, `${figures.name}/${pass}`, random),
  });
  let turn = dialogue.next();
  while (turn.done !== true) {
    const { name, pass, baseline, candidate, tasks, frame } = turn.value;
    const { world } = stateOf.get(name)!;
    const day = today + Math.floor((pass - 1) * spacing);
    turn = dialogue.next(
      replay(tasks, frame, { world, weather, pass, baseline, candidate, day, spacingMs: settings.replay.blockSpacingMs }, random),
    );
  }
  const judged = turn.value.filter(({ comparisons }) => comparisons.length > 0);
  return {
    approvals: judged.flatMap((one) => approvalOf(one, stateOf.get(one.name)!, settings, today)),
    judged: judged.flatMap(({ name, comparisons }) => comparisons.map((comparison) => ({ state: stateOf.get(name)!, comparison }))),
    spent: new Map(judged.map((one) => [stateOf.get(one.name)!, spentOn(one)])),
    replayed: judged.flatMap(({ name, comparisons }) => comparisons.map(({ candidate }) => ({ state: stateOf.get(name)!, candidate }))),
    days: Math.ceil(Math.max(0, ...judged.map(({ passes }) => passes.length)) * spacing),
  };
}

/** What passed is approved; what proved nothing counts against its candidates. */
function approvalOf(
  { finding, comparisons, heldBy }: ReviewedClass,
  state: ClassState,
  settings: ReviewSettings,
  today: number,
): Approval[] {
  const comparison = comparisons.at(-1)!;
  if (heldBy === undefined) {
    return [{ state, candidate: comparison.candidate, plan: rolloutPlanOf(finding, comparison, settings), comparison }];
  }
  const unproved = comparisons.filter(({ verdict }) => verdict === 'FAIL' || verdict === 'INCONCLUSIVE');
  for (const model of new Set(unproved.map(({ candidate }) => candidate))) addSetback(state, model, today);
  return [];
}

function spentOn({ passes }: ReviewedClass): number {
  return sum(
    passes.flatMap(({ pairs }) => pairs),
    ({ baseline, candidate }) => baseline.costNanoUsd + candidate.costNanoUsd,
  );
}

function tokensOf({ world: { length } }: ClassState): CallTokens {
  return { inputTokens: CALL_TOKENS.inputTokens * length, outputTokens: CALL_TOKENS.outputTokens * length };
}

function policyOf(states: readonly ClassState[]): Policy {
  const classes = states.map(({ world: { name, floor }, route }) => [
    name,
    { tolerance: TOLERANCE, ...(floor === null ? {} : { floor }), route: { kind: 'model' as const, model: route, fallbacks: [] } },
  ]);
  return { ...DEFAULT_POLICY, version: 1, classes: Object.fromEntries(classes) as Policy['classes'] };
}
