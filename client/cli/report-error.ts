/** Errors as people and programs get them: a sentence and a code. Where it happened is shown only to whoever debugs Signalbox. */

import { CommanderError } from 'commander';
import { isRoutingError } from '../../routing/errors';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code';
import type { Output } from './terminal/output';
import { withoutEscapes } from './terminal/text';

export interface ReportOptions {
  readonly isJson: boolean;
  readonly isDebug: boolean;
}

/** Says what went wrong, on standard error and with `--json` as the one value of standard output; gives the exit code. */
export function reportError(error: unknown, output: Output, { isJson, isDebug }: ReportOptions): ExitCode {
  // commander throws for --help and --version as well, after it has printed them.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  // A command that needs another word after it has printed its help instead.
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.badInput;
  const { code, message, exitCode } = factsOf(error);
  if (isJson) output.printJson({ error: { code, message } });
  output.note(withoutEscapes(message));
  if (isDebug && error instanceof Error) output.note(withoutEscapes(error.stack ?? ''));
  return exitCode;
}

function factsOf(error: unknown): { readonly code: string; readonly message: string; readonly exitCode: ExitCode } {
  if (isRoutingError(error)) return { code: error.code, message: error.message, exitCode: exitCodeOf(error) };
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = `This is a defect of Signalbox (${what}). Please report it with the command you typed; SIGNALBOX_DEBUG=1 shows where it happened.`;
  return { code: 'internal', message, exitCode: EXIT.defect };
}
