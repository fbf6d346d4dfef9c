/** `signalbox stats`: what was done, what it cost, and how the models did. */

import { countTasks, type ModelStats, modelStats, totalCost } from '../../db/queries/stats';
import { CAPABILITY_TIERS } from '../../routing/catalogue';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { formatMs, indented } from './terminal/text';

export interface StatsOptions extends StackCommandOptions {
  readonly days: number;
}

interface Stats {
  /** Days of UTC, the present one included; ratings are of all time. */
  readonly days: number;
  readonly tasks: Readonly<Record<string, number>>;
  readonly costNano: number;
  /** Best EWMA first. */
  readonly models: readonly ModelStats[];
}

/** How the models that were rated in a tier compare in it. */
interface TierRatings {
  readonly tier: string;
  /** Best EWMA first. */
  readonly models: readonly { readonly model: string; readonly ewma: number; readonly ratings: number }[];
}

export async function runStats(options: StatsOptions, cli: Cli): Promise<ExitCode> {
  const { days } = options;
  const stats = await withDatabase(cli, options, async (db): Promise<Stats> => {
    const [tasks, costNano, models] = await Promise.all([countTasks(db, days), totalCost(db, days), modelStats(db, days)]);
    return { days, tasks, costNano, models };
  });
  if (options.json) cli.output.printJson(shapeOf(stats));
  else cli.output.print(describe(stats, cli.output));
  return EXIT.ok;
}

function shapeOf({ days, tasks, costNano, models }: Stats) {
  return {
    days,
    tasks,
    costUsd: nanoToUsd(costNano),
    models: models.map(({ costNano: ofModel, ...model }) => ({ ...model, costUsd: nanoToUsd(ofModel) })),
    tiers: byTier(models),
  };
}

/** Tiers in which nobody was rated are left out. */
function byTier(models: readonly ModelStats[]): TierRatings[] {
  return CAPABILITY_TIERS.map((tier) => ({
    tier,
    models: models
      .flatMap(({ model, tiers }) =>
        tiers.filter((cell) => cell.tier === tier).map(({ ewma, ratings }): TierRatings['models'][number] => ({ model, ewma, ratings })),
      )
      .sort((a, b) => b.ewma - a.ewma || b.ratings - a.ratings),
  })).filter((tier) => tier.models.length > 0);
}

function describe({ days, tasks, costNano, models }: Stats, output: Output): string {
  const { colors } = output;
  const counts = Object.entries(tasks).filter(([, count]) => count > 0);
  const tiers = byTier(models);
  const period = days === 1 ? 'today' : `last ${days} days`;
  const sections = [
    [`Tasks, ${period}`, counts.length === 0 ? 'none yet' : counts.map(([status, count]) => `${count} ${status}`).join(', ')],
    ['Spent', formatUsd(costNano)],
    ...(models.length === 0 ? [] : [['Models', modelTable(models, output)]]),
    ...(tiers.length === 0 ? [] : [['Ratings by tier', tierTable(tiers, output)]]),
  ];
  return sections.map(([title, text = '']) => `${colors.bold(title ?? '')}\n${indented(text)}`).join('\n\n');
}

function modelTable(models: readonly ModelStats[], { table }: Output): string {
  const figures = ['calls', 'answered', 'failed', 'in doubt', 'cost', 'p50', 'p95', 'rating', 'ratings'] as const;
  const columns = [{ title: 'model' }, ...figures.map((title) => ({ title, align: 'right' as const }))];
  return table(
    columns,
    models.map((model) => [
      model.model,
      model.calls,
      model.answered,
      model.failed,
      model.inDoubt,
      formatUsd(model.costNano),
      ...[model.latencyP50Ms, model.latencyP95Ms].map((ms) => (ms === null ? null : formatMs(ms))),
      model.ewma === null ? null : model.ewma.toFixed(2),
      model.ratings,
    ]),
  );
}

function tierTable(tiers: readonly TierRatings[], { table }: Output): string {
  const columns = [
    { title: 'tier' },
    { title: 'model' },
    { title: 'rating', align: 'right' as const },
    { title: 'ratings', align: 'right' as const },
  ];
  return table(
    columns,
    tiers.flatMap(({ tier, models }) =>
      models.map(({ model, ewma, ratings }, index) => [index === 0 ? tier : '', model, ewma.toFixed(2), ratings]),
    ),
  );
}
