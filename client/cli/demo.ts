/** `signalbox demo`: recorded tasks through the whole stack and a review of them, in a state folder of its own. */

import { SingleBar } from 'cli-progress';
import { dispatchPage, lastPage, reviewPage, rolloutPage, verdictPage } from '../demo/page';
import { type DemoOptions, type DemoReport, runDemo } from '../demo/run';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { onInterrupt } from './interrupts';
import { tellEvents } from './terminal/stack-events';

export interface DemoCommandOptions extends StackCommandOptions {
  readonly tasks: number;
  readonly approve?: boolean;
  /** Milliseconds. */
  readonly verdictWait: number;
}

export async function runDemoCommand(options: DemoCommandOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  const interrupted = new AbortController();
  output.note(
    'Signalbox demo: real Postgres, real Temporal, real workers; recorded answers, not live ones. Nothing leaves this machine.\n',
  );
  const bar = progressBar(cli);
  const tell = tellEvents(output);
  const forget = onInterrupt((count) => {
    bar.pause();
    if (count === 1) output.note('\nStopping everything that was started.');
    interrupted.abort();
  });
  const print = (page: string) => {
    bar.pause();
    if (!options.json) output.print(page);
  };
  const report = await untilInterrupted(
    interrupted.signal,
    runDemo({
      stateDir: options.state,
      env: cli.env,
      tasks: options.tasks,
      approve: options.approve ?? false,
      verdictWaitMs: options.verdictWait,
      signal: interrupted.signal,
      onStack(event) {
        bar.pause();
        tell(event);
      },
      say(line) {
        bar.pause();
        output.note(line);
      },
      onProgress: bar.show,
      onDispatched: (dispatched) => print(dispatchPage(dispatched)),
      onReviewed(review) {
        print(reviewPage(review));
        if (review.report.result === 'awaiting' && options.approve !== true) print(verdictPage(review, options.state));
      },
      onRolledOut: (rollouts) => print(rolloutPage(rollouts)),
    } satisfies DemoOptions),
  ).finally(forget);
  bar.pause();
  if (report === 'interrupted') return EXIT.interrupted;
  if (options.json) output.printJson(report);
  else output.print(lastPage(report));
  const isWhole = report.dispatch.run.withoutOneOutcome === 0 && report.audit.ok;
  return isWhole ? EXIT.ok : EXIT.failed;
}

/** What the demonstration comes to. Whatever ends it after an interrupt is the interrupt. */
async function untilInterrupted(signal: AbortSignal, running: Promise<DemoReport>): Promise<DemoReport | 'interrupted'> {
  try {
    return await running;
  } catch (error) {
    if (signal.aborted) return 'interrupted';
    throw error;
  }
}

/** A bar that makes way for lines between its moves; in a log, a line for every tenth of the work. */
function progressBar({ output }: Cli): { show: DemoOptions['onProgress']; pause(): void } {
  if (!output.isWatched) {
    const said = new Map<string, number>();
    return {
      show(what, done, of) {
        const tenth = Math.floor((done / of) * 10);
        if (tenth > (said.get(what) ?? 0)) output.note(`  ${done} of ${of} ${what}`);
        said.set(what, Math.max(said.get(what) ?? 0, tenth));
      },
      pause() {},
    };
  }
  let bar: SingleBar | undefined;
  let shown = '';
  return {
    show(what, done, of) {
      if (what !== shown) bar?.stop();
      if (bar === undefined || what !== shown) bar = startBar(what, of);
      shown = what;
      bar.setTotal(of);
      bar.update(done);
    },
    pause() {
      bar?.stop();
      bar = undefined;
    },
  };

  function startBar(what: string, total: number): SingleBar {
    const started = new SingleBar({
      format: `  {bar} {value}/{total} ${what}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      stream: output.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
    started.start(total, 0);
    return started;
  }
}
