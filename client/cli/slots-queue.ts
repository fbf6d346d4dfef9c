/** `signalbox slots queue`: who waits for a slot, and in which order. */

import { listQueue, type QueueEntry } from '../../db/queries/slot-figures';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { shownValue } from './terminal/slot';
import { formatMs } from './terminal/text';

export interface SlotsQueueOptions extends StackCommandOptions {
  readonly limit: number;
}

export async function runSlotsQueue(options: SlotsQueueOptions, cli: Cli): Promise<ExitCode> {
  const { total, entries } = await withDatabase(cli, options, (db) => listQueue(db, options.limit));
  if (options.json) {
    cli.output.printJson({ total, tasks: entries });
    return EXIT.ok;
  }
  if (total === 0) cli.output.note('No task waits for a slot.');
  else cli.output.print(describe(entries, cli.output));
  if (total > entries.length) cli.output.note(`${total - entries.length} more wait; --limit shows them.`);
  return EXIT.ok;
}

function describe(entries: readonly QueueEntry[], { table }: Output): string {
  const columns = [
    { title: 'place', align: 'right' as const },
    { title: 'task' },
    { title: 'class' },
    { title: 'value', align: 'right' as const },
    { title: 'by' },
    ...(['priority', 'waits'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: 'for' },
  ];
  const rows = entries.map(
    ({ position, taskId, taskClass, expectedValue, valueSource, valueBasis, priority, waitedMs, models, granted }) => [
      position,
      taskId,
      taskClass,
      shownValue(expectedValue),
      valueBasis === null ? valueSource : `${valueSource} from ${valueBasis.tasks}`,
      priority,
      formatMs(waitedMs),
      granted === null ? models.join(', ') : `${granted} (granted)`,
    ],
  );
  return table(columns, rows);
}
