/** The command line in this process: quicker than the built program, and in front of a terminal where a test wants one. */

import { userInfo } from 'node:os';
import { PassThrough, Readable } from 'node:stream';
import { runProgram } from '../../client/cli/program';
import { reportError } from '../../client/cli/report-error';
import { createOutput } from '../../client/cli/terminal/output';
import type { Ran } from './command-line';

export interface InProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What a person at a terminal types, line by line; absent: nobody sits there. */
  readonly typed?: readonly string[];
}

/** Runs a command to its end, as main.ts does. One at a time: the current folder is the process's. */
export async function runInProcess(words: readonly string[], { cwd, env = {}, typed }: InProcessOptions): Promise<Ran> {
  const isTTY = typed !== undefined;
  const [stdout, stderr] = [sink(isTTY), sink(isTTY)];
  const output = createOutput({ stdout: stdout.stream, stderr: stderr.stream, isColorWanted: false });
  const stdin = Object.assign(Readable.from((typed ?? []).map((line) => `${line}\n`)), { isTTY });
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const cli = { env, nodeVersion: process.versions.node, stdin, output, user: userInfo().username };
    const exitCode = await runProgram(words, cli).catch((error: unknown) =>
      reportError(error, output, { isJson: words.includes('--json'), isDebug: false }),
    );
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
  }
}

/** A stream that keeps what it is given, and says that it is a terminal. */
export function sink(isTTY: boolean): { readonly stream: PassThrough & { readonly isTTY: boolean }; text(): string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return { stream, text: () => text };
}
