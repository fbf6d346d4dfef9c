/** The dependencies of steps, for tests that run them without Temporal. */

import { v7 as newId } from 'uuid';
import type { Deps } from '../../activities/deps';
import { createRules } from '../../activities/rules';
import type { Installation } from './installation';

/** What a worker of the installation would have; nothing is started or stopped elsewhere. */
export function depsOf({ db, reviewDb }: Pick<Installation, 'db' | 'reviewDb'>, changes: Partial<Deps> = {}): Deps {
  return {
    db,
    reviewDb,
    rules: createRules(db, () => undefined),
    secret: () => undefined,
    now: Date.now,
    newId: () => newId(),
    worker: 'test',
    heartbeatMs: 1_000,
    reviveDispatch: async () => false,
    tellSlotGranted: async () => {},
    cancelDispatch: async () => {},
    askForReview: async () => {},
    reviveReview: async () => false,
    reviveRollout: async () => false,
    ...changes,
  };
}
