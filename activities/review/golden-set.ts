/** Runs the golden set of a promoted change again, once in a night. */

import { acceptGoldenRun, loadGoldenFrame } from '../../db/queries/golden-set';
import type { RolloutRow } from '../../db/queries/rollouts';
import { drawGoldenSet } from '../../routing/review/rollout/golden-set';
import type { Deps } from '../deps';
import { REPLAY_SCOPE } from './replay/open';

/** What a person should know when there is nothing to run. */
const NONE_LEFT = 'No golden set is run: of the tasks that were replayed and answered well, none has its content any more.';

/**
 * Accepts the tasks of tonight, which upkeep then starts as it starts work. Safe to repeat, and at once: a night has one run.
 *
 * @returns a note for people when no task is left
 */
export async function runGoldenSet({ db, newId }: Pick<Deps, 'db' | 'newId'>, row: RolloutRow): Promise<string | undefined> {
  const { id: rolloutId, plan, watch } = row;
  const count = plan.watch.goldenTasks;
  if (count === 0) return undefined;
  const frame = await loadGoldenFrame(db, rolloutId);
  if (frame === undefined) return undefined; // tonight has its run
  const drawn = drawGoldenSet(frame, plan, { count, level: watch?.level ?? plan.approvedLevel, seed: rolloutId });
  if (drawn.length === 0) return NONE_LEFT;
  await acceptGoldenRun(db, { rolloutId, scope: REPLAY_SCOPE, tasks: drawn.map((taskId) => ({ taskId, goldenTaskId: newId() })) });
  return undefined;
}
