/** `signalbox import telemetry`: tasks from the logs of other systems. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { foreignModels, mapForeignModels, type NamedModel } from '../telemetry/foreign-models';
import { type ImportedFile, type ImportSettings, importTelemetry, type TelemetryFile } from '../telemetry/import-telemetry';
import { describeSkip, EXPECTED_SKIPS, SKIP_REASONS, type SkipReason } from '../telemetry/skip';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { describeModels } from './import-models';
import { withDatabase } from './open-client';
import { startShare } from './terminal/progress';
import { onOneLine } from './terminal/text';

export interface ImportTelemetryOptions extends StackCommandOptions, ActingOptions {
  readonly format?: string;
  readonly origin?: string;
  readonly withPrompts?: boolean;
  /** Model of the catalogue by name. */
  readonly map: ReadonlyMap<string, string>;
  readonly class?: string;
  readonly privacyTier: ImportSettings['privacyTier'];
  readonly score?: string;
}

/** As much as is read of a file at a time, in bytes. */
const PART_BYTES = 256 * 1024;

export async function runImportTelemetry(files: readonly string[], options: ImportTelemetryOptions, cli: Cli): Promise<ExitCode> {
  const actor = await actorOf(options, cli);
  const named = new Set<string>();
  const { imported, models } = await withDatabase(cli, options, async (db) => {
    await mapForeignModels(db, options.map, actor);
    const done: ImportedFile[] = [];
    for (const file of files) {
      const progress = startShare(cli.output, '% read', await sizeOf(file));
      try {
        const watch = { onRead: progress.advance, onModel: (model: string) => void named.add(model) };
        done.push(await importTelemetry(db, telemetryFile(file, cli), settingsOf(options), actor, watch));
      } finally {
        progress.end();
      }
    }
    return { imported: done, models: (await foreignModels(db)).filter(({ name }) => named.has(name)) };
  });
  if (options.json) cli.output.printJson({ files: imported, models });
  else cli.output.print(describe(imported, models, cli));
  return imported.some(({ taken }) => taken > 0) || imported.every(({ read }) => read === 0) ? EXIT.ok : EXIT.failed;
}

function settingsOf({ format, origin, withPrompts = false, class: taskClass, privacyTier, score }: ImportTelemetryOptions): ImportSettings {
  return {
    ...(format !== undefined && { format }),
    ...(origin !== undefined && { origin }),
    withPrompts,
    ...(taskClass !== undefined && { taskClass }),
    privacyTier,
    ...(score !== undefined && { scoreName: score }),
  };
}

function telemetryFile(file: string, { stdin }: Cli): TelemetryFile {
  const isPipe = file === '-';
  return { name: file, isPipe, open: () => (isPipe ? stdin : createReadStream(file, { highWaterMark: PART_BYTES })) };
}

/** Undefined: nobody knows how much there will be. */
async function sizeOf(file: string): Promise<number | undefined> {
  if (file === '-') return undefined;
  return stat(file).then(
    ({ size }) => size,
    () => undefined, // told when it is read
  );
}

function describe(files: readonly ImportedFile[], models: readonly NamedModel[], cli: Cli): string {
  return [...files.map(describeFile), ...(models.length === 0 ? [] : [`\n${describeModels(models, cli)}`])].join('\n');
}

/** Reasons whose words go on with the name of a field. */
const NEEDS_FIELD: ReadonlySet<SkipReason> = new Set<SkipReason>([
  ...(['missing', 'wrong-type', 'out-of-range', 'unknown-value', 'in-the-future', 'secret-looking'] as const),
]);

function describeFile({
  file,
  format,
  read,
  taken,
  added,
  known,
  prompts,
  skipped,
  problems,
  unknownFields,
  importedBefore,
}: ImportedFile): string {
  const name = file === '-' ? 'Standard input' : file;
  if (importedBefore !== null) return onOneLine(`${name}: imported before, on ${importedBefore}; nothing was added.`);
  const kept = prompts === 0 ? '' : ` ${prompts} prompts were kept.`;
  const reasons = Object.entries(skipped) as [SkipReason, number][];
  const unnamed = reasons.reduce((sum, [reason, count]) => sum + (EXPECTED_SKIPS.has(reason) ? 0 : count), -problems.length);
  const unknown = Object.entries(unknownFields);
  return [
    onOneLine(
      `${name}${format === null ? '' : ` (${format})`}: ${read} rows, ${taken} tasks; ${added} added, ${known} there already.${kept}`,
    ),
    ...reasons.map(([reason, count]) => `  ${count} left out: ${SKIP_REASONS[reason]}${NEEDS_FIELD.has(reason) ? ' a field' : ''}`),
    ...problems.map((problem) => `    ${onOneLine(`row ${problem.row} ${describeSkip(problem)}`)}`),
    ...(unnamed > 0 ? [`    … and ${unnamed} more`] : []),
    ...(unknown.length === 0
      ? []
      : [`  ${onOneLine(`Fields that are not known here: ${unknown.map(([field, count]) => `${field} (${count})`).join(', ')}.`)}`]),
  ].join('\n');
}
