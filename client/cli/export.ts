/** `signalbox export`: everything that is stored, or one table, a part at a time. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../db/connect';
import { didYouMean } from '../../db/documents/nearest-word';
import { type ExportPart, type ExportTable, exportRows, exportTables } from '../../db/queries/export';
import { RoutingError } from '../../routing/errors';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { type ExportFormat, FORMATS_OF_FOLDERS, type Format, formatOf } from './export-formats';
import { withDatabase } from './open-client';
import type { Write } from './terminal/output';
import { startProgress } from './terminal/progress';
import { writeToFile } from './write-result';

export interface ExportOptions extends StackCommandOptions {
  readonly format: ExportFormat;
  readonly content?: boolean;
  readonly out?: string;
  readonly force?: boolean;
}

/** How many rows each table had. */
type Counts = Readonly<Record<string, number>>;

/** @param name of a table; undefined: all */
export function runExport(name: string | undefined, { out, format, ...options }: ExportOptions, cli: Cli): Promise<ExitCode> {
  const isFolder = name === undefined && FORMATS_OF_FOLDERS.includes(format);
  if (out === undefined) requirePrintable(format, isFolder);
  return withDatabase(cli, options, async (db) => {
    const tables = await chosenTables(db, name, options.content === true);
    const written = await formatOf(format, name === undefined);
    const parts = aheadOf(exportRows(db, tables, written.form));
    const job = { tables, parts, format: written };
    try {
      if (out === undefined) await writeTables(job, cli.output.write);
      else {
        const place = { out, folderOf: isFolder ? format : undefined, mayReplace: options.force === true };
        tell(await writeOut(job, place, cli), out, options, cli);
      }
      return EXIT.ok;
    } finally {
      await parts.stop();
    }
  });
}

/** What has no form for standard output needs a place. */
function requirePrintable(format: ExportFormat, isFolder: boolean): void {
  if (format === 'parquet') {
    throw new RoutingError('bad_argument', 'Parquet is nothing to print. Give a file with --out, or a folder for all tables.');
  }
  if (isFolder) throw new RoutingError('bad_argument', 'A CSV file has one table. Name one, or a folder for all of them with --out.');
}

interface Place {
  /** A file; or a folder, for a file of the format for each table. */
  readonly out: string;
  readonly folderOf: ExportFormat | undefined;
  readonly mayReplace: boolean;
}

async function writeOut(job: Job, place: Place, { output }: Cli): Promise<Counts> {
  const { out, folderOf, mayReplace } = place;
  const progress = startProgress(output, 'tables', job.tables.length);
  try {
    if (folderOf !== undefined) return await writeFolder(job, { ...place, folderOf }, progress.advance);
    return await writeToFile(out, mayReplace, (write) => writeTables(job, write, progress.advance));
  } finally {
    progress.end();
  }
}

function tell(tables: Counts, out: string, { json }: Pick<ExportOptions, 'json'>, { output }: Cli): void {
  const counts = Object.values(tables);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  if (json) output.printJson({ out, rows, tables });
  else
    output.print(
      `Wrote ${rows} ${rows === 1 ? 'row' : 'rows'} of ${counts.length === 1 ? '1 table' : `${counts.length} tables`} to ${out}.`,
    );
}

async function chosenTables(db: Database, name: string | undefined, withContent: boolean): Promise<readonly ExportTable[]> {
  const tables = await exportTables(db, withContent);
  if (name === undefined) return tables;
  const names = tables.map((table) => table.name);
  if (!names.includes(name)) {
    throw new RoutingError('bad_argument', `There is no table "${name}".${didYouMean(name, names) || ` There are: ${names.join(', ')}.`}`);
  }
  return tables.filter((table) => table.name === name);
}

interface Job {
  readonly tables: readonly ExportTable[];
  readonly parts: Ahead;
  readonly format: Format;
}

/** Parts of which the next can be looked at before it is taken: a table without rows has none. */
interface Ahead {
  nextOf(table: string): Promise<ExportPart | undefined>;
  /** Nothing more is wanted. */
  stop(): Promise<void>;
}

function aheadOf(parts: AsyncGenerator<ExportPart>): Ahead {
  let next: Promise<IteratorResult<ExportPart>> | undefined;
  return {
    async nextOf(table) {
      next ??= parts.next();
      const { value, done } = await next;
      if (done || value.table !== table) return undefined;
      next = undefined;
      return value;
    },
    stop: async () => void (await parts.return(undefined)),
  };
}

async function writeTables({ tables, parts, format }: Job, write: Write, onTable = () => {}): Promise<Counts> {
  const counts: Record<string, number> = {};
  await write(format.opening);
  for (const [place, table] of tables.entries()) {
    const count = await writeTable(table, place, { parts, format }, write);
    if (count === undefined) return counts; // nobody reads any more
    counts[table.name] = count;
    onTable();
  }
  await write(format.closing);
  return counts;
}

/** How many rows it has; undefined when nobody reads any more. */
async function writeTable(
  table: ExportTable,
  place: number,
  { parts, format }: Omit<Job, 'tables'>,
  write: Write,
): Promise<number | undefined> {
  let count = 0;
  const form = format.begin(table, place);
  await write(form.opening);
  for (let part = await parts.nextOf(table.name); part !== undefined; part = await parts.nextOf(table.name)) {
    if (!(await write(form.rows(part.rows)))) return undefined;
    count += part.rows.length;
  }
  await write(form.end());
  return count;
}

/** A file for each table. */
async function writeFolder(
  { tables, ...job }: Job,
  { out, folderOf, mayReplace }: Place & { readonly folderOf: ExportFormat },
  onTable: () => void,
): Promise<Counts> {
  await makeFolder(out);
  const counts: Record<string, number> = {};
  for (const [place, table] of tables.entries()) {
    const path = join(out, `${table.name}.${folderOf}`);
    counts[table.name] = await writeToFile(path, mayReplace, async (write) => (await writeTable(table, place, job, write)) ?? 0);
    onTable();
  }
  return counts;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RoutingError('bad_argument', `The folder ${folder} cannot be made (${code}). Choose another.`, { cause });
  }
}
