/** Workflow histories in tests: live ones, and those that are recorded in test/histories. */

import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { Installation } from './installation';

/** Folder of the recorded histories: one folder per workflow type, one file per scenario. */
export const HISTORIES = join(__dirname, '..', 'histories');

export interface HistoryEvent {
  readonly eventType: string;
  readonly [attributes: string]: unknown;
}

export interface History {
  readonly events: readonly HistoryEvent[];
}

export interface RecordedHistory {
  /** As the folder is called: `dispatch-task`. */
  readonly workflow: string;
  readonly scenario: string;
  readonly history: History;
}

/** Every recorded history. */
export function recordedHistories(): RecordedHistory[] {
  return readdirSync(HISTORIES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: workflow }) =>
      readdirSync(join(HISTORIES, workflow)).map((file) => ({
        workflow,
        scenario: file.replace(/\.json$/, ''),
        history: JSON.parse(readFileSync(join(HISTORIES, workflow, file), 'utf8')) as History,
      })),
    );
}

/** The history of a workflow so far, in the form that can be replayed, without the name of this machine. */
export async function fetchHistory(handle: WorkflowHandle): Promise<History> {
  const json = historyToJSON(await handle.fetchHistory());
  // Identities are `pid@host`; queues of a single worker begin with one.
  return JSON.parse(json.replaceAll(new RegExp(`\\d+@${hostname()}`, 'g'), 'worker')) as History;
}

/** Types of the events of a task's workflow so far, in order: `EVENT_TYPE_TIMER_STARTED`. */
export async function eventsOf({ workflow }: Installation, taskId: string): Promise<string[]> {
  return (await fetchHistory(workflow(taskId))).events.map(({ eventType }) => eventType);
}

/** Every text in a history: keys, values, and what is inside of encoded payloads. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, Buffer.from(value, 'base64').toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...textsOf(each)]);
}
