/** Commands for work: plan it, submit it, look at it. */

import { type Command, Option } from 'commander';
import type { TaskStatus } from '../../db/schema/tasks';
import type { ClassifyOptions } from './classify';
import type { Cli, Run, StackCommandOptions } from './cli';
import { duration, integerBetween } from './input/option-values';
import { setOption } from './input/overrides';
import { addTaskOptions } from './input/task-options';
import type { RouteOptions } from './route';
import { examples, stackOption } from './shared-options';
import type { SubmitOptions } from './submit-options';
import type { TasksOptions } from './tasks';

/** Each is loaded when it is called, so that a quick command does not wait for what a slow one needs. */
const load = {
  classify: () => require('./classify') as typeof import('./classify'),
  route: () => require('./route') as typeof import('./route'),
  routeLive: () => require('./route-live') as typeof import('./route-live'),
  submit: () => require('./submit') as typeof import('./submit'),
  tasks: () => require('./tasks') as typeof import('./tasks'),
  task: () => require('./task') as typeof import('./task'),
  cancel: () => require('./cancel') as typeof import('./cancel'),
};

/** Named here too, because the schema's own list comes with the database's driver. */
const STATUSES = [
  'accepted',
  'running',
  'await_slot',
  'completed',
  'failed',
  'refused',
  'cancelled',
] as const satisfies readonly TaskStatus[];

export function addWorkCommands(program: Command, cli: Cli, run: Run): void {
  program
    .command('classify')
    .summary('say what routing sees in a text')
    .description('Says what routing sees in a text: type, complexity, pattern, tokens, urgency, and why. Needs no stack.')
    .argument('[text...]', 'the text; "-" reads standard input')
    .option('--file <file>', 'read the text from a file')
    .option('--config <place>', 'folder or signalbox.yaml with the limit of a prompt; the current folder unless given')
    .option('--json', 'print one JSON value')
    .addHelpText('after', examples('classify "Fix authentication bug in login endpoint"', 'classify - --json < task.txt'))
    .action((words: string[], options: ClassifyOptions) => run(() => load.classify().runClassify(words, options, cli)));

  const route = program
    .command('route')
    .summary('say where a task would go, and why')
    .description(
      'Says where a task would go, and why. Needs no stack: it decides by signalbox.yaml and policy.yaml of the current folder, or by what ships with Signalbox, and plans with every model, whether or not its provider has a key here.',
    )
    .argument('[text...]', 'the text of the task; "-" reads standard input')
    .option('--file <file>', 'read the text from a file')
    .option('--config <place>', 'folder or signalbox.yaml with the rules; the current folder unless given')
    .addOption(setOption())
    .option('--show-prompt', 'show what each model of the chain would be asked, by its template')
    .option('--live', 'decide by the rules in force in a stack, and by what it has learnt')
    .option('--json', 'print one JSON value')
    .addOption(stackOption());
  addTaskOptions(route)
    .addHelpText(
      'after',
      examples(
        'route "Design scalable microservices architecture"',
        'route "Implement REST API endpoint for user profile" --provider anthropic --json',
        'route - --privacy confidential --residency eu < contract.txt',
        'route "Summarise the minutes" --show-prompt',
      ),
    )
    .action((words: string[], options: RouteOptions) =>
      run(() => (options.live ? load.routeLive().runRouteLive(words, options, cli) : load.route().runRoute(words, options, cli))),
    );

  const submit = program
    .command('submit')
    .summary('submit a task, or many')
    .description('Submits a task, or many from JSON Lines. A task that has an id is never lost, whatever is killed.')
    .argument('[text...]', 'the text of the task; "-" reads standard input')
    .option('--file <file>', 'read the text from a file')
    .option('--jsonl <file>', 'one JSON object on each line, with the keys of the client (prompt, type, …); "-" reads standard input')
    .option('--wait', 'wait for the answer and print it')
    .option('--timeout <time>', 'longest wait, e.g. 5m; a bare number is seconds; the task goes on after it', duration('s'))
    .option('--concurrency <count>', 'tasks of --jsonl submitted at a time', integerBetween(1, 200), 16)
    .option('--dry-run', 'decide and record, call nothing')
    .option('--grader <json>', 'what judges the answer, e.g. \'{"kind": "contains", "expected": "42"}\'')
    .option('--idempotency-key <key>', 'the same key and task again give the same task')
    .option('--external-id <id>', 'your own name for the task')
    .option('--json', 'print one JSON value; with --jsonl, one on each line')
    .addOption(stackOption());
  addTaskOptions(submit)
    .addHelpText(
      'after',
      examples(
        'submit "Fix the login bug" --wait',
        'submit --file review.md --type code-review --max-cost 0.10 --wait --json',
        'submit --jsonl tasks.jsonl --team search --wait',
      ),
    )
    .action((words: string[], options: SubmitOptions) => run(() => load.submit().runSubmit(words, options, cli)));

  program
    .command('tasks')
    .summary('list the latest tasks')
    .description('Lists tasks, newest first.')
    .addOption(new Option('--status <status>', 'only tasks of this status').choices(STATUSES))
    .option('--class <name>', 'only tasks of this class, e.g. debugging/medium')
    .option('--limit <count>', 'how many', integerBetween(1, 10_000), 20)
    .option('--json', 'print one JSON value: a list')
    .addOption(stackOption())
    .addHelpText('after', examples('tasks --status failed', 'tasks --class debugging/medium --limit 100 --json'))
    .action((options: TasksOptions) => run(() => load.tasks().runTasks(options, cli)));

  program
    .command('task')
    .summary('tell the whole story of a task')
    .description(
      'Tells the whole story of a task: the decision with every candidate and filter, each call with its failure and money, the outcome, the answer.',
    )
    .argument('<id>', 'id of the task')
    .option('--json', 'print one JSON value, with content')
    .addOption(stackOption())
    .addHelpText('after', examples('task 0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11'))
    .action((id: string, options: StackCommandOptions) => run(() => load.task().runTask(id, options, cli)));

  program
    .command('cancel')
    .summary('stop a task')
    .description('Asks a task to stop. A call in flight is aborted and settled; a task that has ended stays as it is.')
    .argument('<id>', 'id of the task')
    .option('--json', 'print one JSON value')
    .addOption(stackOption())
    .addHelpText('after', examples('cancel 0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11'))
    .action((id: string, options: StackCommandOptions) => run(() => load.cancel().runCancel(id, options, cli)));
}
