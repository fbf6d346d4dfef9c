/** Commands for the rules: the policy, the models. */

import type { Command } from 'commander';
import type { Cli, Run, StackCommandOptions } from './cli';
import type { InitOptions } from './init';
import { addModelOptions } from './input/model-options';
import { day, integerBetween } from './input/option-values';
import { setOption } from './input/overrides';
import type { ModelAddOptions, ModelChangeOptions, ModelDeprecateOptions } from './models-change';
import type { PolicyApplyOptions } from './policy-apply';
import type { PolicyHistoryOptions } from './policy-history';
import { asOption, examples, stackOption } from './shared-options';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  init: () => require('./init') as typeof import('./init'),
  policyApply: () => require('./policy-apply') as typeof import('./policy-apply'),
  policyShow: () => require('./policy-show') as typeof import('./policy-show'),
  policyDiff: () => require('./policy-diff') as typeof import('./policy-diff'),
  policyHistory: () => require('./policy-history') as typeof import('./policy-history'),
  modelsList: () => require('./models-list') as typeof import('./models-list'),
  modelsImport: () => require('./models-import') as typeof import('./models-import'),
  modelsShow: () => require('./models-show') as typeof import('./models-show'),
  modelsChange: () => require('./models-change') as typeof import('./models-change'),
};

export function addRulesCommands(program: Command, cli: Cli, run: Run): void {
  program
    .command('init')
    .summary('write a signalbox.yaml and a policy.yaml to start from')
    .description('Writes a commented signalbox.yaml and policy.yaml to start from. One that exists stays as it is.')
    .argument('[folder]', 'where to write', '.')
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON value')
    .addHelpText('after', examples('init', 'init ./rules'))
    .action((folder: string, options: InitOptions) => run(() => load.init().runInit(folder, options, cli)));

  addPolicyCommands(program, cli, run);
  addModelCommands(program, cli, run);
}

function addPolicyCommands(program: Command, cli: Cli, run: Run): void {
  const policy = program
    .command('policy')
    .summary('show and change the rules in force')
    .description('Shows and changes the rules in force.');
  policy
    .command('apply')
    .description(
      'Shows what policy.yaml, and signalbox.yaml where there is one, would change of the rules in force; after a yes puts them in force as a new version that never changes, and writes who did it to the audit log. Models that are new, cost something else or are on their way out ask for a review.',
    )
    .argument('[place]', 'folder or signalbox.yaml; the current folder unless given')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the difference, change nothing')
    .addOption(setOption())
    .option('--json', 'print one JSON value; needs --yes or --dry-run')
    .addOption(asOption())
    .addOption(stackOption())
    .addHelpText('after', examples('policy apply', 'policy apply ./rules --dry-run', 'policy apply --yes --json'))
    .action((place: string | undefined, options: PolicyApplyOptions) => run(() => load.policyApply().runPolicyApply(place, options, cli)));
  policy
    .command('show')
    .description('Shows the policy in force, or another version: what it has other than the default.')
    .argument('[version]', 'the one in force unless given', integerBetween(1, 1_000_000_000))
    .option('--json', 'print one JSON value, with every rule')
    .addOption(stackOption())
    .addHelpText('after', examples('policy show', 'policy show 3 --json'))
    .action((version: number | undefined, options: StackCommandOptions) =>
      run(() => load.policyShow().runPolicyShow(version, options, cli)),
    );
  policy
    .command('list')
    .description('Lists all versions, newest first.')
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('policy list'))
    .action((options: StackCommandOptions) => run(() => load.policyShow().runPolicyList(options, cli)));
  policy
    .command('diff')
    .description('Shows what differs between two policies. Each is a version, a folder, or a policy.yaml.')
    .argument('[from]', 'the policy.yaml of the current folder unless given')
    .argument('[to]', 'the one in force unless given')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('policy diff', 'policy diff 3', 'policy diff 3 5', 'policy diff ./rules --json'))
    .action((from: string | undefined, to: string | undefined, options: StackCommandOptions) =>
      run(() => load.policyDiff().runPolicyDiff(from, to, options, cli)),
    );
  policy
    .command('history')
    .description('Tells who changed the policy, when, why, and what, newest first.')
    .option('--limit <count>', 'how many versions', integerBetween(1, 10_000), 10)
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('policy history', 'policy history --limit 100 --json'))
    .action((options: PolicyHistoryOptions) => run(() => load.policyHistory().runPolicyHistory(options, cli)));
}

