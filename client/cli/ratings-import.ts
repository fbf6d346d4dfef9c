/**
 * `signalbox ratings import`: ratings of a file in JSON Lines, counted once however often it is read.
 *
 * The work is done in a thread of its own, because the heap of a thread can be bounded: left alone, it grows far beyond what a
 * million lines need.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ImportedRatings } from '../../db/queries/ratings-import';
import { RoutingError } from '../../routing/errors';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import type { ImportMessage, ImportOrder } from './ratings-import-thread';
import { findDatabase } from './stack-address';
import { startShare } from './terminal/progress';
import { onOneLine } from './terminal/text';

export type RatingsImportOptions = StackCommandOptions & ActingOptions;

/** Three times what an import was seen to need. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 };
/** More names are counted. */
const MOST_NAMES = 5;

/** @param file its path; `-` is standard input */
export async function runRatingsImport(file: string, options: RatingsImportOptions, cli: Cli): Promise<ExitCode> {
  const order: ImportOrder = { databaseUrl: await findDatabase(cli.env, options.state), file, actor: await actorOf(options, cli) };
  const progress = startShare(cli.output, '% read', await sizeOf(file));
  try {
    const imported = await importInThread(order, cli, progress.advance);
    if (options.json) cli.output.printJson(imported);
    else cli.output.print(describe(imported));
    return EXIT.ok;
  } finally {
    progress.end();
  }
}

async function importInThread(order: ImportOrder, { stdin }: Cli, onRead: (bytes: number) => void): Promise<ImportedRatings> {
  const isPiped = order.file === '-';
  const thread = new Worker(join(__dirname, 'ratings-import-thread.js'), { workerData: order, stdin: isPiped, resourceLimits: HEAP });
  if (isPiped && thread.stdin !== null) stdin.pipe(thread.stdin);
  try {
    return await new Promise<ImportedRatings>((resolve, reject) => {
      thread.on('message', (message: ImportMessage) => {
        if (message.kind === 'read') onRead(message.bytes);
        else if (message.kind === 'imported') resolve(message.imported);
        else reject(new RoutingError(message.code, message.message));
      });
      thread.once('error', reject);
      thread.once('exit', () =>
        reject(new RoutingError('internal', 'The import ended without a word; nothing was imported. Please report this.')),
      );
    });
  } finally {
    stdin.unpipe();
    await thread.terminate();
  }
}

/** Undefined: nobody knows how much there will be. */
async function sizeOf(file: string): Promise<number | undefined> {
  if (file === '-') return undefined;
  return stat(file).then(
    ({ size }) => size,
    () => undefined, // told when it is read
  );
}

function describe({ added, known, withoutModel, unknownModels }: ImportedRatings): string {
  const more = unknownModels.length > MOST_NAMES ? ` and ${unknownModels.length - MOST_NAMES} more` : '';
  return [
    `${added} ${added === 1 ? 'rating was' : 'ratings were'} added; ${known} ${known === 1 ? 'was' : 'were'} there already.`,
    ...(withoutModel === 0 ? [] : [`${withoutModel} of them name no model and count for none.`]),
    ...(unknownModels.length === 0
      ? []
      : [onOneLine(`The catalogue does not have ${unknownModels.slice(0, MOST_NAMES).join(', ')}${more}; their ratings are kept.`)]),
  ].join('\n');
}
