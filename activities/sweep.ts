/**
 * One round of upkeep: starts what was accepted and never started, restarts what lost its workflow, repeats cancellations that
 * nobody heard of, settles reservations whose worker and workflow are both gone, closes replays that their review left open, gives
 * rollouts that have cooled down their rest, prepares the months to come, asks again for reviews that nobody heard of, warns of
 * budgets, rolls up costs, calls and the hours that are over, asks for a review where they became worse, and lets go of what was kept
 * long enough.
 */

import { rollUpCosts } from '../db/queries/cost';
import { abandonAttempt } from '../db/queries/ledger';
import { strandedReplays } from '../db/queries/replays';
import { rolloutsToAttend } from '../db/queries/rollouts';
import {
  ensurePartitions,
  expiredAttempts,
  markSwept,
  rollUpCalls,
  unheardCancellations,
  unstartedTasks,
  unwatchedTasks,
} from '../db/queries/upkeep';
import { inDoubt } from './call/settle';
import type { Deps } from './deps';
import { keepRetention } from './retention';
import { resumeTriggers } from './review/open';
import { cancelReplay } from './review/replay/close';
import { restCooledDown } from './review/rest';
import { rollUpInUpkeep } from './review/roll-up';
import { reviewCrossedThresholds } from './review/thresholds';
import { keepUpSlots } from './slots/upkeep';
import { warnInUpkeep } from './warnings/warn';

/** Tasks looked at in one round of each kind, and how many of them at a time. */
const BATCH = 500;
const AT_A_TIME = 20;

/** Days whose costs are rolled up in one round, where many are due. */
const COST_DAYS = 7;

/** Hours whose calls are rolled up in one round, where many are due. */
const CALL_HOURS = 24;

export interface SweepReport {
  /** Accepted tasks whose workflow was started. */
  readonly started: number;
  /** Running tasks whose workflow had gone and was started anew. */
  readonly revived: number;
  /** Tasks whose workflow was asked once more to stop. */
  readonly cancelled: number;
  /** Attempts closed in doubt because their reservation ran out. */
  readonly expired: number;
  /** Rollouts and promoted changes whose workflow had gone and was started anew. */
  readonly rolloutsRevived: number;
  /** No review has begun for more than a week, and that was written down in this round. */
  readonly isReviewOverdue: boolean;
  /** Replays closed because their review has ended. */
  readonly stranded: number;
  /** Rollouts whose cool-down is over. */
  readonly rested: number;
  /** Waiting tasks that got a slot, or were let go because their slots exist no more. */
  readonly slotsGranted: number;
  readonly slotsReleased: number;
  /** Tasks whose content was erased because it was kept long enough. */
  readonly contentErased: number;
  /** What people are to be told: budgets that crossed their warning line, months that were archived or not; webhooks that were not reached. */
  readonly warnings: readonly string[];
  readonly undelivered: readonly string[];
  /** Hours that were rolled up. */
  readonly rolledUp: number;
}

/** Safe to repeat and to run twice at once: starting a workflow that runs finds it. */
export async function sweep(deps: Deps): Promise<SweepReport> {
  const { db, reviveDispatch, cancelDispatch, reviveRollout } = deps;
  const unstarted = await unstartedTasks(db, BATCH);
  const started = await countRevived(unstarted, reviveDispatch);
  const unwatched = await unwatchedTasks(db, BATCH);
  const revived = await countRevived(unwatched, reviveDispatch);
  const unheard = await unheardCancellations(db, BATCH);
  for (const taskId of unheard) await cancelDispatch(taskId);
  await markSwept(db, [...unstarted, ...unwatched, ...unheard]);

  const expired = await expiredAttempts(db, BATCH);
  for (const attempt of expired) {
    await abandonAttempt(
      db,
      attempt,
      inDoubt('The reservation of this call ran out before anybody reported its end; it was charged in full.'),
    );
  }
  const slots = await keepUpSlots(deps);
  const stranded = await strandedReplays(db, BATCH);
  for (const replayTaskId of stranded) await cancelReplay(db, replayTaskId);
  const rested = await restCooledDown(deps);
  const attended = await rolloutsToAttend(db);
  const rolloutsRevived = (await Promise.all(attended.map(reviveRollout))).filter(Boolean).length;
  await ensurePartitions(db);
  const { isOverdue } = await resumeTriggers(deps);
  const { warnings, undelivered } = await warnInUpkeep(deps);
  await rollUpCosts(db, COST_DAYS);
  await rollUpCalls(db, CALL_HOURS);
  const { hours: rolledUp } = await rollUpInUpkeep(deps);
  if (rolledUp > 0) await reviewCrossedThresholds(deps);
  const kept = await keepRetention(deps);
  return {
    started,
    revived,
    cancelled: unheard.length,
    expired: expired.length,
    stranded: stranded.length,
    rested,
    rolloutsRevived,
    isReviewOverdue: isOverdue,
    slotsGranted: slots.granted,
    slotsReleased: slots.released,
    contentErased: kept.erased,
    warnings: [...warnings, ...kept.warnings],
    undelivered,
    rolledUp,
  };
}

async function countRevived(taskIds: readonly string[], revive: Deps['reviveDispatch']): Promise<number> {
  let revived = 0;
  for (let at = 0; at < taskIds.length; at += AT_A_TIME) {
    const answers = await Promise.all(taskIds.slice(at, at + AT_A_TIME).map(revive));
    revived += answers.filter(Boolean).length;
  }
  return revived;
}
