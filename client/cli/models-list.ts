/** `signalbox models list`: the models of the catalogue in force. */

import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { activeCatalogue } from '../../db/queries/rules';
import type { Model } from '../../routing/catalogue';
import { RoutingError } from '../../routing/errors';
import { pricesToYaml } from '../models/prices-to-yaml';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';

export async function runModelsList(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const active = await withDatabase(cli, options, activeCatalogue);
  if (active === undefined) throw new RoutingError('no_active_policy', 'No catalogue is in force. Run "signalbox up" once.');
  const models = [...storedCatalogueFromJson(active.body).catalogue.models.values()];
  if (options.json) cli.output.printJson(models.map(modelShape));
  else cli.output.print(describe(models, cli.output));
  return EXIT.ok;
}

/** A model as programs get it. */
export function modelShape({
  id,
  provider,
  displayName,
  capabilityTier,
  costTier,
  status,
  privacyTiers,
  regions,
  prices,
  pool,
  ...model
}: Model) {
  return {
    model: id,
    provider,
    displayName,
    tier: capabilityTier,
    costTier,
    status: status.kind,
    retiresAt: endOf(status),
    usdPerMillionTokens: prices === undefined ? null : pricesToYaml(prices),
    contextWindow: model.contextWindowTokens,
    maxOutput: model.maxOutputTokens,
    capabilities: model.capabilities,
    privacyTiers,
    regions,
    pool,
  };
}

function describe(models: readonly Model[], { table }: Output): string {
  const columns = [
    { title: 'model' },
    { title: 'tier' },
    { title: 'cost tier' },
    { title: 'USD in', align: 'right' as const },
    { title: 'USD out', align: 'right' as const },
    { title: 'approved for' },
    { title: 'regions' },
    { title: 'status' },
  ];
  return table(
    columns,
    models.map(({ id, capabilityTier, costTier, prices, privacyTiers, regions, status }) => {
      const price = prices === undefined ? undefined : pricesToYaml(prices);
      const end = endOf(status);
      return [
        id,
        capabilityTier,
        costTier,
        price?.input ?? null,
        price?.output ?? null,
        privacyTiers.join(', '),
        regions.join(', '),
        end === null ? status.kind : `${status.kind}, ends ${end}`,
      ];
    }),
  );
}

function endOf(status: Model['status']): string | null {
  return status.kind === 'deprecated' && status.retiresAt !== undefined ? new Date(status.retiresAt).toISOString().slice(0, 10) : null;
}
