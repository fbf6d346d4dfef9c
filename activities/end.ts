/** Ends a task that was not answered. */

import { endTask } from '../db/queries/ledger';
import type { EndInput, Outcome } from '../workflows/messages';
import type { Deps } from './deps';

/** Gives the task its outcome, or finds the one it has. Calls still open are closed in doubt. */
export async function endUnanswered({ db }: Deps, input: EndInput): Promise<Outcome> {
  const { outcome } = await endTask(db, input);
  return outcome.kind;
}
