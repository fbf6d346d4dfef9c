/** `signalbox stats`: what was done, what it cost, and how the models did. */

import { type CallStats, callStats, countTasks, type EmbeddedStats, type ModelStats, totalCost } from '../../db/queries/stats';
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

interface Stats extends CallStats {
  /** Days of UTC, the present one included; ratings are of all time. */
  readonly days: number;
  readonly tasks: Readonly<Record<string, number>>;
  readonly costNano: number;
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
    const [tasks, costNano, calls] = await Promise.all([countTasks(db, days), totalCost(db, days), callStats(db, days)]);
    return { days, tasks, costNano, ...calls };
  });
  if (options.json) cli.output.printJson(shapeOf(stats));
  else cli.output.print(describe(stats, cli.output));
  return EXIT.ok;
}

function shapeOf({ days, tasks, costNano, models, embedded }: Stats) {
  return {
    days,
    tasks,
    costUsd: nanoToUsd(costNano),
    models: models.map(({ costNano: ofModel, ...model }) => ({ ...model, costUsd: nanoToUsd(ofModel) })),
    embedded: embedded.map(({ costNano: ofModel, ...model }) => ({ ...model, costUsd: nanoToUsd(ofModel) })),
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

function describe({ days, tasks, costNano, models, embedded }: Stats, output: Output): string {
  const { colors } = output;
  const counts = Object.entries(tasks).filter(([, count]) => count > 0);
  const tiers = byTier(models);
  const period = days === 1 ? 'today' : `last ${days} days`;
  const sections = [
    [`Tasks, ${period}`, counts.length === 0 ? 'none yet' : counts.map(([status, count]) => `${count} ${status}`).join(', ')],
    ['Spent', formatUsd(costNano)],
    ...(models.length === 0 ? [] : [['Models', modelTable(models, output)]]),
    ...(embedded.length === 0 ? [] : [['Called by programs that route by themselves', callTable(embedded, output)]]),
    ...(tiers.length === 0 ? [] : [['Ratings by tier', tierTable(tiers, output)]]),
  ];
  return sections.map(([title, text = '']) => `${colors.bold(title ?? '')}\n${indented(text)}`).join('\n\n');
}

const CALL_FIGURES = ['calls', 'answered', 'failed', 'in doubt', 'cost', 'p50', 'p95'] as const;

function modelTable(models: readonly ModelStats[], { table }: Output): string {
  return table(
    [{ title: 'model' }, ...figures([...CALL_FIGURES, 'rating', 'ratings'])],
    models.map((model) => [...callRow(model), model.ewma === null ? null : model.ewma.toFixed(2), model.ratings]),
  );
}

function callTable(models: readonly EmbeddedStats[], { table }: Output): string {
  return table([{ title: 'model' }, ...figures(CALL_FIGURES)], models.map(callRow));
}

function figures(titles: readonly string[]) {
  return titles.map((title) => ({ title, align: 'right' as const }));
}

function callRow({ model, calls, answered, failed, inDoubt, costNano, latencyP50Ms, latencyP95Ms }: EmbeddedStats) {
  const times = [latencyP50Ms, latencyP95Ms].map((ms) => (ms === null ? null : formatMs(ms)));
  return [model, calls, answered, failed, inDoubt, formatUsd(costNano), ...times];
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
