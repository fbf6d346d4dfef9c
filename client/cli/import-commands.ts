/** Commands for what other systems know: their telemetry, and what they call models. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { CLASS_NAME, CLASS_NAME_RULE } from '../../db/documents/class-name';
import { PRIVACY_TIERS } from '../../routing/task/task';
import type { Cli, Run } from './cli';
import type { ImportEvaluationsOptions } from './import-evaluations';
import type { ImportModelsOptions } from './import-models';
import type { ImportTelemetryOptions } from './import-telemetry';
import { asOption, examples, stackOption } from './shared-options';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  telemetry: () => require('./import-telemetry') as typeof import('./import-telemetry'),
  evaluations: () => require('./import-evaluations') as typeof import('./import-evaluations'),
  models: () => require('./import-models') as typeof import('./import-models'),
};

/** By name; the formats themselves are loaded with the command. */
const FORMATS = ['jsonl', 'litellm', 'otel', 'langfuse'];

export function addImportCommands(program: Command, cli: Cli, run: Run): void {
  const imports = program
    .command('import')
    .summary('learn from what other systems have served')
    .description('Imports what other systems have served. docs/telemetry.md shows every format, and what each of them knows.');
  imports
    .command('telemetry')
    .description(
      'Imports tasks from the logs of another system, each once however often its file is read: for figures, reviews and samples, never as money that was spent here. Files are plain or in gzip. A bad row is named and left out; the rest is imported.',
    )
    .argument('<files...>', '"-" reads standard input')
    .addOption(new Option('--format <format>', 'the first rows of a file tell it unless given').choices(FORMATS))
    .option('--origin <name>', 'the system that served them; the format unless given', origin)
    .option('--with-prompts', 'keep their prompts, so that a review can replay them; content like any other, with its retention')
    .option('--map <foreign=model>', 'what a name of theirs stands for in the catalogue; may be repeated, and is kept', mapping, new Map())
    .option('--class <name>', 'class of tasks that say nothing of theirs', className)
    .addOption(
      new Option('--privacy-tier <tier>', 'of tasks that are said to have none or a lower one').choices(PRIVACY_TIERS).default('internal'),
    )
    .option('--score <name>', 'which score counts, where there are several')
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples(
        'import telemetry spend-logs.json --format litellm',
        'import telemetry traces-*.jsonl.gz --format otel --origin checkout --with-prompts',
        'import telemetry logs.jsonl --map azure/gpt-6-sol=openai/gpt-6-sol',
      ),
    )
    .action((files: readonly string[], options: ImportTelemetryOptions) =>
      run(() => load.telemetry().runImportTelemetry(files, options, cli)),
    );
  imports
    .command('evaluations')
    .description(
      'Imports scores that models got elsewhere on the same inputs. "review show" sets them beside a proposal of the same two models; they are no part of its proof.',
    )
    .argument('<files...>', '"-" reads standard input; a run of Langfuse is its run items, scores and observations together')
    .addOption(new Option('--format <format>', 'what wrote them').choices(['promptfoo', 'langfuse', 'jsonl']).makeOptionMandatory())
    .option('--origin <name>', 'where they come from; the format unless given', origin)
    .option('--class <name>', 'the class that they speak of; any, unless given', className)
    .option('--map <foreign=model>', 'what a name of theirs stands for in the catalogue; may be repeated, and is kept', mapping, new Map())
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples(
        'import evaluations results.json --format promptfoo --class code-review/medium',
        'import evaluations run-items.json scores.json observations.json --format langfuse',
      ),
    )
    .action((files: readonly string[], options: ImportEvaluationsOptions) =>
      run(() => load.evaluations().runImportEvaluations(files, options, cli)),
    );
  imports
    .command('models')
    .description('Lists the models of imported tasks by the names that they have there, and says what those stand for in the catalogue.')
    .option('--map <foreign=model>', 'what a name stands for; may be repeated, and is kept', mapping, new Map())
    .option('--json', 'print one JSON value: a list')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('import models', 'import models --map azure/gpt-6-sol=openai/gpt-6-sol'))
    .action((options: ImportModelsOptions) => run(() => load.models().runImportModels(options, cli)));
}

/** Adds to what was given before. */
function mapping(words: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = words.lastIndexOf('=');
  if (at <= 0 || at === words.length - 1)
    throw new InvalidArgumentError('Give a name, "=" and a model of the catalogue, e.g. gpt-4o=openai/gpt-4o.');
  return new Map([...before, [words.slice(0, at), words.slice(at + 1)]]);
}

function className(words: string): string {
  if (!CLASS_NAME.test(words)) throw new InvalidArgumentError(CLASS_NAME_RULE);
  return words;
}

function origin(words: string): string {
  if (!/^[\w][\w.:/ -]{0,99}$/u.test(words))
    throw new InvalidArgumentError('An origin is named with letters, digits, spaces and ". _ : / -"; at most 100 of them.');
  return words;
}
