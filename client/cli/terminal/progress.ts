/** A bar on standard error for work on many tasks; nothing where nobody is looking. */

import { SingleBar } from 'cli-progress';
import type { Output } from './output';

export interface Progress {
  advance(): void;
  /** Takes the bar away. Safe to repeat. */
  end(): void;
}

/** @param what what is counted, e.g. `submitted` */
export function startProgress(output: Output, what: string, total: number): Progress {
  if (!output.isWatched) return { advance() {}, end() {} };
  const bar = new SingleBar({
    format: `{bar} {value}/{total} ${what}, {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    stream: output.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, 0);
  return { advance: () => bar.increment(), end: () => bar.stop() };
}
