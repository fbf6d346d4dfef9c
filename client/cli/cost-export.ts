/** `signalbox cost --export`: what each team, project and key is to be charged, for a spreadsheet or a program. */

import type { Database } from '../../db/connect';
import { chargedDays } from '../../db/queries/cost-charges';
import { RoutingError } from '../../routing/errors';
import { CHARGE_COLUMNS, type Charge, chargeOf } from '../money/chargeback';
import { csvLine } from '../money/csv';
import { moneyPeriod } from '../money/spending';
import type { Cli } from './cli';
import type { CostOptions } from './cost';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Write } from './terminal/output';
import { writeToFile } from './write-result';

export async function runCostExport(options: CostOptions, cli: Cli): Promise<ExitCode> {
  const { out, force, json, export: format = 'csv' } = options;
  if (json && out === undefined) {
    throw new RoutingError('bad_argument', 'The export itself is what is printed: leave --json out, or name a file with --out.');
  }
  return withDatabase(cli, options, async (db) => {
    const produce = (write: Write) => writeCharges(db, options, write, WRITERS[format]);
    if (out === undefined) {
      await produce(cli.output.write);
      return EXIT.ok;
    }
    const charges = await writeToFile(out, force === true, produce);
    if (json) cli.output.printJson({ file: out, format, charges });
    else cli.output.print(`Wrote ${charges} ${charges === 1 ? 'charge' : 'charges'} to ${out}.`);
    return EXIT.ok;
  });
}

/** How charges are written: before the first, each of them, and after the last. */
interface Writer {
  readonly head: string;
  /** @param place of the charge, from 0 */
  readonly line: (charge: Charge, place: number) => string;
  /** @param charges how many there were */
  readonly end: (charges: number) => string;
}

const WRITERS: Readonly<Record<'csv' | 'json', Writer>> = {
  csv: {
    head: `${csvLine(CHARGE_COLUMNS)}\n`,
    line: (charge) => `${csvLine(CHARGE_COLUMNS.map((column) => charge[column]))}\n`,
    end: () => '',
  },
  json: {
    head: '[',
    line: (charge, place) => `${place === 0 ? '' : ','}\n${jsonOf(charge)}`,
    end: (charges) => (charges === 0 ? ']\n' : '\n]\n'),
  },
};

/** How many were written, some at a time. */
async function writeCharges(db: Database, options: CostOptions, write: Write, { head, line, end }: Writer): Promise<number> {
  const { period, scope } = await moneyPeriod(db, { ...options, period: options.period ?? { kind: 'month' } });
  let charges = 0;
  await write(head);
  for await (const days of chargedDays(db, { ...period, scope })) {
    const first = charges;
    charges += days.length;
    if (!(await write(days.map((day, place) => line(chargeOf(day), first + place)).join('')))) return charges;
  }
  await write(end(charges));
  return charges;
}

/** JSON leaves C1 controls as they are, which terminals obey. */
function jsonOf(charge: Charge): string {
  return JSON.stringify(charge).replace(/\p{Cc}/gu, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
