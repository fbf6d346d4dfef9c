/** `signalbox audit list`: the latest changes, and who made them. */

import { type AuditEntry, listAudit } from '../../db/queries/audit-log';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { formatInstant, onOneLine } from './terminal/text';

export interface AuditListOptions extends StackCommandOptions {
  readonly limit: number;
  readonly action?: string;
  readonly subject?: string;
}

/** Characters of the details that are shown. */
const SHOWN_DETAILS = 80;

export async function runAuditList(options: AuditListOptions, cli: Cli): Promise<ExitCode> {
  const { limit, action, subject } = options;
  const filter = { limit, ...(action === undefined ? {} : { action }), ...(subject === undefined ? {} : { subject }) };
  const entries = await withDatabase(cli, options, (db) => listAudit(db, filter));
  if (options.json) cli.output.printJson(entries);
  else if (entries.length === 0) cli.output.note('There is no such entry.');
  else cli.output.print(describe(entries, cli.output));
  return EXIT.ok;
}

function describe(entries: readonly AuditEntry[], { table }: Output): string {
  const columns = [
    { title: 'entry', align: 'right' as const },
    ...(['at', 'who', 'what', 'of', 'details'] as const).map((title) => ({ title })),
  ];
  return table(
    columns,
    entries.map(({ seq, at, actor, action, subject, details }) => [
      seq,
      formatInstant(new Date(at)),
      actor,
      action,
      subject,
      onOneLine(JSON.stringify(details)).slice(0, SHOWN_DETAILS),
    ]),
  );
}
