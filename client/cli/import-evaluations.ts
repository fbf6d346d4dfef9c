/** `signalbox import evaluations`: scores that models got elsewhere on the same inputs. */

import { createReadStream } from 'node:fs';
import { addEvaluations, type Evaluation } from '../../db/queries/evaluations';
import { type EvaluationFormat, readEvaluations } from '../evaluations/read-evaluations';
import { mapForeignModels } from '../telemetry/foreign-models';
import { describeSkip } from '../telemetry/skip';
import { MOST_PROBLEMS } from '../telemetry/tally';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import { findDatabase } from './stack-address';
import { onOneLine } from './terminal/text';

export interface ImportEvaluationsOptions extends StackCommandOptions, ActingOptions {
  readonly format: EvaluationFormat;
  readonly origin?: string;
  readonly class?: string;
  /** Model of the catalogue by name. */
  readonly map: ReadonlyMap<string, string>;
}

/** Evaluations that are written in one transaction. */
const BATCH = 5_000;

export async function runImportEvaluations(files: readonly string[], options: ImportEvaluationsOptions, cli: Cli): Promise<ExitCode> {
  // Before anything is read: without a stack it would be read in vain.
  await findDatabase(cli.env, options.state);
  const actor = await actorOf(options, cli);
  const sources = files.map((file) => ({
    what: file === '-' ? 'Standard input' : `The file "${file}"`,
    source: file === '-' ? cli.stdin : createReadStream(file),
  }));
  const { evaluations, problems, unscored } = await readEvaluations(sources, options.format, Date.now());
  const source = { origin: options.origin ?? options.format, taskClass: options.class, actor };
  const added = await withDatabase(cli, options, async (db) => {
    await mapForeignModels(db, options.map, actor);
    let total = 0;
    for (let at = 0; at < evaluations.length; at += BATCH) total += await addEvaluations(db, source, evaluations.slice(at, at + BATCH));
    return total;
  });
  const told = problems.slice(0, MOST_PROBLEMS);
  if (options.json) {
    const models = [...new Set(evaluations.map(({ model }) => model))].sort();
    cli.output.printJson({
      read: evaluations.length,
      added,
      known: evaluations.length - added,
      unscored,
      left: problems.length,
      problems: told,
      models,
    });
  } else cli.output.print([summary(evaluations, added), ...leftOut(unscored, problems.length, told)].join('\n'));
  return evaluations.length > 0 || problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function summary(evaluations: readonly Evaluation[], added: number): string {
  const runs = new Set(evaluations.map(({ run }) => run)).size;
  return `${evaluations.length} scores of ${runs} ${runs === 1 ? 'run' : 'runs'}; ${added} added, ${evaluations.length - added} there already.`;
}

function leftOut(unscored: number, count: number, told: readonly Parameters<typeof describeSkip>[0][]): readonly string[] {
  return [
    ...(unscored === 0 ? [] : [`  ${unscored} without a score: of calls that failed, or on another scale`]),
    ...(count === 0 ? [] : [`  ${count} left out`]),
    ...told.map((problem) => `    ${onOneLine(`result ${(problem as { row?: number }).row} ${describeSkip(problem)}`)}`),
    ...(count > told.length ? [`    … and ${count - told.length} more`] : []),
  ];
}
