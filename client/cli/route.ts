/**
 * `signalbox route`: where a task would go, by the files of a folder. Needs no stack, and plans with every model of the catalogue,
 * whether or not its provider has a key here.
 */

import { NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import { requireKnownNames } from '../known-names';
import { routeSubmission } from '../route';
import { parseSubmission } from '../submission';
import type { Cli, StackCommandOptions } from './cli';
import type { ExitCode } from './exit-code';
import { type OverrideOptions, readOverrides } from './input/overrides';
import { readRulesFiles } from './input/rules-files';
import { submissionOf, type TaskOptions } from './input/task-options';
import { readText } from './input/text';
import { type PrintRouteOptions, printRoute } from './print-route';

export interface RouteOptions extends StackCommandOptions, TaskOptions, OverrideOptions, Omit<PrintRouteOptions, 'json'> {
  readonly file?: string;
  readonly live?: boolean;
}

export async function runRoute(words: readonly string[], options: RouteOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const { config, policy } = await readRulesFiles(options.config, await readOverrides(options, cli.env));
  const task = parseSubmission(submissionOf(text, options), config.settings.maxPromptBytes);
  requireKnownNames(task.constraints, config.catalogue.models);
  const decided = await routeSubmission(task, {
    catalogue: config.catalogue,
    policy,
    knowledge: () => NO_KNOWLEDGE,
    now: Date.now(),
  });
  return printRoute({ task, decided, models: config.catalogue.models }, options, cli);
}
