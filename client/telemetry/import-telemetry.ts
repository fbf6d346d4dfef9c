/**
 * Imports the telemetry of a file: what it tells of tasks becomes rows, each once however often the file is read. An import that was
 * killed goes on where it was when the same file is imported again, whatever its name.
 */

import { createHash } from 'node:crypto';
import type { Database } from '../../db/connect';
import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';
import { findImport, finishImport, type ImportedTask, type ImportProgress, importBatch } from '../../db/queries/imports';
import { PRIVACY_TIERS, type PrivacyTier } from '../../routing/task/task';
import { classOf } from './class-of';
import { type ReadOptions, readTelemetry } from './read-telemetry';
import { type Counts, countsOf, type Reading, readingAfter } from './reading-state';
import type { TelemetryRecord } from './record';
import { type Bytes, readBytes } from './rows/read-bytes';
import type { RowProblem } from './tally';

export interface TelemetryFile {
  /** As people know it. */
  readonly name: string;
  /** Opens it from its beginning; called twice where it can be read twice. */
  readonly open: () => Bytes;
  /** A pipe is read once: its import cannot go on later. */
  readonly isPipe: boolean;
}

export interface ImportSettings {
  /** Unless given, the file tells it. */
  readonly format?: string;
  /** Name of the system that served the tasks; unless given, the format's. */
  readonly origin?: string;
  readonly withPrompts: boolean;
  /** Of records that say nothing of their class. */
  readonly taskClass?: string;
  /** Of records that say nothing of it; a stricter one of a record stands. */
  readonly privacyTier: PrivacyTier;
  readonly scoreName?: string;
}

/** What became of a file. */
export interface ImportedFile {
  readonly file: string;
  readonly format: string | null;
  readonly origin: string | null;
  /** Rows that were looked at, and how many of them told of a task. */
  readonly read: number;
  readonly taken: number;
  /** Of the tasks, those that were new, and those that were there already. */
  readonly added: number;
  readonly known: number;
  /** Tasks that are older than tasks are kept here, and were not taken. */
  readonly tooOld: number;
  /** Prompts that were kept. */
  readonly prompts: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** The first ones; the others are counted among the skipped. */
  readonly problems: readonly RowProblem[];
  readonly unknownFields: Readonly<Record<string, number>>;
  /** When the same file was imported before; null: it was not, or not to its end. */
  readonly importedBefore: string | null;
}

export interface ImportWatch {
  /** Bytes of the file that were read, as they are. */
  readonly onRead: (bytes: number) => void;
  /** Each model that a task names. */
  readonly onModel: (model: string) => void;
}

/** Tasks that are written in one transaction: a killed import repeats no more than these. */
const BATCH = 10_000;
/** Content that makes a batch complete before it has as many, in bytes. */
const BATCH_BYTES = 8 * 1024 * 1024;

/**
 * @param actor who imports, for the audit log
 * @throws {RoutingError} `bad_input` when the file cannot be read or is of no known format; what was imported before that stays
 */
export async function importTelemetry(
  db: Database,
  file: TelemetryFile,
  settings: ImportSettings,
  actor: string,
  watch: ImportWatch,
): Promise<ImportedFile> {
  const key = file.isPipe ? undefined : await keyOf(file, settings);
  const before = key === undefined ? undefined : await findImport(db, key);
  const state = readingAfter(before, settings.format);
  if (before !== undefined && before.finishedAt !== null) return describe(file, settings, state, before.finishedAt);

  const progress = (counts: Counts): ImportProgress | undefined => {
    if (key === undefined || state.format === undefined) return undefined;
    const shared = { key, origin: originOf(settings, state), format: state.format.name, fileName: file.name, actor };
    return { ...shared, rowsDone: state.row, counts };
  };
  const write = async (tasks: readonly ImportedTask[]) => {
    // What was read when the batch was complete: reading goes on while it is written.
    const before = progress(countsOf(state));
    await importBatch(db, originOf(settings, state), tasks, ({ added, prompts, tooOld }) => {
      state.added += added;
      state.tooOld += tooOld;
      state.prompts += prompts;
      return before && { ...before, counts: { ...before.counts, added: state.added, tooOld: state.tooOld, prompts: state.prompts } };
    });
  };
  const batches = inBatches(readTelemetry(watched(file.open(), watch.onRead), readOptions(file, settings, state)), settings, watch);
  let writing = Promise.resolve();
  try {
    for await (const tasks of batches) {
      await writing;
      writing = write(tasks);
      // It is told when it is waited for; until then nobody else hears of it.
      writing.catch(() => {});
    }
  } finally {
    await writing;
  }
  const last = progress(countsOf(state));
  if (last !== undefined) await finishImport(db, last);
  return describe(file, settings, state, null);
}

