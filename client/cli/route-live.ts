/** `signalbox route --live`: where a task would go now, by the rules in force in a stack and by what it has learnt. */

import { routeAnswer } from '../route';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { submissionOf } from './input/task-options';
import { readText } from './input/text';
import { withStoredWork } from './open-client';
import type { RouteOptions } from './route';
import { describeDecision } from './terminal/decision';

export async function runRouteLive(words: readonly string[], options: RouteOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const decided = await withStoredWork(cli, options, (client) => client.decide(submissionOf(text, options)));
  if (options.json) cli.output.printJson(routeAnswer(decided));
  else cli.output.print(describeDecision(decided, cli.output));
  return decided.kind === 'routed' ? EXIT.ok : EXIT.failed;
}
