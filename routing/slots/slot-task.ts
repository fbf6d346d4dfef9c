/** A task as `assignSlot` sees it: with what it is worth, and the group it belongs to. */

import type { TaskFacts } from '../task/task';
import type { SlotSettings } from './settings';
import type { SlotTask } from './slot';

/**
 * A decided task for slots.
 *
 * @param task          which one, with the models that may take it; see `fitOf`
 * @param expectedValue see `expectedValueOf`
 */
export function slotTaskOf(
  task: Pick<SlotTask, 'id' | 'fits' | 'lacks'>,
  facts: Pick<TaskFacts, 'priority' | 'scope' | 'layer'>,
  expectedValue: number,
  settings: Pick<SlotSettings, 'groupPriorities'>,
): SlotTask {
  const group = groupOf(facts, settings);
  return { ...task, expectedValue, priority: facts.priority, ...(group && { group }) };
}

/** The group of the task with the highest priority of its own. */
function groupOf(
  { scope, layer }: Pick<TaskFacts, 'scope' | 'layer'>,
  { groupPriorities }: Pick<SlotSettings, 'groupPriorities'>,
): SlotTask['group'] {
  const names = [`team:${scope.team}`, `project:${scope.project}`, `layer:${layer}`];
  const known = names
    .filter((name) => Object.hasOwn(groupPriorities, name))
    .map((name) => ({ name, priority: groupPriorities[name] as number }));
  return known.sort((a, b) => b.priority - a.priority)[0];
}
