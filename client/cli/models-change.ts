/**
 * `signalbox models add`, `update` and `deprecate`: changes one model in the signalbox.yaml of a folder, whose comments and layout
 * stay, and puts the file in force. What bears on the routing asks for a review of it.
 */

import type { Database } from '../../db/connect';
import { formatProblems } from '../../db/documents/problem';
import { RoutingError } from '../../routing/errors';
import { environmentOverrides } from '../config/variables';
import type { CatalogueFile } from '../models/catalogue-file';
import { catalogueNews } from '../models/catalogue-news';
import { addModel, deprecateModel, requireInForce, saveCatalogue, updateModel } from '../models/edit-catalogue';
import type { AppliedCatalogue } from '../stack/apply-rules';
import type { ActingOptions } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { type ModelOptions, modelKeysOf, modelNameOf } from './input/model-options';
import { readFileToEdit } from './input/rules-files';
import { FILE_ALONE, withDatabase } from './open-client';
import { onOneLine, withoutEscapes } from './terminal/text';

export interface ModelChangeOptions extends StackCommandOptions, ActingOptions {
  readonly provider?: string;
  readonly config?: string;
  /** Put the whole file in force, whatever else it changes. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly fileOnly?: boolean;
}

export type ModelAddOptions = ModelChangeOptions & ModelOptions;

export interface ModelDeprecateOptions extends ModelChangeOptions {
  /** Day from which it is not called any more. */
  readonly on?: string;
}

export function runModelsAdd(id: string, options: ModelAddOptions, cli: Cli): Promise<ExitCode> {
  return changeCatalogue(options, cli, (file) => addModel(file, modelNameOf(id, options.provider), modelKeysOf(options)));
}

export function runModelsUpdate(id: string, options: ModelAddOptions, cli: Cli): Promise<ExitCode> {
  const keys = modelKeysOf(options);
  if (Object.keys(keys).length === 0) {
    throw new RoutingError('bad_argument', 'Nothing to change was given. "signalbox models update --help" names what can be.');
  }
  return changeCatalogue(options, cli, (file) => updateModel(file, modelNameOf(id, options.provider), keys));
}

export function runModelsDeprecate(id: string, options: ModelDeprecateOptions, cli: Cli): Promise<ExitCode> {
  return changeCatalogue(options, cli, (file) => deprecateModel(file, modelNameOf(id, options.provider), options.on));
}

/** Changes the file of a folder, and puts it in force unless the options say otherwise. */
export async function changeCatalogue(
  options: ModelChangeOptions,
  cli: Cli,
  edit: (file: CatalogueFile) => CatalogueFile,
): Promise<ExitCode> {
  const before = await readFileToEdit(options.config, environmentOverrides(cli.env));
  const after = edit(before);
  const isChanged = after.text !== before.text;
  const news = catalogueNews(before.effective.catalogue, after.effective.catalogue);
  tellNewWarnings(before, after, cli);
  if (!isChanged || options.dryRun) return told({ file: after, isChanged, isWritten: false, news }, options, cli);
  const actor = options.as ?? after.config.operator ?? cli.user;
  if (options.fileOnly) {
    await saveCatalogue(undefined, after, actor);
    return told({ file: after, isChanged, isWritten: true, news }, options, cli);
  }
  const putInForce = async (db: Database) => {
    if (!options.yes) await requireInForce(db, before);
    const applied = await saveCatalogue(db, after, actor);
    return told({ file: after, isChanged, isWritten: true, applied, news: applied?.news ?? [] }, options, cli);
  };
  return withDatabase(cli, options, putInForce, FILE_ALONE);
}

/** What was not wrong with the file before, such as a model whose price nobody knows. */
function tellNewWarnings(before: CatalogueFile, after: CatalogueFile, { output }: Cli): void {
  const known = new Set(before.config.warnings.map(({ path }) => path));
  const added = after.config.warnings.filter(({ path }) => !known.has(path));
  if (added.length > 0) output.note(withoutEscapes(formatProblems(added)));
}

interface Told {
  readonly file: CatalogueFile;
  readonly isChanged: boolean;
  readonly isWritten: boolean;
  /** Absent: nothing was put in force. */
  readonly applied?: AppliedCatalogue | undefined;
  readonly news: AppliedCatalogue['news'];
}

function told({ file, isChanged, isWritten, applied, news }: Told, { json }: ModelChangeOptions, { output }: Cli): ExitCode {
  const isApplied = applied !== undefined;
  if (json) {
    output.printJson({ file: file.path, isChanged, isWritten, isApplied, catalogueVersion: file.effective.catalogue.version, news });
    return EXIT.ok;
  }
  for (const { detail } of news) output.print(onOneLine(detail));
  if (!isChanged) output.print(`${file.path} says so already. Nothing was changed.`);
  else if (!isWritten) output.print(`${file.path} would be changed; nothing was.`);
  else if (!isApplied) output.print(`${file.path} is changed. It is in force after "signalbox up" or "signalbox policy apply".`);
  else
    output.print(
      `${file.path} is changed and in force.${news.length === 0 ? '' : ' A review of the routing was asked for: "signalbox review list".'}`,
    );
  return EXIT.ok;
}
