/** `signalbox review start`: asks for a review, and waits for it where asked to. */

import { SingleBar } from 'cli-progress';
import type { Database } from '../../db/connect';
import { progressOfTrigger, type ReviewProgress } from '../../db/queries/review-progress';
import { RoutingError } from '../../routing/errors';
import { WHOLE_SCOPE } from '../../workflows/messages';
import { startReview } from '../reviews';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { checkWait } from './input/wait-options';
import { onInterrupt } from './interrupts';
import { dispatchQueueOf, withStack } from './open-client';
import { describeEnd, describePhase } from './terminal/review';

export interface ReviewStartOptions extends StackCommandOptions, ActingOptions {
  readonly class?: string;
  readonly wait?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

type Progress = ReviewProgress & { readonly isJoined: boolean };

/** Time between two looks at the rows, in milliseconds. */
const LOOK_EVERY_MS = 500;

export async function runReviewStart(options: ReviewStartOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  checkWait(options);
  const requestedBy = await actorOf(options, cli);
  return withStack(cli, options, async (db, engine) => {
    const scope = options.class ?? WHOLE_SCOPE;
    const asked = await startReview(db, engine, dispatchQueueOf(cli), { scope, kind: 'person', detail: '', requestedBy });
    if (!asked.isStarted) output.note('Temporal did not answer. The review is asked for, and begins when a worker finds that.');
    if (!options.wait) {
      if (options.json) output.printJson({ ...asked, scope, requestedBy });
      else output.print('A review is asked for. "signalbox review list" shows how far it is.');
      return EXIT.ok;
    }
    const stopping = new AbortController();
    const forget = onInterrupt(() => stopping.abort());
    try {
      const progress = await follow(db, asked.triggerId, { ...options, signal: stopping.signal }, cli);
      if (progress === 'interrupted') {
        output.note('Stopped waiting. The review goes on: "signalbox review list".');
        return EXIT.interrupted;
      }
      if (options.json) output.printJson({ ...asked, scope, requestedBy, ...shapeOf(progress) });
      else output.print(describeEnd(progress));
      return progress.endKind === 'failed' || progress.endKind === 'cancelled' || progress.endKind === 'void' ? EXIT.failed : EXIT.ok;
    } finally {
      forget();
    }
  });
}

function shapeOf({ reviewId, isJoined, phase, endKind, endReason, replaysPlanned, replaysDone }: Progress) {
  return { reviewId, isJoined, phase, endKind, endReason, replaysPlanned, replaysDone };
}

/**
 * Tells how far the review is until it waits for a verdict or has ended.
 *
 * @throws {RoutingError} `timed_out`, and the review goes on
 */
async function follow(
  db: Database,
  triggerId: string,
  { timeout = Infinity, signal }: { readonly timeout?: number | undefined; readonly signal: AbortSignal },
  cli: Cli,
): Promise<Progress | 'interrupted'> {
  const bar = replayBar(cli);
  const until = Date.now() + timeout;
  let said = '';
  try {
    while (!signal.aborted) {
      const progress = await progressOfTrigger(db, triggerId);
      const line = progress === undefined ? 'waiting for a worker' : describePhase(progress);
      if (line !== said) {
        bar.hide();
        cli.output.note(`  ${line}`);
        said = line;
      }
      if (progress !== undefined) {
        if (progress.phase === 'awaiting-verdict' || progress.phase === 'ended') return progress;
        if (progress.phase === 'replaying') bar.show(progress);
      }
      if (Date.now() > until) {
        throw new RoutingError('timed_out', 'The review is not complete. It goes on: "signalbox review list" shows how far it is.');
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return 'interrupted';
  } finally {
    bar.hide();
  }
}

/** A bar that makes way for lines; in a log, a line for every tenth of the replays. */
function replayBar({ output }: Cli): { show(progress: ReviewProgress): void; hide(): void } {
  let bar: SingleBar | undefined;
  let said = 0;
  return {
    show({ replaysDone, replaysPlanned }) {
      if (!output.isWatched) {
        const tenth = replaysPlanned === 0 ? 0 : Math.floor((10 * replaysDone) / replaysPlanned);
        if (tenth > said) output.note(`  ${replaysDone} of ${replaysPlanned} replays`);
        said = tenth;
        return;
      }
      if (bar === undefined) {
        bar = new SingleBar({
          format: '{bar} {value}/{total} replays, {duration_formatted}',
          barsize: 30,
          stream: output.stderr,
          clearOnComplete: true,
          hideCursor: true,
        });
        bar.start(replaysPlanned, replaysDone);
      }
      bar.setTotal(replaysPlanned);
      bar.update(replaysDone);
    },
    hide() {
      bar?.stop();
      bar = undefined;
    },
  };
}
