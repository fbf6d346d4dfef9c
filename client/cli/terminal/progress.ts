/** A bar on standard error for work on many tasks; nothing where nobody is looking. */

import { stat } from 'node:fs/promises';
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

/** Progress of something whose size may be known: a file. */
export interface ShareProgress {
  /** By so many more bytes. */
  readonly advance: (bytes: number) => void;
  /** Takes the bar away. Safe to repeat. */
  readonly end: () => void;
}

/**
 * A bar of the hundredths that are done.
 *
 * @param total bytes; undefined: nobody knows how many there will be, and no bar is shown
 */
export function startShare(output: Output, what: string, total: number | undefined): ShareProgress {
  if (total === undefined || total === 0) return { advance() {}, end() {} };
  const progress = startProgress(output, what, 100);
  let done = 0;
  let shown = 0;
  return {
    advance: (bytes) => {
      done += bytes;
      for (; shown < Math.min(100, Math.floor((done / total) * 100)); shown++) progress.advance();
    },
    end: () => progress.end(),
  };
}

/** A bar of how much of some files has been read; without one where their sizes are not known. */
export interface ReadingProgress {
  /** The same bytes, counted as they go by. */
  watched(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  end(): void;
}

/** @param files their paths; what is no file, such as `-`, has no size */
export async function readingProgress(output: Output, files: readonly string[]): Promise<ReadingProgress> {
  const sizes = await Promise.all(files.map(sizeOf));
  const { advance, end } = startShare(
    output,
    '% read',
    sizes.reduce((sum, size) => sum + size, 0),
  );
  return {
    async *watched(bytes) {
      for await (const chunk of bytes) {
        advance(chunk.length);
        yield chunk;
      }
    },
    end,
  };
}

/** 0 where there is no such file: whoever reads it says so. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
