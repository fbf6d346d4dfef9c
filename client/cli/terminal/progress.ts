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

/** A bar of how much of some files has been read; without one where their sizes are not known. */
export interface ReadingProgress {
  /** The same bytes, counted as they go by. */
  watched(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  end(): void;
}

/** @param files their paths; what is no file, such as `-`, has no size */
export async function readingProgress(output: Output, files: readonly string[]): Promise<ReadingProgress> {
  const sizes = await Promise.all(files.map(sizeOf));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const bar = startProgress(output, '% read', 100);
  let read = 0;
  let shown = 0;
  return {
    async *watched(bytes) {
      for await (const chunk of bytes) {
        read += chunk.length;
        for (; total > 0 && shown < Math.floor((100 * read) / total); shown += 1) bar.advance();
        yield chunk;
      }
    },
    end: () => bar.end(),
  };
}

/** 0 where there is no such file: whoever reads it says so. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
