/** The program's own tree of commands and what it says of each, so that a test of all commands cannot forget one. */

import { PassThrough, Readable } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../../client/cli/program';
import { createOutput } from '../../client/cli/terminal/output';

/** A command that does something, as people type it. */
export interface LeafCommand {
  /** Words behind `signalbox`, with blanks between them. */
  readonly name: string;
  readonly words: readonly string[];
  /** What `--help` prints. */
  readonly help: string;
  /** The one line that the command above prints of it. */
  readonly summary: string;
  /** From its help, without `signalbox`. */
  readonly examples: readonly string[];
  readonly options: ReadonlySet<string>;
  /** Names of arguments that it cannot do without. */
  readonly requiredArguments: readonly string[];
}

const [stdout, stderr] = [new PassThrough(), new PassThrough()];
const program = createProgram(
  {
    env: {},
    nodeVersion: process.versions.node,
    stdin: Readable.from([]),
    output: createOutput({ stdout, stderr, isColorWanted: false }),
    user: 'test',
  },
  () => Promise.reject(new Error('No command is run here.')),
);

/** Commands that lead to others, and do something by themselves too. */
const BRANCHES_THAT_ACT: readonly string[] = ['config', 'stats'];

/** Every command that does something, in the order of the help. */
export const LEAF_COMMANDS: readonly LeafCommand[] = leavesOf(program, []);

/** What `signalbox --help` prints. */
export const PROGRAM_HELP = helpOf(program);

function leavesOf(command: Command, words: readonly string[]): LeafCommand[] {
  const name = words.join(' ');
  const isLeaf = command.commands.length === 0 || BRANCHES_THAT_ACT.includes(name);
  return [...(isLeaf ? [describe(command, words)] : []), ...command.commands.flatMap((inner) => leavesOf(inner, [...words, inner.name()]))];
}

function describe(command: Command, words: readonly string[]): LeafCommand {
  const help = helpOf(command);
  return {
    name: words.join(' '),
    words,
    help,
    summary: command.createHelp().subcommandDescription(command),
    examples: examplesIn(help),
    options: new Set(command.options.flatMap(({ long }) => (long == null ? [] : [long]))),
    requiredArguments: command.registeredArguments.filter(({ required }) => required).map((argument) => argument.name()),
  };
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/** Lines behind `Examples:`, without `signalbox`. */
export function examplesIn(help: string): string[] {
  const [, lines = ''] = /^Examples:\n((?: {2}.*(?:\n|$))+)/mu.exec(help) ?? [];
  return [...lines.matchAll(/^ {2}signalbox (.*)$/gmu)].map(([, line = '']) => line);
}
