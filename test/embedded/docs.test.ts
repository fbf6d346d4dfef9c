/** docs/embedded.md: its examples run, and it names every key there is. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { documentKeys } from '../../db/documents/read-document';
import * as embedded from '../../embedded';
import { configDocument } from '../../embedded/config';
import { TEST_MODELS } from '../support/catalogue';
import { installWithWorkers } from '../support/installation';

const text = readFileSync(join(__dirname, '..', '..', 'docs', 'embedded.md'), 'utf8');
const examples = [...text.matchAll(/```ts\n([^`]*)```/gu)].map(([, code = '']) => code);
const durable = examples.filter((code) => code.includes('client.submit'));
const own = examples.filter((code) => !durable.includes(code));

/** Runs an example with what it takes for given, and gives back what it printed. */
async function runExample(code: string, given: Readonly<Record<string, unknown>>): Promise<string[]> {
  const printed: string[] = [];
  const { code: script } = transformSync(code, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const scope = {
    ...given,
    exports: {},
    require: (name: string) => (name === 'signalbox/embedded' ? embedded : undefined),
    console: { log: (...words: readonly unknown[]) => printed.push(words.join(' ')) },
  };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
    ...words: readonly string[]
  ) => (...values: readonly unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(scope), script)(...Object.values(scope));
  return printed;
}

test('the examples run, one after the other, and do what they say', async () => {
  expect(own).toHaveLength(3);
  const asked: unknown[] = [];
  const askProvider = async (model: string, prompt: string, options: { maxTokens: number; signal: AbortSignal }) => {
    asked.push([model, prompt, options.maxTokens]);
    return { text: 'It was the session cookie.', inputTokens: 900, outputTokens: 300 };
  };
  const [first, decision, chain, budget] = await runExample(own.join('\n'), { askProvider });
  expect(asked).toEqual([[expect.any(String), 'Fix the authentication bug in the login endpoint', 4096]]);
  expect(first).toMatch(/^[a-z]+\/\S+ It was the session cookie\. 0\.0\d+$/u);
  expect(decision).toMatch(/^[a-z]+\/\S+ \d+ [\d.]+ \d+$/u);
  expect(chain).toContain('If it fails');
  expect(budget).toMatch(/^0\.\d+ 0 19\.\d+ /u);
});

test('the example of the durable client runs against an installation', async () => {
  expect(durable).toHaveLength(1);
  const box = await installWithWorkers({ models: TEST_MODELS });
  try {
    const { client } = box;
    const printed = await runExample(`${durable[0]}\nconsole.log(answer);`, { client, text: 'What is the capital of France?' });
    expect(printed[0]).toMatch(/\S/u);
  } finally {
    await box.end();
  }
});

test('every key of the configuration is explained, and none that does not exist', () => {
  const explained = [...text.matchAll(/^\| (`.*?`) \|/gmu)].flatMap(([, keys = '']) =>
    [...keys.matchAll(/`([\w.]+)`/gu)].map(([, key]) => key),
  );
  const groups = ['budget', 'fallback', 'budget.alerts'];
  // The weights are explained in the words of their row.
  const known = documentKeys(configDocument).filter((key) => !groups.includes(key) && !key.startsWith('weights.'));
  expect(explained.sort()).toEqual([...known, 'onWarning', 'clock'].sort());
});
