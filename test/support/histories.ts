/** Reads workflow histories in tests. */

import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { Installation } from './installation';

/** Types of the events of a task's workflow so far, in order: `EVENT_TYPE_TIMER_STARTED`. */
export async function eventsOf({ workflow }: Installation, taskId: string): Promise<string[]> {
  const { events } = JSON.parse(historyToJSON(await workflow(taskId).fetchHistory())) as { events: { eventType: string }[] };
  return events.map(({ eventType }) => eventType);
}
