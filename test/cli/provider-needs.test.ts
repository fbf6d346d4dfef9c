/** What providers need from the environment. */

import { missingOf } from '../../client/cli/provider-needs';
import type { ProviderEntry } from '../../db/documents/build-provider';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { loadPriceLibrary } from '../../db/documents/price-library';

/** The entry that a file makes of this provider. */
function entry(yaml: string): ProviderEntry {
  const parsed = parseCatalogueFile(`providers: { ${yaml} }`, 'signalbox.yaml', loadPriceLibrary());
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ok.providers[0]!;
}

const MODEL = 'models: { one: { prices: { input: 0, output: 0 }, context_window: 1000, max_output: 1000 } }';
const aws = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

test.each([
  [`anthropic: { ${MODEL} }`, {}, 'needs ANTHROPIC_API_KEY'],
  [`anthropic: { ${MODEL} }`, { ANTHROPIC_API_KEY: '' }, 'needs ANTHROPIC_API_KEY'],
  [`anthropic: { ${MODEL} }`, { ANTHROPIC_API_KEY: 'k' }, undefined],
  [`openai: { api_key_env: OURS, ${MODEL} }`, { OPENAI_API_KEY: 'k' }, 'needs OURS'],
  [`bedrock: { options: { region: eu-central-1 }, ${MODEL} }`, {}, 'needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'],
  [`bedrock: { options: { region: eu-central-1 }, ${MODEL} }`, aws, undefined],
  [`local: { kind: openai-compatible, base_url: "https://models.example/v1", ${MODEL} }`, {}, undefined],
  [`codex: { ${MODEL} }`, { PATH: '/nowhere' }, 'needs the program "codex" in PATH'],
  [`own: { command: { program: sh }, ${MODEL} }`, { PATH: '/usr/bin:/bin' }, undefined],
  [`scripted: { ${MODEL} }`, {}, undefined],
])('%s with %j: %s', (yaml, env, missing) => {
  expect(missingOf(entry(yaml), env)).toBe(missing);
});
