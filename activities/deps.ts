/**
 * What every step is given: the outside world, so that a step is a function of (dependencies, input, signal).
 */

import type { Database } from '../db/connect';
import type { TriggerInput } from '../workflows/messages';
import type { Rules } from './rules';

export interface Deps {
  readonly db: Database;
  /** The same database with the rights of a review: it reads everything and writes nothing but a review's own records. */
  readonly reviewDb: Database;
  readonly rules: Rules;
  /** Value of an environment variable that the configuration names; undefined when it is not set. */
  readonly secret: (name: string) => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A new version 7 UUID. */
  readonly newId: () => string;
  /** Name of this process in attempts: host and process id. */
  readonly worker: string;
  /** A call that is silent for this long is taken for dead, in milliseconds. */
  readonly heartbeatMs: number;
  /** Starts the workflow of a task that has not ended, unless it runs. True when it was started. */
  readonly reviveDispatch: (taskId: string) => Promise<boolean>;
  /** Asks for a review; the trigger's row is kept already. */
  readonly askForReview: (trigger: TriggerInput & { readonly triggerId: string }) => Promise<void>;
  /** Gives an open review its workflow back, unless it runs. True when it was asked for. */
  readonly reviveReview: (trigger: TriggerInput & { readonly triggerId: string }) => Promise<boolean>;
  /** Starts what looks after a rollout or a promoted change, unless it runs. True when it was started. */
  readonly reviveRollout: (attended: { readonly rolloutId: string; readonly by: 'rollout' | 'watch' }) => Promise<boolean>;
  /** Tells the workflow of a waiting task that it has a slot, or needs none any more; does nothing when there is none. */
  readonly tellSlotGranted: (taskId: string) => Promise<void>;
  /** Asks the workflow of a task to stop; does nothing when there is none. */
  readonly cancelDispatch: (taskId: string) => Promise<void>;
}
