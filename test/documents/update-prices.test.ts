import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../db/documents/package-root';

const tool = join(packageRoot(), 'tools', 'update-prices.js');
const shippedFile = join(packageRoot(), 'data', 'model-prices.json');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prices-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('keeps the fields that are read, of models that can be called and still answer', () => {
  const priced = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6, litellm_provider: 'openai', mode: 'chat' };
  const source = {
    'gpt-9': {
      ...priced,
      input_cost_per_token_flex: 1,
      input_cost_per_token_batches: 5e-7,
      supports_vision: true,
      supports_tool_choice: true,
    },
    'gpt-9-old': { ...priced, deprecation_date: '2026-11-20' },
    'gpt-9-audio': priced,
    'gpt-9-free': { ...priced, input_cost_per_token: 0 },
    'vertex_ai/gpt-9': { ...priced, litellm_provider: 'vertex_ai' },
  };
  writeFileSync(join(folder, 'source.json'), JSON.stringify(source));
  execFileSync(process.execPath, [tool, join(folder, 'source.json'), join(folder, 'cut.json'), '--as-of', '2026-11-21']);
  expect(JSON.parse(readFileSync(join(folder, 'cut.json'), 'utf8')).models).toEqual({
    'gpt-9': {
      input_cost_per_token: 1e-6,
      input_cost_per_token_batches: 5e-7,
      litellm_provider: 'openai',
      output_cost_per_token: 2e-6,
      supports_vision: true,
    },
  });
});

test('leaves what is already cut as it is', () => {
  execFileSync(process.execPath, [tool, shippedFile, join(folder, 'again.json'), '--as-of', '2026-11-21']);
  expect(JSON.parse(readFileSync(join(folder, 'again.json'), 'utf8')).models).toEqual(JSON.parse(readFileSync(shippedFile, 'utf8')).models);
});

test('without a source says how it is used and changes nothing', () => {
  const { status, stderr } = spawnSync(process.execPath, [tool], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, expect.stringContaining('usage:')]);
});
