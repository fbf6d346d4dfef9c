/**
 * `npm run stats -- FILE`: tries the functions of `routing/statistics` and the steps of `routing/review` from outside. Reads JSON Lines `{"id", "fn", "args"}` from the
 * file, or from standard input for `-`, and prints one line `{"id", "value"}` or `{"id", "error"}` for each.
 */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { comparisonFunctions } from './comparison';
import { distributionFunctions } from './distributions';
import { monitoringFunctions } from './monitoring';
import { stepFunctions } from './steps';
import type { StatsTable } from './table';

const functions: StatsTable = { ...distributionFunctions, ...comparisonFunctions, ...monitoringFunctions, ...stepFunctions };

const question = z.looseObject({ id: z.unknown(), fn: z.string(), args: z.unknown() });

async function main(file: string | undefined): Promise<number> {
  if (file === undefined) {
    console.error('Name a file of JSON Lines, or - for standard input: npm run stats -- FILE');
    return 2;
  }
  const lines = createInterface({ input: file === '-' ? process.stdin : createReadStream(file) });
  for await (const line of lines) if (line.trim() !== '') console.log(JSON.stringify(answer(line)));
  return 0;
}

function answer(line: string): { id?: unknown; value: unknown } | { id?: unknown; error: string } {
  let id: unknown;
  try {
    const { fn, args, ...asked } = question.parse(JSON.parse(line));
    id = asked.id;
    if (!Object.hasOwn(functions, fn)) return { id, error: `There is no function "${fn}".` };
    return { id, value: functions[fn]!.call(args) };
  } catch (error) {
    return { id, error: error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message };
  }
}

main(process.argv[2]).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
