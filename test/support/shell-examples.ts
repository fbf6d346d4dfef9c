/** Every example that a newcomer may type: of each `--help`, and of the shell blocks in the README and in docs/. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplesIn, LEAF_COMMANDS, PROGRAM_HELP } from './program-tree';
import { wordsOf } from './shell-words';

export interface ShellExample {
  /** A line for a shell. */
  readonly line: string;
  /** The command that it is an example of. Undefined: none of ours. */
  readonly command: string | undefined;
  /** Where it stands. */
  readonly places: readonly string[];
}

const ROOT = join(__dirname, '..', '..');

/** Each line once, wherever it stands. */
export function shellExamples(): readonly ShellExample[] {
  const found = [
    ...LEAF_COMMANDS.flatMap(({ name, examples }) => examples.map((line) => [`signalbox ${line}`, `signalbox ${name} --help`] as const)),
    ...examplesIn(PROGRAM_HELP).map((line) => [`signalbox ${line}`, 'signalbox --help'] as const),
    ...['README.md', ...readdirSync(join(ROOT, 'docs')).map((file) => join('docs', file))]
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => linesOf(readFileSync(join(ROOT, file), 'utf8'), file).map((line) => [line, file] as const)),
  ];
  const places = new Map<string, readonly string[]>();
  for (const [line, place] of found) places.set(line, [...(places.get(line) ?? []), place]);
  return [...places].map(([line, at]) => ({ line, command: commandOf(line), places: at }));
}

/** Shell lines of the code blocks without a language or with `sh`, without what is only said of them. */
function linesOf(markdown: string, file: string): string[] {
  return [...markdown.matchAll(/^```(?:sh)?\n([\s\S]*?)^```$/gmu)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/u, '').replace(/^npx /u, ''))
    .filter((line) => !/[─▶]/u.test(line)) // a picture
    .filter((line) => /^(signalbox|source <\(signalbox) /u.test(line) || (file === 'README.md' && line.startsWith('npm ')));
}

function commandOf(line: string): string | undefined {
  const [, rest] = /^(?:source <\()?signalbox ([^)]*)/u.exec(line) ?? [];
  if (rest === undefined) return undefined;
  const words = wordsOf(rest);
  const [longest] = LEAF_COMMANDS.filter((command) => command.words.every((word, at) => word === words[at])).toSorted(
    (a, b) => b.words.length - a.words.length,
  );
  return longest?.name;
}
