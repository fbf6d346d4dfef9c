/** `signalbox slots report`: how much of an account's quota is used up, as somebody sees who sees more of it. */

import { reportSlot } from '../../db/queries/slots';
import { RoutingError } from '../../routing/errors';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import { formatInstant, onOneLine } from './terminal/text';

export interface SlotsReportOptions extends StackCommandOptions, ActingOptions {
  readonly window: string;
  /** In [0, 1]. */
  readonly used: number;
}

export async function runSlotsReport(
  account: string,
  { window: per, used: usedRate, ...options }: SlotsReportOptions,
  cli: Cli,
): Promise<ExitCode> {
  const reportedBy = await actorOf(options, cli);
  const kept = await withDatabase(cli, options, (db) => reportSlot(db, { account, per, usedRate, source: 'person', reportedBy }));
  if (kept.kind === 'unknown') {
    throw new RoutingError(
      'bad_argument',
      `There is no account "${account}" with a window "${per}". "signalbox slots list" shows those in force; they stand under "slots" in signalbox.yaml.`,
    );
  }
  const validUntil = new Date(kept.validUntil);
  if (options.json) cli.output.printJson({ account, window: per, usedRate, reportedBy, validUntil: validUntil.toISOString() });
  else
    cli.output.print(
      onOneLine(
        `${account}: ${Math.round(usedRate * 100)} % of the ${per.replace('_', ' ')} is used up; this counts until ${formatInstant(validUntil)}.`,
      ),
    );
  return EXIT.ok;
}
