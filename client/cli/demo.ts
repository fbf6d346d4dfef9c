/** `signalbox demo`: recorded tasks through the whole stack, in a state folder of its own. */

import { SingleBar } from 'cli-progress';
import { demoPage } from '../demo/page';
import { type DemoOptions, runDemo } from '../demo/run';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { tellEvents } from './terminal/stack-events';

export interface DemoCommandOptions extends StackCommandOptions {
  readonly tasks: number;
}

export async function runDemoCommand(options: DemoCommandOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  output.note(
    'Signalbox demo: real Postgres, real Temporal, real workers; recorded answers, not live ones. Nothing leaves this machine.\n',
  );
  const bar = progressBar(cli);
  const tell = tellEvents(output);
  const report = await runDemo({
    stateDir: options.state,
    env: cli.env,
    tasks: options.tasks,
    signal: interrupted.signal,
    onStack(event) {
      bar.pause();
      tell(event);
    },
    onProgress: bar.show,
    onKill(pid) {
      bar.pause();
      output.note(`  kill -9 ${pid}   one of the two workers, in the middle of its calls`);
    },
  } satisfies DemoOptions);
  bar.pause();
  if (options.json) output.printJson(report);
  else output.print(demoPage(report));
  const isWhole = report.run.withoutOneOutcome === 0 && report.audit.ok;
  return isWhole ? EXIT.ok : EXIT.failed;
}

/** A bar that makes way for lines between its moves; in a log, a line for every tenth of the work. */
function progressBar({ output }: Cli): { show: DemoOptions['onProgress']; pause(): void } {
  if (!output.isWatched) {
    let said = 0;
    return {
      show({ ended, of }) {
        const tenth = Math.floor((ended / of) * 10);
        if (tenth > said) output.note(`  ${ended} of ${of} tasks have ended`);
        said = Math.max(said, tenth);
      },
      pause() {},
    };
  }
  let bar: SingleBar | undefined;
  return {
    show({ accepted, ended, of }) {
      if (accepted === 0) return;
      bar ??= startBar(of);
      bar.update(ended, { accepted });
    },
    pause() {
      bar?.stop();
      bar = undefined;
    },
  };

  function startBar(total: number): SingleBar {
    const format = '  {bar} {value}/{total} tasks ended, {accepted} accepted';
    const started = new SingleBar({
      format,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      stream: output.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
    started.start(total, 0, { accepted: 0 });
    return started;
  }
}
