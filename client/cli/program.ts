/** The command line as a whole: which commands there are, and how their words are read. */

import { Command, CommanderError } from 'commander';
import { programVersion } from '../../db/documents/program-version';
import { RoutingError } from '../../routing/errors';
import type { Cli, Run } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { addImportCommands } from './import-commands';
import { addLearningCommands } from './learning-commands';
import { addMoneyCommands } from './money-commands';
import { addReviewCommands } from './review-commands';
import { addRulesCommands } from './rules-commands';
import { addSettingsCommands } from './settings-commands';
import { examples } from './shared-options';
import { addSlotsCommands } from './slots-commands';
import { addStackCommands } from './stack-commands';
import { addWorkCommands } from './work-commands';

const EXIT_CODES = `
Exit codes: 0 done; 1 tried, and it did not work out; 2 wrong input, nothing was tried; 3 the stack cannot be used;
4 still waiting when --timeout was over; 70 a defect of Signalbox; 130 stopped by Ctrl-C.`;

/**
 * Reads the words of a command line and runs the command.
 *
 * @param words without the program's own name
 * @throws {RoutingError} of the command, or `bad_argument` for words that make no command; {CommanderError} after help and version
 */
export async function runProgram(words: readonly string[], cli: Cli): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(cli, async (action) => {
    exitCode = await action();
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    throw withHelp(error, words, program);
  }
  return exitCode;
}

/** Every command there is. `run` is called with the action of the one that was asked for. */
export function createProgram(cli: Cli, run: Run): Command {
  const program = new Command('signalbox')
    .description('Sends every piece of LLM or agent work to the cheapest model that is good enough for it, durably.')
    .version(programVersion(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand('help [command]', 'print help')
    .showSuggestionAfterError()
    // An option behind the name of a command is that command's, also where the command above has one of the same name.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => cli.output.print(text.replace(/\n$/u, '')),
      writeErr: (text) => cli.output.note(text.replace(/\n$/u, '')),
      outputError: () => {}, // told with every other error
    })
    .addHelpText('after', `${examples('up', 'submit "Fix the login bug" --wait', 'route "Design a queue" --json', 'demo')}\n${EXIT_CODES}`)
    .exitOverride();
  addWorkCommands(program, cli, run);
  addLearningCommands(program, cli, run);
  addImportCommands(program, cli, run);
  addMoneyCommands(program, cli, run);
  addReviewCommands(program, cli, run);
  addRulesCommands(program, cli, run);
  addSettingsCommands(program, cli, run);
  addSlotsCommands(program, cli, run);
  addStackCommands(program, cli, run);
  return program;
}

/** Words that make no command, with where to look. Help, which commander throws too, and every other error stay as they are. */
function withHelp(error: unknown, words: readonly string[], program: Command): unknown {
  if (!(error instanceof CommanderError) || error.exitCode === 0 || error.code === 'commander.help') return error;
  const what = error.message
    .replace(/^error: /u, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*)'\./su, '<$2> cannot be $1.')
    .replace(/^option '(\S+)[^']*' argument ('.*') is invalid\./su, '$1 cannot be $2.')
    .replace(/^[a-z]/u, (letter) => letter.toUpperCase())
    .replace(/(?<![.)\n])$/u, '.');
  return new RoutingError('bad_argument', `${what}\n"${nameOfCalled(words, program)} --help" shows what there is.`);
}

/** The deepest command that the words name, as it is typed. */
function nameOfCalled(words: readonly string[], program: Command): string {
  const named = [program.name()];
  let command = program;
  for (const word of words) {
    const inner = command.commands.find((each) => each.name() === word);
    if (inner === undefined) break;
    command = inner;
    named.push(word);
  }
  return named.join(' ');
}
