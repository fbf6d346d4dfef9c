/**
 * `signalbox route`: where a task would go, by the files of a folder. Needs no stack, and plans with every model of the catalogue,
 * whether or not its provider has a key here.
 */

import { NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import { requireKnownNames } from '../known-names';
import { routeAnswer, routeSubmission } from '../route';
import { parseSubmission } from '../submission';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { readRulesFiles } from './input/rules-files';
import { submissionOf, type TaskOptions } from './input/task-options';
import { readText } from './input/text';
import { describeDecision } from './terminal/decision';

export interface RouteOptions extends StackCommandOptions, TaskOptions {
  readonly file?: string;
  readonly config?: string;
  readonly live?: boolean;
}

export async function runRoute(words: readonly string[], options: RouteOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const { config, policy } = await readRulesFiles(options.config);
  const task = parseSubmission(submissionOf(text, options), config.settings.maxPromptBytes);
  requireKnownNames(task.constraints, config.catalogue.models);
  const decided = await routeSubmission(task, {
    catalogue: config.catalogue,
    policy,
    knowledge: () => NO_KNOWLEDGE,
    now: Date.now(),
  });
  if (options.json) cli.output.printJson(routeAnswer(decided));
  else cli.output.print(describeDecision(decided, cli.output));
  return decided.kind === 'routed' ? EXIT.ok : EXIT.failed;
}
