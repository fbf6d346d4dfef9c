/** `signalbox ratings export`: every rating in JSON Lines, oldest first. */

import { exportRatings } from '../../db/queries/ratings-import';
import { ratingLineOf } from '../ratings/rating-lines';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Write } from './terminal/output';
import { writeToFile } from './write-result';

export interface RatingsExportOptions extends StackCommandOptions {
  readonly out?: string;
  readonly force?: boolean;
}

export function runRatingsExport({ out, force, ...options }: RatingsExportOptions, cli: Cli): Promise<ExitCode> {
  return withDatabase(cli, options, async (db) => {
    const produce = async (write: Write) => {
      let ratings = 0;
      for await (const part of exportRatings(db)) {
        if (!(await write(part.map((rating) => `${ratingLineOf(rating)}\n`).join('')))) break;
        ratings += part.length;
      }
      return ratings;
    };
    if (out === undefined) {
      await produce(cli.output.write);
      return EXIT.ok;
    }
    const ratings = await writeToFile(out, force === true, produce);
    if (options.json) cli.output.printJson({ file: out, ratings });
    else cli.output.print(`Wrote ${ratings} ${ratings === 1 ? 'rating' : 'ratings'} to ${out}.`);
    return EXIT.ok;
  });
}
