/** `signalbox classify`: what routing sees in a text. Needs no stack and loads nothing that it does not use. */

import { classify } from '../../routing/task/classify';
import type { TaskDescriptor } from '../../routing/task/descriptor';
import type { Cli, CommonOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { checkText, readText } from './input/text';
import type { Output } from './terminal/output';

export interface ClassifyOptions extends CommonOptions {
  readonly file?: string;
  readonly config?: string;
}

/** Limit of a prompt where no signalbox.yaml gives one, in bytes. */
const USUAL_LIMIT = 1024 * 1024;

export async function runClassify(words: readonly string[], options: ClassifyOptions, cli: Cli): Promise<ExitCode> {
  const text = await readText({ words, file: options.file, stdin: cli.stdin });
  checkText(text, await limitFor(text, options.config));
  const descriptor = classify(text);
  if (options.json) cli.output.printJson(descriptor);
  else cli.output.print(describe(descriptor, cli.output));
  return EXIT.ok;
}

/** The file is read only for a text that the usual limit would refuse: reading it takes longer than classifying. */
async function limitFor(text: string, config: string | undefined): Promise<number> {
  if (Buffer.byteLength(text) <= USUAL_LIMIT) return USUAL_LIMIT;
  const { readRulesFiles } = require('./input/rules-files') as typeof import('./input/rules-files');
  return (await readRulesFiles(config)).config.settings.maxPromptBytes;
}

function describe(descriptor: TaskDescriptor, { colors, table }: Output): string {
  const { type, complexity, pattern, urgency, estimatedInputTokens, estimatedOutputTokens, involvesCode, extendedThinking } = descriptor;
  const facts = [
    `${estimatedInputTokens} tokens in, about ${estimatedOutputTokens} out`,
    ...(involvesCode ? ['involves code'] : []),
    ...(extendedThinking ? ['gains from extended thinking'] : []),
  ];
  const signals = descriptor.signals.map(({ of, name, weight }) => [of, name, weight.toFixed(2)]);
  return [
    `${colors.bold(`${type}, ${complexity}`)}, ${pattern}, urgency ${urgency} of 5`,
    facts.join(', '),
    ...(signals.length === 0
      ? []
      : ['', table([{ title: 'because of' }, { title: 'signal' }, { title: 'weight', align: 'right' }], signals)]),
  ].join('\n');
}
