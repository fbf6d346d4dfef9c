/** The third part: what was approved reaches traffic step by step, and is promoted or taken back by itself. */

import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedTask } from '../../db/documents/recording';
import { costOfArms } from '../../db/queries/run-report';
import type { RolloutState } from '../../routing/review/states';
import { listRollouts, type RolloutRow } from '../rollouts';
import { type Stage, submitAll, tally } from './stage';

/** How one rollout went. */
export interface DemoRollout {
  readonly rolloutId: string;
  readonly name: string;
  readonly baseline: string;
  readonly candidate: string;
  /** Quality of the candidate in the review's replays, in [0, 1]. */
  readonly approvedLevel: number;
  readonly state: RolloutState;
  readonly reason: string;
  readonly promotedVersion: number | null;
  /** Quality of the candidate's tasks minus that of the control's, with bounds that hold at every look. */
  readonly difference: { readonly delta: number; readonly lower: number; readonly upper: number } | null;
  /** What the tasks of the two arms cost in the mean, in nano-USD. */
  readonly meanCostNano: { readonly canary: number | null; readonly control: number | null };
  readonly tasks: { readonly canary: number; readonly control: number };
}

export interface DemoRollouts {
  readonly rolloutMs: number;
  /** Tasks submitted meanwhile, and how often each was at most: there are fewer recorded tasks than a canary needs. */
  readonly submitted: number;
  readonly rounds: number;
  readonly rollouts: readonly DemoRollout[];
}

const GOING_ON: readonly RolloutState[] = ['APPROVED', 'CANARY', 'SOAKING'];

/** Rounds through the remaining tasks, each round as other users, and tasks in flight at a time. */
const MAX_ROUNDS = 12;
const IN_FLIGHT = 60;

/** Submits the remaining tasks of the classes that are rolled out, until every rollout has come to its end. */
export async function rollOut(stage: Stage, rest: readonly RecordedTask[]): Promise<DemoRollouts> {
  const startedAt = performance.now();
  const { db, signal } = stage;
  let rollouts: readonly RolloutRow[] = await listRollouts(db);
  const told = new Map<string, string>();
  const goingOn = () => rollouts.filter(({ state }) => GOING_ON.includes(state));
  const look = async () => {
    rollouts = await listRollouts(db);
    for (const rollout of rollouts) tellMove(stage, rollout, told);
  };
  let submitted = 0;
  let round = 0;
  while (goingOn().length > 0 && round < MAX_ROUNDS) {
    round += 1;
    const classes = new Set(goingOn().flatMap((rollout) => rollout.classes));
    const tasks = rest.filter(({ task_class }) => classes.has(task_class));
    for (let from = 0; from < tasks.length && goingOn().length > 0; from += IN_FLIGHT) {
      submitted += await submitAll(stage, tasks.slice(from, from + IN_FLIGHT), round);
      await untilFewOpen(stage);
      await look();
    }
  }
  // What has all its tasks still has its time to wait for.
  for (const until = performance.now() + 30_000; goingOn().length > 0 && performance.now() < until; await look()) {
    signal.throwIfAborted();
    await delay(300);
  }
  return { rolloutMs: performance.now() - startedAt, submitted, rounds: round, rollouts: await Promise.all(rollouts.map(endOf)) };

  async function endOf({ id, name, state, reason, plan, promotedVersion, monitors }: RolloutRow): Promise<DemoRollout> {
    const arms = await costOfArms(db, id);
    return {
      rolloutId: id,
      name,
      baseline: plan.baseline,
      candidate: plan.candidate,
      approvedLevel: plan.approvedLevel,
      state,
      reason,
      promotedVersion,
      difference: monitors?.difference ?? null,
      meanCostNano: { canary: arms.canary.meanCostNano, control: arms.control.meanCostNano },
      tasks: { canary: arms.canary.tasks, control: arms.control.tasks },
    };
  }
}

/** A line for every move, not for every look. */
function tellMove({ say }: Stage, { id, name, state, step, weight, reason, plan }: RolloutRow, told: Map<string, string>): void {
  const place = `${state} ${state === 'CANARY' ? step : ''}`;
  if (told.get(id) === place) return;
  told.set(id, place);
  const share = weight > 0 ? ` ${Math.round(weight * 100)} % on ${shortName(plan.candidate)}` : '';
  say(`  ${name.padEnd(18)} ${state}${share}${reason === '' ? '' : `  (${reason})`}`);
}

/** `recorded/gemma-2-9b-it` is `gemma-2-9b-it` to people. */
export function shortName(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

async function untilFewOpen({ db, signal }: Stage): Promise<void> {
  while ((await tally(db)).open > IN_FLIGHT / 2) {
    signal.throwIfAborted();
    await delay(50);
  }
}
