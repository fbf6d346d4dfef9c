/** `signalbox tasks`: the latest tasks. */

import type { TaskStatus } from '../../db/schema/tasks';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { TaskSummary } from '../index';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withStoredWork } from './open-client';
import type { Output } from './terminal/output';
import { formatInstant, formatMs } from './terminal/text';

export interface TasksOptions extends StackCommandOptions {
  readonly status?: TaskStatus;
  readonly class?: string;
  readonly limit: number;
}

export async function runTasks(options: TasksOptions, cli: Cli): Promise<ExitCode> {
  const { status, class: taskClass, limit } = options;
  const filter = { limit, ...(status === undefined ? {} : { status }), ...(taskClass === undefined ? {} : { taskClass }) };
  const tasks = await withStoredWork(cli, options, (client) => client.tasks(filter));
  if (options.json) cli.output.printJson(tasks.map(shapeOf));
  else if (tasks.length === 0) cli.output.note('There is no such task. "signalbox submit TEXT" makes one.');
  else cli.output.print(describe(tasks, cli.output));
  return EXIT.ok;
}

function shapeOf({ id, costNano, ...task }: TaskSummary) {
  return { taskId: id, ...task, costUsd: costNano === null ? null : nanoToUsd(costNano) };
}

function describe(tasks: readonly TaskSummary[], { table }: Output): string {
  const columns = [
    { title: 'task' },
    { title: 'status' },
    { title: 'class' },
    { title: 'model' },
    ...(['calls', 'cost', 'score', 'took'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: 'accepted' },
  ];
  return table(
    columns,
    tasks.map(({ id, status, taskClass, model, attempts, costNano, score, acceptedAt, endedAt }) => [
      id,
      status,
      taskClass,
      model,
      attempts,
      costNano === null ? null : formatUsd(costNano),
      score === null ? null : score.toFixed(2),
      endedAt === null ? null : formatMs(endedAt.getTime() - acceptedAt.getTime()),
      formatInstant(acceptedAt),
    ]),
  );
}
