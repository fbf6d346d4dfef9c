/** `completion`: a script for each shell, with what the program has; and `route --show-prompt`. */

import { execFileSync } from 'node:child_process';
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
  expect(offered(script, 'export', '--format', '')).toEqual(['json', 'jsonl', 'csv']);
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
