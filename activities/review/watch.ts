/** One look at a change that was promoted: does it still do what was approved? */

import { goldenOutcomesSince } from '../../db/queries/golden-set';
import { moveRollout, type RolloutRow, saveWatch } from '../../db/queries/rollouts';
import { outcomesSince, servedInCanary } from '../../db/queries/watched';
import { watchGoldenSet } from '../../routing/review/rollout/golden-set';
import { beginWatch, promotedLevel, type WatchedOutcome, type WatchProgress, watchOutcomes } from '../../routing/review/rollout/watch';
import type { Look } from '../../workflows/messages';
import type { Deps } from '../deps';
import { runGoldenSet } from './golden-set';
import { armsOf, requireRollout } from './rollout';
import { isInForce, ROLLOUT_ACTOR, takeBack } from './take-back';

/** Outcomes that are read at a time. */
const BATCH = 2_000;

/**
 * How long an outcome may be on its way between its instant and its commit, in milliseconds: younger ones are left for the next
 * look, so that none is passed over.
 */
const COMMIT_LAG_MS = 5_000;

/** Looks at what is new, in batches, and makes every move that follows. A change that others have replaced is at rest. */
export async function lookAtWatch(deps: Deps, { rolloutId }: { readonly rolloutId: string }, signal: AbortSignal): Promise<Look> {
  for (;;) {
    signal.throwIfAborted();
    const row = await requireRollout(deps, rolloutId);
    const look = await lookOnce(deps, row);
    if (look !== 'again') return look;
  }
}

async function lookOnce(deps: Deps, row: RolloutRow): Promise<Look | 'again'> {
  const { db } = deps;
  const move = { id: row.id, fromKey: row.moveKey, actor: ROLLOUT_ACTOR };
  switch (row.state) {
    case 'PROMOTED': {
      const [servedAs, arms] = await Promise.all([servedInCanary(db, row.id, row.plan.candidate), armsOf(db, row)]);
      const watch = beginWatch(servedAs, promotedLevel(row.plan, arms));
      await moveRollout(db, { ...move, to: 'WATCHED', key: 'watched', reason: 'It was promoted.', watch });
      return 'again';
    }
    case 'ROLLING_BACK':
    case 'ROLLED_BACK':
      await takeBack(deps, row);
      return 'again';
    case 'WATCHED':
      break;
    default:
      return { state: row.state, isOver: true, nextMs: 0 };
  }
  if (!(await isInForce(deps, row))) {
    await moveRollout(db, { ...move, to: 'IDLE', key: 'superseded', reason: 'Superseded: the class was routed otherwise since.' });
    return 'again';
  }
  const before = row.watch ?? beginWatch([]);
  if (before.alarm !== undefined) {
    await moveRollout(db, { ...move, to: 'ROLLING_BACK', key: 'drift', reason: before.alarm });
    return 'again';
  }
  const isLastLook = row.nowMs - row.movedAtMs >= row.plan.watch.durationMs;
  const note = isLastLook ? undefined : await runGoldenSet(deps, row);
  const { traffic, golden } = await readOutcomes(deps, row, before);
  const progress = withNote(watchGoldenSet(row.plan, watchOutcomes(row.plan, before, traffic), golden), note);
  const isSaved = await saveWatch(db, row.id, before.looks, progress);
  if (!isSaved || progress.alarm !== undefined) return 'again'; // not saved: another look was first, or somebody moved it
  if (traffic.length === BATCH || golden.length === BATCH) return 'again';
  if (isLastLook) {
    await moveRollout(db, {
      ...move,
      to: 'IDLE',
      key: 'watched-out',
      reason: 'It has held its level for as long as it was to be watched.',
    });
    return 'again';
  }
  return { state: row.state, isOver: false, nextMs: row.plan.watch.tickMs };
}

interface NewOutcomes {
  readonly traffic: readonly WatchedOutcome[];
  readonly golden: readonly WatchedOutcome[];
}

async function readOutcomes({ db }: Deps, row: RolloutRow, before: WatchProgress): Promise<NewOutcomes> {
  const { id: rolloutId, classes, plan, promotedVersion } = row;
  const query = {
    rolloutId,
    classes,
    candidate: plan.candidate,
    scale: plan.scale,
    promotedVersion: promotedVersion ?? 0,
    lagMs: Math.min(COMMIT_LAG_MS, plan.watch.tickMs),
  };
  const [traffic, golden] = await Promise.all([
    outcomesSince(db, query, before.position, BATCH),
    goldenOutcomesSince(db, query, before.golden?.position ?? null, BATCH),
  ]);
  return { traffic, golden };
}

/** A note is made once. */
function withNote(progress: WatchProgress, note: string | undefined): WatchProgress {
  return note === undefined || progress.notes.includes(note) ? progress : { ...progress, notes: [...progress.notes, note] };
}
