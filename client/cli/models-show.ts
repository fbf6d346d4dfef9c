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
  const { history, ...model } = shapeOf(shown);
  const { stats } = shown;
  const rows: (readonly [string, string | null])[] = [
    ['called', model.displayName],
    ['of its provider', model.providerModel + (model.isDefault ? ', the default' : '')],
    ['tier', `${model.tier}, ${model.costTier}, priority ${model.defaultPriority}`],
    ['status', model.status + (model.retiresAt === null ? '' : ` until ${model.retiresAt}`)],
    ['tokens', `${model.contextWindow} in and out, at most ${model.maxOutput} out`],
    ['USD per million', describePrices(model)],
    ['can do', listed(model.capabilities)],
    ['good at', listed(model.strengths)],
    ['approved for', listed(model.privacyTiers)],
    ['regions', listed(model.regions)],
    ['calls', `queue ${model.pool}`],
    ['expected', describeExpected(model)],
    ...(model.promptTemplate === null ? [] : [['prompt template', JSON.stringify(model.promptTemplate)] as const]),
  ];
  const rated =
    history.ewma === null
      ? 'never rated'
      : `rated ${history.ewma.toFixed(2)} (${history.ratings} ${history.ratings === 1 ? 'rating' : 'ratings'})`;
  const calls = `${history.calls} calls, ${history.answered} answered, ${formatUsd(stats?.costNano ?? 0)}`;
  const speed = stats?.latencyP50Ms == null ? [] : [`median ${formatMs(stats.latencyP50Ms)}`];
  return [
    colors.bold(onOneLine(shown.model.id)),
    table([{ title: '' }, { title: '' }], rows).trim(),
    [calls, ...speed, rated, ...history.tiers.map(({ tier, ewma, ratings }) => `${tier} ${ewma.toFixed(2)} (${ratings})`)].join('; '),
  ].join('\n');
}

function listed(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(', ');
}

type Shape = Omit<ReturnType<typeof shapeOf>, 'history'>;

function describePrices({ usdPerMillionTokens, allowUnknownPrice }: Shape): string {
  if (usdPerMillionTokens !== null) return JSON.stringify(usdPerMillionTokens).replaceAll(/[{}"]/gu, '').replaceAll(/[:,]/gu, '$& ');
  return allowUnknownPrice ? 'unknown, and called all the same' : 'unknown, so it is not called';
}

function describeExpected({ quality, verbosity, latency }: Shape): string {
  const speed = `${latency.firstTokenMs} ms to the first token, ${latency.msPerOutputToken} ms for each`;
  return `${Math.round(100 * quality)} % good answers, ${verbosity} × the usual length; ${speed}`;
}
