/** The last part: a promoted model becomes worse, on purpose, and the watch takes the change back by itself. */

import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedTask } from '../../db/documents/recording';
import { loadRollout } from '../rollouts';
import { type DemoRollout, shortName } from './rollout';
import { type Stage, submitAll, tally } from './stage';

export interface DemoDrift {
  readonly name: string;
  readonly model: string;
  readonly degradedPercent: number;
  /** Tasks of the class from the degradation until the route was back; null: it was not taken back. */
  readonly tasksUntilBack: number | null;
  readonly driftMs: number;
  readonly reason: string;
  /** Where the next task of the class goes. */
  readonly next: string | null;
}

/** Share of the model's answers that become worthless, in percent. */
export const DEGRADED_PERCENT = 60;

const MAX_TASKS = 600;
const BATCH = 20;

/**
 * Submits tasks of a promoted class to its degraded model until the watch has rolled back.
 *
 * @param degrade makes the model worse
 */
export async function drift(
  stage: Stage,
  { rolloutId, name, candidate }: DemoRollout,
  rest: readonly RecordedTask[],
  degrade: () => Promise<void>,
): Promise<DemoDrift> {
  const { db, client, signal, say } = stage;
  const startedAt = performance.now();
  await degrade();
  say(`  ${shortName(candidate)} now answers ${DEGRADED_PERCENT} % of its tasks worthlessly; nobody tells Signalbox`);
  let rollout = await loadRollout(db, rolloutId);
  for (const until = performance.now() + 15_000; rollout.state === 'PROMOTED' && performance.now() < until; await delay(100)) {
    rollout = await loadRollout(db, rolloutId);
  }
  const tasks = rest.filter(({ task_class }) => rollout.classes.includes(task_class));
  let submitted = 0;
  while (rollout.state === 'WATCHED' && submitted < MAX_TASKS) {
    signal.throwIfAborted();
    const from = submitted % Math.max(1, tasks.length - BATCH);
    submitted += await submitAll(stage, tasks.slice(from, from + BATCH), 1_000 + submitted);
    while ((await tally(db)).open > 0) await delay(50);
    rollout = await loadRollout(db, rolloutId);
  }
  for (const until = performance.now() + 15_000; rollout.state !== 'COOLDOWN' && performance.now() < until; await delay(200)) {
    rollout = await loadRollout(db, rolloutId);
  }
  const isBack = rollout.state === 'COOLDOWN' || rollout.state === 'ROLLED_BACK';
  const [first] = tasks;
  const next =
    first === undefined ? undefined : await client.decide({ prompt: first.prompt, type: first.task_type, taskClass: first.task_class });
  return {
    name,
    model: candidate,
    degradedPercent: DEGRADED_PERCENT,
    tasksUntilBack: isBack ? submitted : null,
    driftMs: performance.now() - startedAt,
    reason: rollout.reason,
    next: next?.kind === 'routed' ? next.model : null,
  };
}
