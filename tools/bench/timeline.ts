/**
 * Where the time of one task goes: the instants that Postgres and Temporal wrote down on the way, and ours at both ends. All
 * are of one machine's clock.
 */

import type { Database } from '../../db/connect';
import { dispatchWorkflowId } from '../../workflows/messages';
import type { Installation } from './installation';
import { promptNumber } from './load';
import { median } from './quantiles';

/** The time between one instant and the one before. */
export interface Segment {
  readonly name: string;
  readonly p50Ms: number;
}

const TASKS = 60;

/** Milliseconds since the epoch, by name, in order. */
type Instants = readonly (readonly [name: string, at: number])[];

/** Runs tasks one at a time and gives the median of each segment. */
export async function timelineOf(db: Database, installation: Installation): Promise<Segment[]> {
  const timelines: Instants[] = [];
  for (let at = 0; at < TASKS; at++) timelines.push(await timeline(db, installation, promptNumber(at)));
  const names = timelines[0]!.slice(1).map(([name]) => name);
  return names.map((name, at) => ({ name, p50Ms: median(timelines.map((instants) => instants[at + 1]![1] - instants[at]![1])) }));
}

async function timeline(db: Database, { client, workers }: Installation, prompt: string): Promise<Instants> {
  const submittedAt = now();
  const { taskId } = await client.submit({ prompt });
  await client.result(taskId);
  const answeredAt = now();
  const [row] = await db.sql<[{ accepted: number; decided: number; opened: number; settled: number }]>`
    SELECT extract(epoch FROM t.accepted_at)::float8 * 1000 AS accepted, extract(epoch FROM d.decided_at)::float8 * 1000 AS decided,
      extract(epoch FROM a.started_at)::float8 * 1000 AS opened, extract(epoch FROM a.ended_at)::float8 * 1000 AS settled
    FROM tasks t JOIN routing_decisions d ON d.task_id = t.id JOIN attempts a ON a.task_id = t.id WHERE t.id = ${taskId}`;
  const { events } = await workers.client.workflow.getHandle(dispatchWorkflowId(taskId)).fetchHistory();
  const times = (events ?? []).map(({ eventTime }) => Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6);
  const eventAt = (attributes: keyof NonNullable<typeof events>[number]): number =>
    times[(events ?? []).findLastIndex((event) => event[attributes] != null)] ?? Number.NaN;
  return [
    ['submitted', submittedAt],
    ['accept: until its transaction begins', row.accepted],
    ['accept and start: until the workflow is started', eventAt('workflowExecutionStartedEventAttributes')],
    ['decide: until the decision is written', row.decided],
    ['workflow schedules the call', eventAt('activityTaskScheduledEventAttributes')],
    ['a worker takes the call', eventAt('activityTaskStartedEventAttributes')],
    ['open: filter, reserve, attempt written', row.opened],
    ['call and settle: until the end is written', row.settled],
    ['the call is reported', eventAt('activityTaskCompletedEventAttributes')],
    ['the workflow is woken', eventAt('workflowTaskStartedEventAttributes')],
    ['the workflow ends', eventAt('workflowExecutionCompletedEventAttributes')],
    ['result: until the client has the answer', answeredAt],
  ];
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
