/** `signalbox task ID`: the whole story of one task. */

import { RoutingError } from '../../routing/errors';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withStoredWork } from './open-client';
import { storyToJson } from './story-json';
import { describeStory } from './terminal/story';

export async function runTask(taskId: string, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const story = await withStoredWork(cli, options, (client) => client.task(taskId));
  if (story === undefined) throw new RoutingError('unknown_task', `There is no task ${taskId}. "signalbox tasks" lists the latest.`);
  if (options.json) cli.output.printJson(storyToJson(story));
  else cli.output.print(describeStory(story, cli.output));
  return EXIT.ok;
}
