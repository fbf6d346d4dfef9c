/** Rollouts that were taken back come to rest when their cool-down is over. */

import { cooledDownRollouts, moveRollout } from '../../db/queries/rollouts';
import type { Deps } from '../deps';
import { ROLLOUT_ACTOR } from './take-back';

/** Moves every rollout whose cool-down is over to IDLE; returns how many. Safe to repeat and to run twice at once. */
export async function restCooledDown({ db }: Pick<Deps, 'db'>): Promise<number> {
  const ids = await cooledDownRollouts(db);
  const moves = await Promise.all(
    ids.map((id) => moveRollout(db, { id, to: 'IDLE', key: 'rested', actor: ROLLOUT_ACTOR, reason: 'Its cool-down is over.' })),
  );
  return moves.filter(({ kind }) => kind === 'moved').length;
}
