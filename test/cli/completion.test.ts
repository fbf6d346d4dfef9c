/** `completion`: a script for each shell, with what the program has; and `route --show-prompt`. */

import { execFileSync, spawnSync } from 'node:child_process';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';

beforeAll(commandPath, 180_000);

const scriptFor = async (shell: string) => (await signalbox(['completion', shell])).stdout;

/** What bash offers behind these words. */
function offered(script: string, ...words: string[]): string[] {
  const line = ['signalbox', ...words];
  const program = `${script}\nCOMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _signalbox; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', program], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

test('bash completes commands, commands of commands, options, and values of options', async () => {
  const script = await scriptFor('bash');
  expect(offered(script, '')).toEqual(expect.arrayContaining(['up', 'submit', 'config', 'models', '--version']));
  expect(offered(script, 'mod')).toEqual(['models']);
  expect(offered(script, 'models', '')).toEqual(expect.arrayContaining(['list', 'show', 'import']));
  expect(offered(script, 'models', 'show', '--')).toEqual(['--json', '--state', '--help']);
  expect(offered(script, 'export', '--format', '')).toEqual(['json', 'jsonl', 'csv', 'parquet']);
  expect(offered(script, 'export', '--format', 'c')).toEqual(['csv']);
  expect(offered(script, 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  expect(offered(script, 'submit', 'models', '--wa')).toEqual(['--wait']);
});

test.each(['bash', 'zsh', 'fish'])('the script for %s has every command that help has', async (shell) => {
  const script = await scriptFor(shell);
  const { stdout } = await signalbox(['--help']);
  const [, list = ''] = /Commands:\n((?: {2}.*\n)+)/.exec(stdout) ?? [];
  const names = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) expect(script).toMatch(new RegExp(`[ '"]${name}[: '"/]`));
});

/**
 * What the script for zsh offers behind these words. With ksh_arrays, which it sets, all of its body means the same in bash; what only
 * zsh has is given here: the words of the line, and the end where the offers are shown.
 */
