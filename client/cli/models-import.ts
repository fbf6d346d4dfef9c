/** `signalbox models import`: models of another signalbox.yaml, or prices of LiteLLM's list, into the signalbox.yaml of a folder. */

import { createReadStream } from 'node:fs';
import { importModels, importSourceOf } from '../models/import-models';
import type { Cli } from './cli';
import type { ExitCode } from './exit-code';
import { readUtf8 } from './input/text';
import { changeCatalogue, type ModelChangeOptions } from './models-change';

export async function runModelsImport(file: string, options: ModelChangeOptions, cli: Cli): Promise<ExitCode> {
  const source = importSourceOf(await readUtf8(createReadStream(file), `The file "${file}"`), file);
  return changeCatalogue(options, cli, (catalogue) => importModels(catalogue, source));
}
