/** `signalbox config show`: which providers can be called, their models with priority and rating, and the settings that hold. */

import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { activeCatalogue } from '../../db/queries/rules';
import { type ModelStats, modelStats } from '../../db/queries/stats';
import { isRoutingError } from '../../routing/errors';
import type { EffectiveSetting } from '../config/effective-settings';
import type { Cli, StackCommandOptions } from './cli';
import { type ConfiguredProvider, describeProviders, type ProvidersSource, providersOf } from './config-providers';
import { type ReadSettings, readSettings } from './config-sources';
import { EXIT, type ExitCode } from './exit-code';
import type { OverrideOptions } from './input/overrides';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { indented } from './terminal/text';

export interface ConfigShowOptions extends StackCommandOptions, OverrideOptions {
  readonly origin?: boolean;
}

/** Longer values are cut: a list of names may have hundreds. */
const LONGEST_VALUE = 60;

export async function runConfigShow(options: ConfigShowOptions, cli: Cli): Promise<ExitCode> {
  const read = await readSettings(options, cli);
  const stack = await readStack(options, cli);
  const providers = providersOf(sourceOf(read, stack), cli.env);
  const settings = read.settings.list();
  const { catalogueFile = null, policyFile = null } = read.rules;
  const files = { catalogue: catalogueFile, policy: policyFile, isCatalogueInForce: isInForceShown(read, stack) };
  if (options.json) cli.output.printJson({ files, isStackReached: stack !== undefined, providers, settings });
  else cli.output.print(describe({ files, providers, settings: options.origin ? settings : notable(settings) }, options, cli.output));
  if (stack === undefined) cli.output.note('No stack answers here, so nothing is known of ratings.');
  return EXIT.ok;
}

/** What a stack knows; absent where none can be asked, which is no reason to show nothing. */
interface StackFacts {
  readonly catalogue: ProvidersSource['catalogue'] | undefined;
  readonly stats: readonly ModelStats[];
}

async function readStack(options: StackCommandOptions, cli: Cli): Promise<StackFacts | undefined> {
  try {
    return await withDatabase(cli, options, async (db) => {
      const [active, stats] = await Promise.all([activeCatalogue(db), modelStats(db)]);
      return { catalogue: active === undefined ? undefined : storedCatalogueFromJson(active.body), stats };
    });
  } catch (error) {
    if (isRoutingError(error) && ['stack_not_running', 'database_unreachable', 'schema_out_of_date'].includes(error.code)) return undefined;
    throw error;
  }
}

/** A folder without a file of its own shows what the stack has. */
function isInForceShown({ rules }: ReadSettings, stack: StackFacts | undefined): boolean {
  return rules.catalogueFile === undefined && stack?.catalogue !== undefined;
}

function sourceOf(read: ReadSettings, stack: StackFacts | undefined): ProvidersSource {
  const stats = stack?.stats ?? [];
  const inForce = isInForceShown(read, stack) ? stack?.catalogue : undefined;
  return { catalogue: inForce ?? read.rules.config, stats };
}

/** Without `--origin`, what is by default is left out, but for what people come here to see. */
function notable(settings: readonly EffectiveSetting[]): readonly EffectiveSetting[] {
  return settings.filter(({ key, origin }) => origin !== 'default' || key.startsWith('weights.') || key.startsWith('ewma.'));
}

interface Shown {
  readonly files: { readonly catalogue: string | null; readonly policy: string | null; readonly isCatalogueInForce: boolean };
  readonly providers: readonly ConfiguredProvider[];
  readonly settings: readonly EffectiveSetting[];
}

function describe({ files, providers, settings }: Shown, { origin }: ConfigShowOptions, output: Output): string {
  const { colors } = output;
  const catalogue = files.catalogue ?? (files.isCatalogueInForce ? 'the catalogue in force' : 'the starting catalogue');
  return [
    `Models of ${catalogue}, rules of ${files.policy ?? 'the default policy'}.`,
    ...describeProviders(providers, output),
    `${colors.bold('Settings')}\n${indented(settingTable(settings, output))}`,
    ...(origin ? [] : [colors.dim('Settings that are not here are as by default; --origin shows all, and where each comes from.')]),
  ].join('\n\n');
}

function settingTable(settings: readonly EffectiveSetting[], { table }: Output): string {
  return table(
    [{ title: 'setting' }, { title: 'value' }, { title: 'from' }, { title: '' }],
    settings.map(({ key, value, origin, source }) => [key, shown(value), origin, source === null ? '' : source]),
  );
}

function shown(value: EffectiveSetting['value']): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
