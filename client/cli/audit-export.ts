/** `signalbox audit export`: the whole audit log, an entry on each line, to be kept where this database cannot reach it. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Database } from '../../db/connect';
import { exportAudit } from '../../db/queries/audit-log';
import { RoutingError } from '../../routing/errors';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';

export interface AuditExportOptions extends StackCommandOptions {
  readonly out?: string;
  readonly force?: boolean;
}

export function runAuditExport({ out, ...options }: AuditExportOptions, cli: Cli): Promise<ExitCode> {
  return withDatabase(cli, options, async (db) => {
    if (out === undefined) {
      for await (const entries of exportAudit(db)) for (const entry of entries) cli.output.printJson(entry);
      return EXIT.ok;
    }
    const written = await writeTo(out, options.force === true, db);
    if (options.json) cli.output.printJson({ file: out, entries: written });
    else cli.output.print(`Wrote ${written} entries to ${out}.`);
    return EXIT.ok;
  });
}

/** @throws {RoutingError} `bad_argument` when the file exists or cannot be written */
async function writeTo(path: string, mayReplace: boolean, db: Database): Promise<number> {
  const file: Writable = createWriteStream(path, { flags: mayReplace ? 'w' : 'wx' });
  let written = 0;
  try {
    await once(file, 'open');
    for await (const entries of exportAudit(db)) {
      written += entries.length;
      if (!file.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))) await once(file, 'drain');
    }
    file.end();
    await finished(file);
    return written;
  } catch (cause) {
    file.destroy();
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    const remedy =
      code === 'EEXIST' ? 'It exists already; add --force to replace it.' : 'Choose another file, or make its folder writable.';
    throw new RoutingError('bad_argument', `${path} cannot be written (${code}). ${remedy}`, { cause });
  }
}
