/** `signalbox export`: everything that is stored, or one table, a part at a time. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../db/connect';
import { didYouMean } from '../../db/documents/nearest-word';
import { type ExportPart, type ExportTable, exportRows, exportTables } from '../../db/queries/export';
import { RoutingError } from '../../routing/errors';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { type ExportFormat, type Format, formatOf } from './export-formats';
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
  if (format === 'csv' && name === undefined && out === undefined) {
    throw new RoutingError('bad_argument', 'A CSV file has one table. Name one, or a folder for all of them with --out.');
  }
  return withDatabase(cli, options, async (db) => {
    const tables = await chosenTables(db, name, options.content === true);
    const parts = aheadOf(exportRows(db, tables));
    const job = { tables, parts, format: formatOf(format, name === undefined) };
    try {
      if (out === undefined) await writeTables(job, cli.output.write);
      else
        tell(
          await writeOut(job, out, { isFolder: format === 'csv' && name === undefined, mayReplace: options.force === true }, cli),
          out,
          options,
          cli,
        );
      return EXIT.ok;
    } finally {
      await parts.stop();
    }
  });
}

async function writeOut(
  job: Job,
  out: string,
  { isFolder, mayReplace }: { readonly isFolder: boolean; readonly mayReplace: boolean },
  { output }: Cli,
): Promise<Counts> {
  const progress = startProgress(output, 'tables', job.tables.length);
  try {
    if (isFolder) return await writeFolder(job, out, mayReplace, progress.advance);
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
  await write(format.begin(table, place));
  for (let part = await parts.nextOf(table.name); part !== undefined; part = await parts.nextOf(table.name)) {
    if (!(await write(format.rows(table, part.rows, count)))) return undefined;
    count += part.rows.length;
  }
  await write(format.end(table));
  return count;
}

/** A file for each table. */
async function writeFolder({ tables, ...job }: Job, folder: string, mayReplace: boolean, onTable: () => void): Promise<Counts> {
  await makeFolder(folder);
  const counts: Record<string, number> = {};
  for (const [place, table] of tables.entries()) {
    const path = join(folder, `${table.name}.csv`);
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
