/** `signalbox models show`: one model of the catalogue in force, and what became of its calls. */

import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { activeCatalogue } from '../../db/queries/rules';
import { type ModelStats, modelStats } from '../../db/queries/stats';
import type { Model } from '../../routing/catalogue';
import { RoutingError } from '../../routing/errors';
import { formatUsd, nanoToUsd } from '../../routing/units';
import { requireModel } from '../ratings/require-model';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { modelShape } from './models-list';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { formatMs, onOneLine } from './terminal/text';

interface Shown {
  readonly model: Model;
  /** It is the one that its provider's tasks prefer among equals. */
  readonly isDefault: boolean;
  /** Absent: it was neither called nor rated. */
  readonly stats: ModelStats | undefined;
}

export async function runModelsShow(id: string, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const shown = await withDatabase(cli, options, async (db): Promise<Shown> => {
    const [active, stats] = await Promise.all([activeCatalogue(db), modelStats(db)]);
    if (active === undefined) throw new RoutingError('no_active_policy', 'No catalogue is in force. Run "signalbox up" once.');
    const { models, defaultModels } = storedCatalogueFromJson(active.body).catalogue;
    requireModel(id, models.keys());
    const model = models.get(id)!;
    return { model, isDefault: defaultModels.get(model.provider) === id, stats: stats.find((one) => one.model === id) };
  });
  if (options.json) cli.output.printJson(shapeOf(shown));
  else cli.output.print(describe(shown, cli.output));
  return EXIT.ok;
}

function shapeOf({ model, isDefault, stats }: Shown) {
  const { providerModel, defaultPriority, strengths, priorQuality, verbosity, latency, allowUnknownPrice, promptTemplate = null } = model;
  const { calls = 0, answered = 0, failed = 0, inDoubt = 0, costNano = 0, ewma = null, ratings = 0, tiers = [] } = stats ?? {};
  return {
    ...modelShape(model),
    providerModel,
    isDefault,
    defaultPriority,
    strengths,
    quality: priorQuality,
    verbosity,
    latency,
    allowUnknownPrice,
    promptTemplate,
    history: { calls, answered, failed, inDoubt, costUsd: nanoToUsd(costNano), ewma, ratings, tiers },
  };
}

function describe(shown: Shown, { colors, table }: Output): string {
  const { history, usdPerMillionTokens, latency, promptTemplate, ...facts } = shapeOf(shown);
  const { stats } = shown;
  const prices = usdPerMillionTokens === null ? 'unknown' : JSON.stringify(usdPerMillionTokens);
  const rows: [string, unknown][] = [
    ...Object.entries(facts).filter(([key]) => key !== 'model'),
    ['usdPerMillionTokens', prices],
    ['latency', `${latency.firstTokenMs} ms to the first token, ${latency.msPerOutputToken} ms for each`],
    ...(promptTemplate === null ? [] : ([['promptTemplate', JSON.stringify(promptTemplate)]] as [string, unknown][])),
  ];
  const rated = history.ewma === null ? 'never rated' : `rated ${history.ewma.toFixed(2)} (${history.ratings} ratings)`;
  const calls = `${history.calls} calls, ${history.answered} answered, ${formatUsd(stats?.costNano ?? 0)}`;
  const speed = stats?.latencyP50Ms == null ? [] : [`median ${formatMs(stats.latencyP50Ms)}`];
  return [
    colors.bold(onOneLine(shown.model.id)),
    table(
      [{ title: '' }, { title: '' }],
      rows.map(([key, value]) => [key, shownValue(value)]),
    ).trim(),
    [calls, ...speed, rated, ...history.tiers.map(({ tier, ewma, ratings }) => `${tier} ${ewma.toFixed(2)} (${ratings})`)].join('; '),
  ].join('\n');
}

function shownValue(value: unknown): string | null {
  if (value === null) return null;
  return Array.isArray(value) ? value.join(', ') : String(value);
}
