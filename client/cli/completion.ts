/**
 * `signalbox completion`: a script that lets a shell complete commands and options.
 *
 * It is made from the program's own tree of commands, so that it has what the program has: no more, no less. A script is generated
 * once and knows words; values that only a stack knows, such as ids, are left to the person.
 */

import type { Command } from 'commander';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may stand behind the words of a command. */
interface Place {
  /** Words behind `signalbox`, with blanks between them; empty: none. */
  readonly words: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly { readonly flag: string; readonly about: string; readonly choices: readonly string[] }[];
  /** Values of its first argument, where they are known. */
  readonly choices: readonly string[];
}

export function runCompletion(shell: Shell, program: Command, { output }: Cli): Promise<ExitCode> {
  const places = placesOf(program, []);
  output.print({ bash, zsh, fish }[shell](places));
  return Promise.resolve(EXIT.ok);
}

function placesOf(command: Command, words: readonly string[]): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((inner) => inner.name() !== 'help');
  const place: Place = {
    words: words.join(' '),
    commands: commands.map((inner) => ({ name: inner.name(), about: help.subcommandDescription(inner) })),
    options: help
      .visibleOptions(command)
      .flatMap(({ long, description, argChoices }) =>
        long === undefined || long === null ? [] : [{ flag: long, about: description, choices: argChoices ?? [] }],
      ),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [place, ...commands.flatMap((inner) => placesOf(inner, [...words, inner.name()]))];
}

/** For both bash and zsh: the deepest command that the line names, from left to right. */
const FIND_PLACE = `  local place="" word
  for word in "\${words[@]:1:$((cword - 1))}"; do
    case " $places " in
      *" \${place:+$place/}$word "*) place="\${place:+$place/}$word" ;;
    esac
  done`;

/** Words with blanks have slashes: a list of names is separated by blanks. */
function nameOf({ words }: Place): string {
  return words.replaceAll(' ', '/');
}

function bash(places: readonly Place[]): string {
  const cases = places.map((place) => {
    const words = [...place.commands.map(({ name }) => name), ...place.choices, ...place.options.map(({ flag }) => flag)];
    return `    "${nameOf(place)}") words_here="${words.join(' ')}" ;;`;
  });
  const values = places.flatMap((place) =>
    place.options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => `    "${nameOf(place)} ${flag}") words_here="${choices.join(' ')}" ;;`),
  );
  return `# Completion of signalbox for bash. Load it with: source <(signalbox completion bash)
_signalbox() {
  local words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD current="\${COMP_WORDS[COMP_CWORD]}" words_here=""
  local places="${places
    .map(nameOf)
    .filter((name) => name !== '')
    .join(' ')}"
${FIND_PLACE}
  case "$place" in
${cases.join('\n')}
  esac
  case "$place \${words[cword - 1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words_here" -- "$current"))
}
complete -o default -F _signalbox signalbox`;
}

function zsh(places: readonly Place[]): string {
  const cases = places.map((place) => {
    const entries = [
      ...place.commands.map(({ name, about }) => described(name, about)),
      ...place.choices.map((choice) => described(choice, '')),
      ...place.options.map(({ flag, about }) => described(flag, about)),
    ];
    return `    "${nameOf(place)}") entries=(${entries.join(' ')}) ;;`;
  });
  const values = places.flatMap((place) =>
    place.options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ flag, choices }) => `    "${nameOf(place)} ${flag}") entries=(${choices.map((choice) => described(choice, '')).join(' ')}) ;;`,
      ),
  );
  return `#compdef signalbox
# Completion of signalbox for zsh. Load it with: source <(signalbox completion zsh)
_signalbox() {
  setopt local_options ksh_arrays
  local cword=$((CURRENT - 1))
  local places="${places
    .map(nameOf)
    .filter((name) => name !== '')
    .join(' ')}"
${FIND_PLACE}
  local -a entries
  case "$place" in
${cases.join('\n')}
  esac
  case "$place \${words[cword - 1]}" in
${values.join('\n')}
  esac
  unsetopt ksh_arrays
  _describe signalbox entries || _files
}
compdef _signalbox signalbox`;
}

/** `name:what it is`, quoted for zsh. */
function described(name: string, about: string): string {
  const word = name.replaceAll(':', '\\:');
  return quoted(about === '' ? word : `${word}:${about.replaceAll(/\s+/gu, ' ')}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const words = place.words === '' ? [] : place.words.split(' ');
    const inner = place.commands.map(({ name }) => name);
    // Every word of the place was given, and none of those that lead further.
    const given = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const here = [...given, ...(inner.length === 0 ? [] : [`not __fish_seen_subcommand_from ${inner.join(' ')}`])].join('; and ');
    const condition = here === '' ? '' : ` -n ${fishQuoted(here)}`;
    return [
      ...place.commands.map(({ name, about }) => `complete -c signalbox -f${condition} -a ${name} -d ${fishQuoted(about)}`),
      ...(place.choices.length === 0 ? [] : [`complete -c signalbox -f${condition} -a ${fishQuoted(place.choices.join(' '))}`]),
      ...place.options.map(({ flag, about, choices }) => {
        const values = choices.length === 0 ? '' : ` -x -a ${fishQuoted(choices.join(' '))}`;
        return `complete -c signalbox${condition} -l ${flag.slice(2)}${values} -d ${fishQuoted(about)}`;
      }),
    ];
  });
  return `# Completion of signalbox for fish. Load it with: signalbox completion fish | source\n${lines.join('\n')}`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/\s+/gu, ' ').replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
