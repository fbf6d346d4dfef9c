/** `signalbox stats`: what was done, what it cost, and how the models did. */

import { type ModelStats, modelStats } from '../../db/queries/stats';
import { countTasks, totalCost } from '../../db/queries/tasks';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { formatMs, indented } from './terminal/text';

interface Stats {
  readonly tasks: Readonly<Record<string, number>>;
  readonly costNano: number;
  readonly models: readonly ModelStats[];
}

export async function runStats(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const stats = await withDatabase(cli, options, async (db): Promise<Stats> => {
    const [tasks, costNano, models] = await Promise.all([countTasks(db), totalCost(db), modelStats(db)]);
    return { tasks, costNano, models };
  });
  if (options.json) cli.output.printJson(shapeOf(stats));
  else cli.output.print(describe(stats, cli.output));
  return EXIT.ok;
}

function shapeOf({ tasks, costNano, models }: Stats) {
  return {
    tasks,
    costUsd: nanoToUsd(costNano),
    models: models.map(({ costNano: ofModel, ...model }) => ({ ...model, costUsd: nanoToUsd(ofModel) })),
  };
}

function describe({ tasks, costNano, models }: Stats, { colors, table }: Output): string {
  const counts = Object.entries(tasks).filter(([, count]) => count > 0);
  const columns = [
    { title: 'model' },
    ...(['calls', 'answered', 'failed', 'in doubt', 'cost', 'p50', 'p95', 'rating', 'ratings'] as const).map((title) => ({
      title,
      align: 'right' as const,
    })),
  ];
  const rows = models.map((model) => [
    model.model,
    model.calls,
    model.answered,
    model.failed,
    model.inDoubt,
    formatUsd(model.costNano),
    ...[model.latencyP50Ms, model.latencyP95Ms].map((ms) => (ms === null ? null : formatMs(ms))),
    model.ewma === null ? null : model.ewma.toFixed(2),
    model.ratings,
  ]);
  return [
    `${colors.bold('Tasks')}\n${indented(counts.length === 0 ? 'none yet' : counts.map(([status, count]) => `${count} ${status}`).join(', '))}`,
    `${colors.bold('Spent')}\n${indented(formatUsd(costNano))}`,
    ...(rows.length === 0 ? [] : [`${colors.bold('Models')}\n${indented(table(columns, rows))}`]),
  ].join('\n\n');
}
