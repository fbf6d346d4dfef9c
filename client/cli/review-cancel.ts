/** `signalbox review cancel ID`: asks an open review to stop. */

import { cancelReview } from '../reviews';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { dispatchQueueOf, withEngine } from './open-client';

export type ReviewCancelOptions = StackCommandOptions & ActingOptions;

export async function runReviewCancel(id: string, options: ReviewCancelOptions, cli: Cli): Promise<ExitCode> {
  const actor = await actorOf(options, cli);
  const { reviewId } = await withEngine(cli, options, (engine, db) => cancelReview(db, engine, dispatchQueueOf(cli), id, actor));
  if (options.json) cli.output.printJson({ reviewId, isStopping: true });
  else cli.output.print(`Asked review ${reviewId} to stop. What it had rolled out goes on; "signalbox rollout list" shows it.`);
  return EXIT.ok;
}
