/**
 * `signalbox import telemetry`: tasks from the logs of other systems.
 *
 * The work is done in a thread of its own, because the heap of a thread can be bounded: left alone, it grows far beyond what a
 * million rows need.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RoutingError } from '../../routing/errors';
import { foreignModels, mapForeignModels, type NamedModel } from '../telemetry/foreign-models';
import type { ImportedFile, ImportSettings } from '../telemetry/import-telemetry';
import { describeSkip, EXPECTED_SKIPS, SKIP_REASONS, type SkipReason } from '../telemetry/skip';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { describeModels } from './import-models';
import type { ImportMessage, ImportOrder } from './import-telemetry-thread';
import { withDatabase } from './open-client';
import { findDatabase } from './stack-address';
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

/** Twice what an import was seen to need. */
const HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };

export async function runImportTelemetry(files: readonly string[], options: ImportTelemetryOptions, cli: Cli): Promise<ExitCode> {
  const databaseUrl = await findDatabase(cli.env, options.state);
  const [settings, actor] = [settingsOf(options), await actorOf(options, cli)];
  await withDatabase(cli, options, (db) => mapForeignModels(db, options.map, actor));
  const imported: ImportedFile[] = [];
  const named = new Set<string>();
  for (const file of files) {
    const progress = startShare(cli.output, '% read', await sizeOf(file));
    try {
      const { imported: done, models } = await importInThread({ databaseUrl, file, settings, actor }, cli, progress.advance);
      imported.push(done);
      for (const model of models) named.add(model);
    } finally {
      progress.end();
    }
  }
  const models = await withDatabase(cli, options, async (db) => (await foreignModels(db)).filter(({ name }) => named.has(name)));
  if (options.json) cli.output.printJson({ files: imported, models });
  else cli.output.print(describe(imported, models, cli));
  return imported.some(({ taken }) => taken > 0) || imported.every(({ read }) => read === 0) ? EXIT.ok : EXIT.failed;
}

type Imported = Extract<ImportMessage, { readonly kind: 'imported' }>;

async function importInThread(order: ImportOrder, { stdin }: Cli, onRead: (bytes: number) => void): Promise<Imported> {
  const isPiped = order.file === '-';
  const thread = new Worker(join(__dirname, 'import-telemetry-thread.js'), { workerData: order, stdin: isPiped, resourceLimits: HEAP });
  if (isPiped && thread.stdin !== null) stdin.pipe(thread.stdin);
  try {
    return await new Promise<Imported>((resolve, reject) => {
      thread.on('message', (message: ImportMessage) => {
        if (message.kind === 'read') onRead(message.bytes);
        else if (message.kind === 'imported') resolve(message);
        else reject(new RoutingError(message.code, message.message));
      });
      thread.once('error', reject);
      thread.once('exit', () =>
        reject(
          new RoutingError(
            'internal',
            'The import ended without a word; import the file again, and it goes on where it was. Please report this.',
          ),
        ),
      );
    });
  } finally {
    stdin.unpipe();
    await thread.terminate();
  }
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
