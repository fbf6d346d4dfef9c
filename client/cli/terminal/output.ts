/**
 * What a command says: its result on standard output, everything else on standard error.
 *
 * With `--json` the result is one JSON value, or one on each line where it is many; a program that reads it never meets a
 * sentence.
 */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { createColors } from 'picocolors';
import { type Column, renderTable } from './table';

export type Colors = ReturnType<typeof createColors>;

/** Writes a part and resolves when there is room for the next; false: nobody reads any more. */
export type Write = (part: string | Uint8Array) => Promise<boolean>;

/** A stream that may be a terminal. */
export type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface Output {
  /** Colours of standard output; they change nothing when it is not a terminal. */
  readonly colors: Colors;
  /** Somebody is looking at standard error. */
  readonly isWatched: boolean;
  readonly stderr: Stream;
  /** A result for people. */
  print(text: string): void;
  /** A result for programs. Characters that a terminal would obey are written as escapes. */
  printJson(value: unknown): void;
  /** A part of a result that is too long to be held. */
  readonly write: Write;
  /** Anything beside the result. */
  note(text: string): void;
  /** A part of a result for people. */
  table(columns: readonly Column[], rows: readonly (readonly (string | number | null)[])[]): string;
}

export interface OutputOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Colour on a terminal; off when NO_COLOR is set. */
  readonly isColorWanted: boolean;
}

export function createOutput({ stdout, stderr, isColorWanted }: OutputOptions): Output {
  const colors = createColors(isColorWanted && stdout.isTTY === true);
  return {
    colors,
    isWatched: stderr.isTTY === true,
    stderr,
    print: (text) => void stdout.write(`${text}\n`),
    printJson: (value) => void stdout.write(`${jsonText(value, stdout.isTTY === true)}\n`),
    write: writerTo(stdout),
    note: (text) => void stderr.write(`${text}\n`),
    table: (columns, rows) => renderTable(columns, rows, colors.dim),
  };
}

/** Waits while whoever reads at the end of the stream is slower. */
export function writerTo(stream: Writable): Write {
  return async (part) => {
    if (stream.destroyed || !stream.writable) return false;
    if (stream.write(part)) return true;
    const isOver = new AbortController();
    await Promise.race(['drain', 'close'].map((event) => once(stream, event, { signal: isOver.signal }).catch(() => {})));
    isOver.abort();
    return !stream.destroyed;
  };
}

/** JSON on one line for a program, on several for a person. JSON leaves C1 controls as they are, which terminals obey. */
function jsonText(value: unknown, isForPerson: boolean): string {
  const text = JSON.stringify(value, null, isForPerson ? 2 : undefined);
  return text.replace(/[\p{Cc}--\n]/gv, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
