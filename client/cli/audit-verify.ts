/** `signalbox audit verify`: whether the audit log is as it was written, and the first entry that is not. */

import { verifyAudit } from '../../db/queries/audit-log';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import { onOneLine } from './terminal/text';

export async function runAuditVerify(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const { entries, head, firstBad } = await withDatabase(cli, options, verifyAudit);
  const { output } = cli;
  if (options.json) output.printJson({ ok: firstBad === undefined, entries, head, firstBad: firstBad ?? null });
  else if (firstBad !== undefined) {
    output.print(output.colors.red(onOneLine(`BROKEN: ${nameOf(firstBad.subject)} ${firstBad.detail}.`)));
    output.print(
      'What follows it proves nothing. Keep the database as it is, compare it with an export, and find out who could write to it.',
    );
  } else {
    output.print(
      `All ${entries} entries follow from each other${head === null ? '.' : `; the last one, ${head.seq}, has the hash ${head.hash}.`}`,
    );
  }
  return firstBad === undefined ? EXIT.ok : EXIT.failed;
}

function nameOf(subject: string): string {
  return subject === 'head' ? 'the head of the log' : subject;
}