function offeredByZsh(script: string, ...words: string[]): string[] {
  const line = ['signalbox', ...words].map((word) => `'${word}'`).join(' ');
  const zsh = `setopt() { :; }; unsetopt() { :; }; compdef() { :; }; _files() { :; }; _describe() { printf '%s\\n' "\${entries[@]}"; }`;
  const program = `${zsh}\n${script}\nwords=(${line}); CURRENT=${words.length + 1}; _signalbox`;
  return execFileSync('bash', ['-c', program], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

test('zsh is offered the same, each with what it is', async () => {
  const script = await scriptFor('zsh');
  expect(script.split('\n')[0]).toBe('#compdef signalbox');
  expect(offeredByZsh(script, '')).toEqual(
    expect.arrayContaining(['up:start everything on this machine', 'submit:submit a task, or many']),
  );
  expect(offeredByZsh(script, 'models', '').map((offer) => offer.split(':')[0])).toEqual(
    expect.arrayContaining(['list', 'show', 'import']),
  );
  expect(offeredByZsh(script, 'models', 'show', '')).toContain('--json:print one JSON value');
  expect(offeredByZsh(script, 'export', '--format', '')).toEqual(['json', 'jsonl', 'csv', 'parquet']);
  expect(offeredByZsh(script, 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
});

/** Words of a line of fish: outside of quotes blanks separate; inside, only \' and \\ are special. Throws when a quote stays open. */
function fishWords(line: string): string[] {
  const words: string[] = [];
  const rest = line.replace(/(?:'((?:[^'\\]|\\['\\])*)'|([^\s'"\\$();&|<>#]+))(?:\s+|$)/gu, (_, quoted?: string, bare?: string) => {
    words.push(quoted?.replaceAll(/\\(['\\])/gu, '$1') ?? bare ?? '');
    return '';
  });
  if (rest !== '') throw new Error(`This is no line of fish: ${rest}`);
  return words;
}

/** What the script for fish offers behind these words: commands, values, and options. */
function offeredByFish(script: string, ...given: string[]): string[] {
  const seen = (condition: string) => {
    const [, not, names = ''] = /^(not )?__fish_seen_subcommand_from (.+)$/u.exec(condition) ?? [];
    return names.split(' ').some((name) => given.includes(name)) !== (not !== undefined);
  };
  return linesOfFish(script).flatMap(({ n, a = '', l }) => {
    if (n !== undefined && !n.split('; and ').every(seen)) return [];
    return l === undefined ? a.split(' ') : [`--${l}`];
  });
}

/** Lines of `complete`, each by its flags. */
function linesOfFish(script: string): Record<string, string>[] {
  const [, ...lines] = script.trimEnd().split('\n');
  return lines.map((line) => {
    const [command, ...words] = fishWords(line);
    expect(command).toBe('complete');
    const flags: Record<string, string> = {};
    for (let flag = words.shift(); flag !== undefined; flag = words.shift()) {
      expect(flag).toMatch(/^-[acdflnx]$/u);
      flags[flag.slice(1)] = /[fx]/u.test(flag) ? '' : (words.shift() ?? '');
    }
    expect(flags.c).toBe('signalbox');
    return flags;
  });
}

test('fish is offered the same, in lines that are complete', async () => {
  const script = await scriptFor('fish');
  expect(offeredByFish(script)).toEqual(expect.arrayContaining(['up', 'submit', 'config', '--version']));
  expect(offeredByFish(script)).not.toContain('show');
  expect(offeredByFish(script, 'models')).toEqual(expect.arrayContaining(['list', 'show', 'import']));
  expect(offeredByFish(script, 'models', 'show')).toEqual(['--json', '--state', '--help']);
  expect(offeredByFish(script, 'completion')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  expect(linesOfFish(script)).toContainEqual(expect.objectContaining({ l: 'format', a: 'json jsonl csv parquet' }));
});

const onThisMachine = ['zsh', 'fish'].filter((shell) => spawnSync(shell, ['--version']).status === 0);
if (onThisMachine.length > 0) {
  test.each(onThisMachine)('%s of this machine finds nothing wrong with its script', async (shell) => {
    const cwd = folderWith({ script: await scriptFor(shell) });
    execFileSync(shell, [shell === 'zsh' ? '-n' : '--no-execute', 'script'], { cwd });
  });
}

test('a shell that is not known is refused', async () => {
  const ran = await signalbox(['completion', 'powershell']);
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('Allowed choices are bash, zsh, fish');
});

describe('route --show-prompt', () => {
  const CATALOGUE = `providers:
  scripted:
    models:
      plain: { default_priority: 10 }
      framed: { default_priority: 90, prompt_template: { system: Be exact., prefix: "Question: ", suffix: " Answer:" } }
`;
  const POLICY = 'classes: { mine: { route: { model: scripted/framed, fallbacks: [scripted/plain] } } }\n';

  test('shows what each model of the chain would be asked', async () => {
    const cwd = folderWith({ 'signalbox.yaml': CATALOGUE, 'policy.yaml': POLICY });
    const words = ['route', 'What is it?', '--class', 'mine', '--show-prompt'];
    expect(jsonOf(await signalbox([...words, '--json'], { cwd }))).toMatchObject({
      model: 'scripted/framed',
      prompts: [
        {
          model: 'scripted/framed',
          isAdapted: true,
          prompt: {
            messages: [
              { role: 'system', content: 'Be exact.' },
              { role: 'user', content: 'Question: What is it? Answer:' },
            ],
          },
        },
        { model: 'scripted/plain', isAdapted: false, prompt: { messages: [{ role: 'user', content: 'What is it?' }] } },
      ],
    });
    const { stdout } = await signalbox(words, { cwd });
    expect(stdout).toContain('Prompt for scripted/framed, by its template\n  system: Be exact.\n  user: Question: What is it? Answer:');
    expect(stdout).toContain('Prompt for scripted/plain\n  user: What is it?');
    expect(jsonOf(await signalbox(['route', 'What is it?', '--json'], { cwd }))).not.toHaveProperty('prompts');
  });
});
