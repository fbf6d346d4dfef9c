/** Commands for settings, and for taking everything home. */

import { Argument, type Command, Option } from 'commander';
import type { Cli, CommonOptions, Run } from './cli';
import { SHELLS, type Shell } from './completion';
import type { ConfigGetOptions } from './config-get';
import type { ConfigSetOptions } from './config-set';
import type { ConfigShowOptions } from './config-show';
import type { ExportOptions } from './export';
import { EXPORT_FORMATS } from './export-formats';
import { setOption } from './input/overrides';
import { asOption, examples, stackOption } from './shared-options';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  configCheck: () => require('./config-check') as typeof import('./config-check'),
  configGet: () => require('./config-get') as typeof import('./config-get'),
  configSet: () => require('./config-set') as typeof import('./config-set'),
  completion: () => require('./completion') as typeof import('./completion'),
  export: () => require('./export') as typeof import('./export'),
  configShow: () => require('./config-show') as typeof import('./config-show'),
};

export function addSettingsCommands(program: Command, cli: Cli, run: Run): void {
  addConfigCommands(program, cli, run);

  program
    .command('export')
    .summary('write out everything that is stored, or one table')
    .description(
      'Writes out everything that is stored, or one table, as it is at one moment. Prompts, answers and graders are left out unless --content asks for them.',
    )
    .argument('[table]', 'name of a table, e.g. cost_tracking; all unless given')
    .addOption(new Option('--format <format>', 'how').choices(EXPORT_FORMATS).default('jsonl'))
    .option('--content', 'with prompts, answers and graders')
    .option('--out <place>', 'write to a file; for CSV or Parquet of all tables, to a folder')
    .option('--force', 'replace what is there')
    .option('--json', 'with --out: print one JSON value')
    .addOption(stackOption())
    .addHelpText(
      'after',
      examples('export ratings', 'export cost_tracking --format csv --out costs.csv', 'export --format parquet --out tables'),
    )
    .action((table: string | undefined, options: ExportOptions) => run(() => load.export().runExport(table, options, cli)));

  program
    .command('completion')
    .summary('print a script that lets a shell complete commands')
    .description(
      'Prints a script that lets a shell complete commands and options. In ~/.bashrc: source <(signalbox completion bash); in ~/.zshrc, behind compinit, the same with zsh; in the config.fish of fish: signalbox completion fish | source.',
    )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', examples('completion bash > ~/.signalbox-completion.bash', 'completion fish | source'))
    .action((shell: Shell) => run(() => load.completion().runCompletion(shell, program, cli)));
}

function addConfigCommands(program: Command, cli: Cli, run: Run): void {
  const config = program
    .command('config')
    .summary('show, check and change settings')
    .description('Shows, checks and changes the settings of signalbox.yaml and policy.yaml.')
    .option('--set-weight <factor-and-weight...>', 'set weights of scoring; the others make room, so that all add up to 1')
    .enablePositionalOptions();
  addChangeOptions(config)
    .addHelpText('after', examples('config --set-weight quality 0.35', 'config --set-weight cost 0.3 latency 0.05 --dry-run'))
    .action((options: ConfigSetOptions & { readonly setWeight?: readonly string[] }) => {
      if (options.setWeight === undefined) return config.help({ error: true });
      return run(() => load.configSet().runSetWeights(options.setWeight ?? [], options, cli));
    });

  config
    .command('check')
    .description('Names every mistake of signalbox.yaml and policy.yaml at its line. A file with "policy" in its name is a policy.')
    .argument('[files...]', 'those of the current folder unless given')
    .option('--json', 'print one JSON value')
    .addHelpText('after', examples('config check', 'config check rules/signalbox.yaml rules/policy.yaml'))
    .action((files: string[], options: CommonOptions) => run(() => load.configCheck().runConfigCheck(files, options, cli)));
  config
    .command('show')
    .description(
      'Shows which providers can be called from here, their models with priority and rating, and the settings that hold. Keys are never shown.',
    )
    .option('--origin', 'every setting, and where its value comes from: flag, environment, file or default')
    .option('--config <place>', 'folder or signalbox.yaml; the current folder unless given')
    .addOption(setOption())
    .option('--json', 'print one JSON value, with every setting')
    .addOption(stackOption())
    .addHelpText('after', examples('config show', 'config show --origin', 'config show --set weights.cost=0.5 --json'))
    .action((options: ConfigShowOptions) => run(() => load.configShow().runConfigShow(options, cli)));
  config
    .command('get')
    .description('Prints the value of one setting, named by its keys with dots between them.')
    .argument('<key>', 'e.g. attempts.max_attempts')
    .option('--config <place>', 'folder or signalbox.yaml; the current folder unless given')
    .addOption(setOption())
    .option('--json', 'print one JSON value, with where it comes from')
    .addHelpText('after', examples('config get weights.quality', 'config get attempts.max_call_seconds --json'))
    .action((key: string, options: ConfigGetOptions) => run(() => load.configGet().runConfigGet(key, options, cli)));
  const set = config
    .command('set')
    .description(
      'Changes one setting in signalbox.yaml or policy.yaml, whose comments and layout stay, checks the file as a whole, and puts it in force.',
    )
    .argument('<key>', 'e.g. attempts.max_attempts')
    .argument('<value>', 'as the file would have it: a number, true, a text, [a, b]');
  addChangeOptions(set)
    .addHelpText('after', examples('config set attempts.max_attempts 5', 'config set review.verdict.approvers "[ana, ben]" --file-only'))
    .action((key: string, value: string, options: ConfigSetOptions) => run(() => load.configSet().runConfigSet(key, value, options, cli)));
}

function addChangeOptions(command: Command): Command {
  return command
    .option('--config <place>', 'folder or signalbox.yaml; the current folder unless given')
    .option('--dry-run', 'say what would change, change nothing')
    .option('--file-only', 'change the file, and nothing of a stack')
    .option('--yes', 'put the files in force as a whole, though it changes more than was asked for')
    .option('--json', 'print one JSON value')
    .addOption(asOption())
    .addOption(stackOption());
}