/** Tasks as many as are written at a time. Their last row is the last that was told when they are handed on. */
async function* inBatches(
  found: AsyncIterable<readonly TelemetryRecord[]>,
  settings: ImportSettings,
  { onModel }: ImportWatch,
): AsyncGenerator<readonly ImportedTask[]> {
  let tasks: ImportedTask[] = [];
  let bytes = 0;
  for await (const records of found) {
    for (const record of records) {
      onModel(record.model);
      const task = taskOf(record, settings);
      tasks.push(task);
      bytes += task.content?.bytes ?? 0;
    }
    if (tasks.length < BATCH && bytes < BATCH_BYTES) continue;
    yield tasks;
    tasks = [];
    bytes = 0;
  }
  if (tasks.length > 0) yield tasks;
}

/** Of the file's bytes and of everything that decides what is taken of it. */
async function keyOf(file: TelemetryFile, settings: ImportSettings): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of readBytes(file.open(), whatOf(file))) hash.update(bytes);
  return sha256Hex(canonicalJson({ ...settings, bytes: hash.digest('hex') }));
}

function readOptions(file: TelemetryFile, { scoreName }: ImportSettings, state: Reading): ReadOptions {
  return {
    ...(state.format !== undefined && { format: state.format }),
    ...(scoreName !== undefined && { scoreName }),
    // Read also where it is not kept: it tells the class of a task that says nothing of it.
    withPrompts: true,
    what: whatOf(file),
    tally: state.tally,
    skipRows: state.row,
    onFormat: (format) => {
      state.format = format;
    },
    onProgress: (row) => {
      state.row = row;
    },
  };
}

function whatOf({ name }: TelemetryFile): string {
  return name === '-' ? 'Standard input' : `The file "${name}"`;
}

function taskOf(record: TelemetryRecord, { taskClass, privacyTier, withPrompts }: ImportSettings): ImportedTask {
  const { taskType: _, complexity: __, prompt, ...facts } = record;
  const stricter = PRIVACY_TIERS[Math.max(PRIVACY_TIERS.indexOf(privacyTier), PRIVACY_TIERS.indexOf(facts.privacyTier ?? 'public'))];
  return {
    ...facts,
    taskClass: classOf(record, taskClass),
    privacyTier: stricter ?? privacyTier,
    ...(withPrompts && prompt !== undefined && { content: contentOf(prompt) }),
  };
}

/** As the prompt of a submission is kept, so that the same prompt is known as the same. */
function contentOf(prompt: string): NonNullable<ImportedTask['content']> {
  const json = JSON.stringify({ messages: [{ role: 'user', content: prompt }] });
  return { json, bytes: Buffer.byteLength(json), sha256: sha256Hex(json) };
}

function originOf({ origin }: ImportSettings, { format }: Reading): string {
  return origin ?? format?.name ?? '';
}

function describe(file: TelemetryFile, settings: ImportSettings, state: Reading, importedBefore: number | null): ImportedFile {
  const { read, taken, skipped, unknownFields } = countsOf(state);
  return {
    file: file.name,
    format: state.format?.name ?? null,
    origin: originOf(settings, state) || null,
    read,
    taken,
    added: state.added,
    known: taken - state.added - state.tooOld,
    tooOld: state.tooOld,
    prompts: state.prompts,
    skipped,
    problems: state.tally.problems,
    unknownFields,
    importedBefore: importedBefore === null ? null : new Date(importedBefore).toISOString(),
  };
}

async function* watched(source: Bytes, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    onRead(bytes.length);
    yield bytes;
  }
}
