/**
 * One round of upkeep: starts what was accepted and never started, restarts what lost its workflow, settles reservations whose
 * worker and workflow are both gone, and prepares the months to come.
 */

import { abandonAttempt } from '../db/queries/ledger';
import { ensurePartitions, expiredAttempts, markSwept, unstartedTasks, unwatchedTasks } from '../db/queries/upkeep';
import { inDoubt } from './call/settle';
import type { Deps } from './deps';

/** Tasks looked at in one round of each kind. */
const BATCH = 200;

export interface SweepReport {
  /** Accepted tasks whose workflow was started. */
  readonly started: number;
  /** Running tasks whose workflow had gone and was started anew. */
  readonly revived: number;
  /** Attempts closed in doubt because their reservation ran out. */
  readonly expired: number;
}

/** Safe to repeat and to run twice at once: starting a workflow that runs finds it. */
export async function sweep({ db, startDispatch }: Deps): Promise<SweepReport> {
  const unstarted = await unstartedTasks(db, BATCH);
  for (const taskId of unstarted) await startDispatch(taskId);

  let revived = 0;
  const unwatched = await unwatchedTasks(db, BATCH);
  for (const taskId of unwatched) {
    if ((await startDispatch(taskId)) === 'closed') revived += 1;
  }
  await markSwept(db, [...unstarted, ...unwatched]);

  const expired = await expiredAttempts(db, BATCH);
  for (const attempt of expired) {
    await abandonAttempt(
      db,
      attempt,
      inDoubt('The reservation of this call ran out before anybody reported its end; it was charged in full.'),
    );
  }
  await ensurePartitions(db);
  return { started: unstarted.length, revived, expired: expired.length };
}
