/** `signalbox route --live`: where a task would go now, by the rules in force in a stack and by what it has learnt. */

import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { DEFAULT_SETTINGS } from '../../db/documents/catalogue-file';
import { activeCatalogue } from '../../db/queries/rules';
import { decideNow } from '../live-rules';
import { parseSubmission } from '../submission';
import type { Cli } from './cli';
import type { ExitCode } from './exit-code';
import { submissionOf } from './input/task-options';
import { readText } from './input/text';
import { withDatabase } from './open-client';
import { printRoute } from './print-route';
import type { RouteOptions } from './route';

export async function runRouteLive(words: readonly string[], options: RouteOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const task = parseSubmission(submissionOf(text, options), DEFAULT_SETTINGS.maxPromptBytes);
  const routed = await withDatabase(cli, options, async (db) => {
    const decided = await decideNow(db, task);
    const stored = await activeCatalogue(db);
    return { task, decided, models: stored === undefined ? new Map() : storedCatalogueFromJson(stored.body).catalogue.models };
  });
  return printRoute(routed, options, cli);
}