function addModelCommands(program: Command, cli: Cli, run: Run): void {
  const models = program
    .command('models')
    .summary('list and change the models')
    .description('Lists the models in force, and changes them in signalbox.yaml, whose comments and layout stay.');
  models
    .command('list')
    .description('Lists the models of the catalogue in force.')
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('models list'))
    .action((options: StackCommandOptions) => run(() => load.modelsList().runModelsList(options, cli)));

  models
    .command('show')
    .description('Shows one model of the catalogue in force, and what became of its calls.')
    .argument('<id>', 'provider/model')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('models show anthropic/claude-sonnet-5-5'))
    .action((id: string, options: StackCommandOptions) => run(() => load.modelsShow().runModelsShow(id, options, cli)));

  const change = (name: string, description: string) =>
    models
      .command(name)
      .summary(description.replace(/\.$/u, ''))
      .description(
        `${description} The file is checked as a whole, put in force, and a review of the routing is asked for where it bears on it.`,
      )
      .option('--config <place>', 'folder or signalbox.yaml; the current folder unless given')
      .option('--dry-run', 'say what would change, change nothing')
      .option('--file-only', 'change the file, and nothing of a stack')
      .option('--yes', 'put the whole file in force, though it changes more than was asked for')
      .option('--json', 'print one JSON value')
      .addOption(asOption())
      .addOption(stackOption());
  const changeOne = (name: string, description: string) =>
    change(name, description)
      .argument('<id>', 'provider/model, or the model alone with --provider')
      .option('--provider <name>', 'the provider, where it is not a part of the id');
  addModelOptions(changeOne('add', 'Adds a model to signalbox.yaml.'))
    .addHelpText(
      'after',
      examples(
        'models add anthropic/claude-haiku-6 --tier SIMPLE --price-input 0.1 --price-output 0.5',
        'models add qwen3-32b --provider local --price-input 0.05 --price-output 0.1',
      ),
    )
    .action((id: string, options: ModelAddOptions) => run(() => load.modelsChange().runModelsAdd(id, options, cli)));
  addModelOptions(changeOne('update', 'Changes a model in signalbox.yaml: its price, what it may be given.'))
    .addHelpText(
      'after',
      examples('models update openai/gpt-6-sol --price-input 1.5 --price-output 8', 'models update local/qwen3-32b --regions eu,us'),
    )
    .action((id: string, options: ModelAddOptions) => run(() => load.modelsChange().runModelsUpdate(id, options, cli)));
  change(
    'import',
    "Adds the models of another signalbox.yaml, or gives the models of this one the prices and limits of LiteLLM's list (model_prices_and_context_window.json).",
  )
    .argument('<file>', 'signalbox.yaml or JSON')
    .addHelpText('after', examples('models import team/signalbox.yaml --dry-run', 'models import model_prices_and_context_window.json'))
    .action((file: string, options: ModelChangeOptions) => run(() => load.modelsImport().runModelsImport(file, options, cli)));
  changeOne('deprecate', 'Marks a model in signalbox.yaml as on its way out; it is still called until its last day.')
    .option('--on <day>', 'day from which it is not called any more, e.g. 2026-11-30', day)
    .addHelpText('after', examples('models deprecate openai/gpt-6-luna', 'models deprecate openai/gpt-6-luna --on 2026-11-30'))
    .action((id: string, options: ModelDeprecateOptions) => run(() => load.modelsChange().runModelsDeprecate(id, options, cli)));
}
