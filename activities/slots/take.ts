/** What a waiting task learns when it is told of a slot, or looks for itself. */

import { loadTaskToDecide } from '../../db/queries/dispatch';
import { loadHeldSlot } from '../../db/queries/slot-state';
import { isOpenStatus } from '../../db/schema/tasks';
import type { Decision } from '../../routing/decision/decision';
import { RoutingError } from '../../routing/errors';
import { chainFrom } from '../../routing/slots/fit';
import type { SlotAnswer } from '../../workflows/messages';
import type { Deps } from '../deps';

/** The chain to follow with the model of the slot first, that the task still waits, or how it ended. */
export async function takeSlot(deps: Deps, { taskId }: { readonly taskId: string }): Promise<SlotAnswer> {
  const held = await loadHeldSlot(deps.db, taskId);
  if (held.kind === 'waiting') return { kind: 'waiting' };
  const task = await loadTaskToDecide(deps.db, taskId);
  if (task?.decision == null || task.catalogueVersion === null)
    throw new RoutingError('unknown_task', `There is no decided task ${taskId}.`);
  if (!isOpenStatus(task.status)) return { kind: 'ended', outcome: task.status };
  const decision = task.decision.record as Decision;
  if (held.kind === 'none') return { kind: 'go-on', chain: decision.chain };
  const { catalogue } = await deps.rules.catalogue(task.catalogueVersion);
  return { kind: 'go-on', chain: chainFrom(held.model, decision, catalogue) };
}
