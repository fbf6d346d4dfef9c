/** `signalbox submit`: one task from words, a file or standard input, or many from JSON Lines. */

import { DEFAULT_SETTINGS } from '../../db/documents/catalogue-file';
import type { Submission } from '../../db/documents/submission';
import { RoutingError } from '../../routing/errors';
import { formatUsd, usdToNano } from '../../routing/units';
import type { SignalboxClient, TaskResult } from '../index';
import { parseSubmission } from '../submission';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { findRulesFiles, readCatalogueFile } from './input/rules-files';
import { submissionOf } from './input/task-options';
import { readText } from './input/text';
import { checkWait } from './input/wait-options';
import { onInterrupt } from './interrupts';
import { withClient } from './open-client';
import { submitMany } from './submit-many';
import type { SubmitOptions } from './submit-options';
import { onOneLine, withoutEscapes } from './terminal/text';

export async function runSubmit(words: readonly string[], options: SubmitOptions, cli: Cli): Promise<ExitCode> {
  checkWait(options);
  const maxPromptBytes = await promptLimit();
  if (options.jsonl !== undefined) {
    if (words.length > 0 || options.file !== undefined) {
      throw new RoutingError('bad_argument', 'Tasks are given twice, with --jsonl and as a text. Give one of them.');
    }
    if (options.idempotencyKey !== undefined || options.externalId !== undefined) {
      throw new RoutingError('bad_argument', '--idempotency-key and --external-id name one task. Give each line of --jsonl its own.');
    }
    return submitMany(options, withoutPrompt(fullSubmission('', options)), maxPromptBytes, cli);
  }
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  const submission = fullSubmission(text, options);
  parseSubmission(submission, maxPromptBytes); // what is wrong is told before a stack is looked for
  return withClient(cli, options, (client) => submitOne(client, submission, options, cli), { maxPromptBytes });
}

async function submitOne(client: SignalboxClient, submission: Submission, options: SubmitOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  const submitted = await client.submit(submission);
  const { taskId } = submitted;
  if (!options.wait) {
    if (options.json) output.printJson(submitted);
    else output.print(taskId);
    if (!submitted.isStarted) output.note('Accepted. Temporal did not answer, so it starts as soon as a worker finds it.');
    if (!options.json && output.isWatched) output.note(`Look at it with "signalbox task ${taskId}".`);
    return EXIT.ok;
  }
  const forget = onInterrupt(() => {
    output.note(`\nStopped waiting. Task ${taskId} goes on: "signalbox task ${taskId}" shows it, "signalbox cancel ${taskId}" stops it.`);
    process.exit(EXIT.interrupted);
  });
  try {
    if (!options.json) output.note(`Task ${taskId} is accepted${submitted.isExisting ? ' already' : ''}; waiting for it.`);
    const result = await client.result(taskId, options.timeout === undefined ? {} : { timeoutMs: options.timeout });
    if (options.json) output.printJson(result);
    else printResult(result, cli);
    return result.outcome === 'completed' ? EXIT.ok : EXIT.failed;
  } finally {
    forget();
  }
}

function printResult(result: TaskResult, { output }: Cli): void {
  const { outcome, model, answer, attempts, costUsd, score, reason, taskId } = result;
  if (answer !== null) output.print(withoutEscapes(answer));
  const facts = [
    ...(model === null ? [] : [`by ${model}`]),
    `${attempts} ${attempts === 1 ? 'call' : 'calls'}`,
    formatUsd(usdToNano(costUsd)),
    ...(score === null ? [] : [`score ${score.toFixed(2)}`]),
  ];
  output.note(`\n${onOneLine(`${outcome}: ${facts.join(', ')}`)}`);
  if (outcome !== 'completed') output.note(withoutEscapes(reason));
  output.note(`The whole story: signalbox task ${taskId}`);
}

function fullSubmission(text: string, options: SubmitOptions): Submission {
  const { grader, idempotencyKey, externalId, dryRun } = options;
  return {
    ...submissionOf(text, options),
    ...(grader === undefined ? {} : { grader: graderOf(grader) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

function withoutPrompt({ prompt: _, ...defaults }: Submission): Partial<Submission> {
  return defaults;
}

/** What it means is checked with the rest of the submission. */
function graderOf(json: string): NonNullable<Submission['grader']> {
  try {
    return JSON.parse(json);
  } catch {
    throw new RoutingError('bad_argument', `--grader is not JSON. Give e.g. '{"kind": "contains", "expected": "42"}'.`);
  }
}

/** The limit of this folder's signalbox.yaml, where there is one. */
async function promptLimit(): Promise<number> {
  const { catalogueFile } = findRulesFiles(undefined);
  if (catalogueFile === undefined) return DEFAULT_SETTINGS.maxPromptBytes;
  return (await readCatalogueFile(catalogueFile)).settings.maxPromptBytes;
}
