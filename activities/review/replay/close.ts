/** The end of replays: the outcome of the task first, then what it says of the model. Safe to repeat. */

import type { Database } from '../../../db/connect';
import { endTask } from '../../../db/queries/ledger';
import { loadReplay, loadReplayEnd } from '../../../db/queries/replay-inputs';
import { closeReplay, openReplays, type ReplayScope, recordUncalled } from '../../../db/queries/replays';
import { RoutingError } from '../../../routing/errors';
import { isJudgeRole } from '../../../routing/judging/judgement';
import { judgementResult } from '../../../routing/review/replay/judgement-result';
import { replayResult } from '../../../routing/review/replay/replay-step';
import type { ReplayInput } from '../../../workflows/messages';
import type { Deps } from '../../deps';

/** Open replays that are closed at a time. */
const BATCH = 200;

/** Closes a replay or judgement whose task has ended, with the result that follows from its outcome. */
export async function closeEnded(db: Database, replayTaskId: string): Promise<void> {
  const end = await loadReplayEnd(db, replayTaskId);
  if (end === undefined) throw new RoutingError('internal', `Replay ${replayTaskId} is to be closed and its task has not ended.`);
  await closeReplay(db, replayTaskId, isJudgeRole(end.role) ? judgementResult(end.role, end) : replayResult(end));
}

/** Ends a replay that has no answer, for what its last call or our own money says. */
export async function closeUnanswered(
  db: Database,
  replayTaskId: string,
  failure: { readonly class: string; readonly message: string },
): Promise<void> {
  const kind = failure.class === 'cancelled' ? 'cancelled' : 'failed';
  await endTask(db, { taskId: replayTaskId, kind, code: failure.class, reason: failure.message });
  await closeEnded(db, replayTaskId);
}

/** Ends a replay that nobody wants any more; a call that is open is charged in full. One that was answered keeps its answer. */
export function cancelReplay(db: Database, replayTaskId: string): Promise<void> {
  return closeUnanswered(db, replayTaskId, { class: 'cancelled', message: 'The review went on without this replay.' });
}

/** Ends a replay whose activity failed for good, so that its money does not stay reserved: excluded, as in doubt. */
export async function abandonReplay({ db, newId }: Deps, input: ReplayInput): Promise<void> {
  const replay = await loadReplay(db, input);
  if (replay === undefined || replay.model === null || replay.row?.state === 'done') return;
  if (replay.row !== null) {
    await closeUnanswered(db, replay.row.replayTaskId, {
      class: 'in-doubt',
      message: 'No worker reported the end of this replay in time.',
    });
    return;
  }
  const { taskId, model } = replay;
  await recordUncalled(db, { ...input, taskId, model, replayTaskId: newId() }, { outcome: 'excluded', why: 'in-doubt' });
}

/** Ends every replay that is open in a part of a review. */
export async function closeReplays({ db }: Deps, scope: ReplayScope): Promise<{ readonly closed: number }> {
  let closed = 0;
  for (;;) {
    const open = await openReplays(db, scope, BATCH);
    if (open.length === 0) return { closed };
    for (const replayTaskId of open) await cancelReplay(db, replayTaskId);
    closed += open.length;
  }
}
