/** `signalbox import models`: what imported tasks call their models, and what a person says that those are. */

import { foreignModels, mapForeignModels, type NamedModel } from '../telemetry/foreign-models';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';

export interface ImportModelsOptions extends StackCommandOptions, ActingOptions {
  /** Model of the catalogue by name. */
  readonly map: ReadonlyMap<string, string>;
}

export async function runImportModels(options: ImportModelsOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  const actor = await actorOf(options, cli);
  await withDatabase(cli, options, async (db) => {
    const mapped = await mapForeignModels(db, options.map, actor);
    const models = await foreignModels(db);
    if (options.json) output.printJson(models);
    else {
      if (mapped > 0)
        output.note(`${mapped} ${mapped === 1 ? 'name was' : 'names were'} mapped; the figures of their tasks are made anew.`);
      output.print(models.length === 0 ? 'No tasks were imported.' : describeModels(models, cli));
    }
  });
  return EXIT.ok;
}

/** A table of names, and how to map those that stand for nothing yet. */
export function describeModels(models: readonly NamedModel[], { output }: Cli): string {
  const table = output.table(
    [{ title: 'name there' }, { title: 'tasks', align: 'right' }, { title: 'counts for' }],
    models.map(({ name, tasks, countsFor, suggestion }) => [
      name,
      tasks,
      countsFor ?? (suggestion === null ? 'no model' : `no model; perhaps ${suggestion}`),
    ]),
  );
  const open = models.filter(({ countsFor }) => countsFor === null);
  if (open.length === 0) return table;
  const example = open.find(({ suggestion }) => suggestion !== null) ?? open[0];
  return `${table}\n\nTasks of a name that stands for no model of the catalogue count for none. If you know what it is, say so:\n  signalbox import models --map '${example?.name}=${example?.suggestion ?? 'provider/model'}'`;
}
