/** `signalbox rollout pause`, `resume` and `abort`: what a person does with a rollout. */

import { abortRollout, pauseRollout, resumeRollout } from '../rollouts';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withStack } from './open-client';
import { onOneLine } from './terminal/text';

export interface RolloutChangeOptions extends StackCommandOptions, ActingOptions {
  readonly note?: string;
}

export type RolloutChange = 'pause' | 'resume' | 'abort';

const CHANGES = { pause: pauseRollout, resume: resumeRollout, abort: abortRollout } as const;

/** What is true afterwards. */
const MEANINGS = {
  pause: 'It keeps its weight and goes no further until "signalbox rollout resume".',
  resume: 'It goes on where it was.',
  abort: 'Every new task is on the old route again.',
} as const satisfies Record<RolloutChange, string>;

export async function runRolloutChange(change: RolloutChange, id: string, options: RolloutChangeOptions, cli: Cli): Promise<ExitCode> {
  const actor = await actorOf(options, cli);
  const { note = '' } = options;
  const changed = await withStack(cli, options, (db, engine) => CHANGES[change](db, engine, { id, actor, note }));
  if (options.json) cli.output.printJson({ rolloutId: changed.id, state: changed.state, actor });
  else cli.output.print(onOneLine(`Rollout ${changed.id} is ${changed.state}. ${MEANINGS[change]}`));
  return EXIT.ok;
}
