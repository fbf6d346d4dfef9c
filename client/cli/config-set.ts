/** `signalbox config set` and `config --set-weight`: changes settings in the files of a folder and puts them in force. */

import { didYouMean } from '../../db/documents/nearest-word';
import { readYaml } from '../../db/documents/yaml-source';
import { RoutingError } from '../../routing/errors';
import type { Change } from '../config/edit-settings';
import type { EffectiveSetting } from '../config/effective-settings';
import type { RulesFileName } from '../config/override';
import { filesOf, pathOfKey, unknownSetting, valueAt } from '../config/setting-key';
import { environmentOverrides } from '../config/variables';
import { FACTORS, type Factor, weightsWith } from '../config/weights';
import { replaceFile } from '../models/replace-file';
import type { ActingOptions } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { applyChange, changeSettings, type InForce, type SettingsChange } from './config-change';
import { settingsOf } from './config-sources';
import { EXIT, type ExitCode } from './exit-code';
import { settingValue } from './input/overrides';
import { findRulesFiles, readConfigurationText, readRulesFiles } from './input/rules-files';
import { FILE_ALONE, withDatabase } from './open-client';
import { onOneLine } from './terminal/text';

export interface ConfigSetOptions extends StackCommandOptions, ActingOptions {
  readonly config?: string;
  /** Put the files in force as a whole, whatever else it changes. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly fileOnly?: boolean;
}

export async function runConfigSet(key: string, words: string, options: ConfigSetOptions, cli: Cli): Promise<ExitCode> {
  const documents = await writtenDocuments(options.config);
  const path = pathOfKey(key, Object.values(documents));
  const file = fileFor(key, path, documents);
  return change(file, [{ path, value: settingValue(key, words) }], options, cli);
}

/** @param words factors and their shares in turn: `quality 0.35 cost 0.2` */
export async function runSetWeights(words: readonly string[], options: ConfigSetOptions, cli: Cli): Promise<ExitCode> {
  const set = weightsOf(words);
  const { policy } = await readRulesFiles(options.config);
  const weights = weightsWith(policy.weights, set);
  const changes = FACTORS.map((factor) => ({ path: ['weights', factor], value: weights[factor] }));
  return change('policy.yaml', changes, options, cli);
}

function weightsOf(words: readonly string[]): Partial<Record<Factor, number>> {
  const parts = words.flatMap((word) => word.split('='));
  if (parts.length === 0 || parts.length % 2 !== 0) {
    throw new RoutingError('bad_argument', 'Give a factor and its weight, as --set-weight quality 0.35.');
  }
  const set: Partial<Record<Factor, number>> = {};
  for (let at = 0; at < parts.length; at += 2) {
    const [name = '', figure = ''] = parts.slice(at, at + 2);
    const factor = FACTORS.find((known) => known === name);
    if (factor === undefined) {
      throw new RoutingError(
        'bad_argument',
        `There is no factor "${name}".${didYouMean(name, FACTORS) || ` Known are: ${FACTORS.join(', ')}.`}`,
      );
    }
    const share = figure.trim() === '' ? Number.NaN : Number(figure);
    if (!(share >= 0 && share <= 1))
      throw new RoutingError('bad_argument', `The weight of ${factor} is a share from 0 to 1, such as 0.35.`);
    set[factor] = share;
  }
  return set;
}

type Documents = Partial<Readonly<Record<RulesFileName, unknown>>>;

async function writtenDocuments(place: string | undefined): Promise<Documents> {
  const { catalogueFile, policyFile } = findRulesFiles(place);
  const read = async (path: string | undefined) =>
    path === undefined ? undefined : readYaml(await readConfigurationText(path), path).value;
  return { 'policy.yaml': await read(policyFile), 'signalbox.yaml': await read(catalogueFile) };
}

/** Of two files that may have it, the one that does; else the one that wins. */
function fileFor(key: string, path: readonly string[], documents: Documents): RulesFileName {
  const files = filesOf(path[0] ?? '');
  const file = files.find((name) => valueAt(documents[name], path) !== undefined) ?? files[0];
  if (file === undefined) throw unknownSetting(key);
  return file;
}

async function change(file: RulesFileName, changes: readonly Change[], options: ConfigSetOptions, cli: Cli): Promise<ExitCode> {
  const overrides = environmentOverrides(cli.env);
  const edited = await changeSettings(file, changes, { place: options.config, overrides });
  const keys = changes.map(({ path }) => path.join('.'));
  const told = { edited, settings: settingsAround(keys, edited, overrides) };
  if (!edited.isChanged || options.dryRun) return tell({ ...told, isWritten: false }, options, cli);
  const { path, text } = edited;
  if (options.fileOnly) {
    await replaceFile(path, text, async () => {});
    return tell({ ...told, isWritten: true }, options, cli);
  }
  const actor = options.as ?? edited.after.config.operator ?? cli.user;
  const inForce = await withDatabase(
    cli,
    options,
    (db) => replaceFile(path, text, () => applyChange(db, edited, actor, options.yes === true)),
    FILE_ALONE,
  );
  return tell({ ...told, isWritten: true, inForce }, options, cli);
}

/** A setting with the value that holds, before and after; what wins over the file is told with it. */
interface ChangedSetting {
  readonly key: string;
  readonly before: EffectiveSetting['value'] | null;
  readonly after: EffectiveSetting['value'] | null;
  /** What wins over the file; null: nothing. */
  readonly overriddenBy: string | null;
}

function settingsAround(
  keys: readonly string[],
  { before, after }: SettingsChange,
  overrides: Parameters<typeof settingsOf>[1],
): ChangedSetting[] {
  const [old, now] = [settingsOf(before, overrides), settingsOf(after, overrides)];
  return keys.map((key) => ({
    key,
    before: old.find(key)?.value ?? null,
    after: now.find(key)?.value ?? null,
    overriddenBy: overrides.find(({ path }) => path.join('.') === key)?.source ?? null,
  }));
}

interface Told {
  readonly edited: SettingsChange;
  readonly settings: readonly ChangedSetting[];
  readonly isWritten: boolean;
  /** Absent: nothing was put in force. */
  readonly inForce?: InForce;
}

function tell({ edited: { path, isChanged }, settings, isWritten, inForce }: Told, { json }: ConfigSetOptions, { output }: Cli): ExitCode {
  if (json) {
    const { policyVersion = null, catalogueVersion = null } = inForce ?? {};
    output.printJson({ file: path, settings, isChanged, isWritten, isApplied: inForce !== undefined, policyVersion, catalogueVersion });
    return EXIT.ok;
  }
  const columns = [{ title: 'setting' }, { title: 'before' }, { title: 'now' }];
  output.print(
    output.table(
      columns,
      settings.map(({ key, before, after }) => [key, shown(before), shown(after)]),
    ),
  );
  for (const { key, overriddenBy } of settings) {
    if (overriddenBy !== null) output.note(onOneLine(`${overriddenBy} is set and wins over ${key} of the file.`));
  }
  if (!isChanged) output.print(`${path} says so already. Nothing was changed.`);
  else if (!isWritten) output.print(`${path} would be changed; nothing was.`);
  else if (inForce === undefined) output.print(`${path} is changed. It is in force after "signalbox policy apply".`);
  else output.print(`${path} is changed and in force, with policy version ${inForce.policyVersion}.`);
  return EXIT.ok;
}

function shown(value: ChangedSetting['before']): string | null {
  return value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
