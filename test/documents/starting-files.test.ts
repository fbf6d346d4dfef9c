import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { initFiles, loadStartingCatalogue } from '../../db/documents/starting-files';
import { DEFAULT_POLICY } from '../../routing/decision/policy';

const config = loadStartingCatalogue();
const models = [...config.catalogue.models.values()];
const [catalogueText = '', policyText = ''] = initFiles().map(({ text }) => text);

test('the starting catalogue has no warning and a price for every model', () => {
  expect(config.warnings).toEqual([]);
  for (const model of models) expect([model.id, model.prices?.steps[0]?.input]).toEqual([model.id, expect.any(Number)]);
});

test('the starting catalogue has models of three vendors, and the same in both regions of two clouds', () => {
  const providers = Object.fromEntries(config.providers.map(({ name, kind }) => [name, kind]));
  expect(providers).toEqual({
    anthropic: 'anthropic',
    openai: 'openai',
    google: 'google',
    'bedrock-eu': 'bedrock',
    'bedrock-us': 'bedrock',
    'azure-eu': 'azure',
    'azure-us': 'azure',
  });
  for (const region of ['eu', 'us']) {
    const there = models.filter(({ regions }) => regions.includes(region));
    expect(new Set(there.map(({ capabilityTier }) => capabilityTier))).toEqual(new Set(['SIMPLE', 'STANDARD', 'COMPLEX', 'REASONING']));
    expect(there.every(({ privacyTiers }) => privacyTiers.includes('confidential'))).toBe(true);
  }
});

test('a model in a cloud’s region has that region’s price', () => {
  expect(config.catalogue.models.get('azure-eu/gpt-6-sol')?.prices?.steps[0]?.input).toBe(2_400_000);
  expect(config.catalogue.models.get('bedrock-eu/claude-sonnet-5-5')?.prices?.steps[0]?.input).toBe(2_200_000);
});

test('nothing is approved for restricted work until somebody says so', () => {
  expect(models.filter(({ privacyTiers }) => privacyTiers.includes('restricted'))).toEqual([]);
});

test('the commented examples of the starting catalogue are valid too', () => {
  // An example line is a comment whose text is YAML: a key, or an item of a list.
  const text = catalogueText.replace(/^( {2,})# ( *(?:[\w.-]+:(?: .*)?|- .*))$/gm, '$1$2');
  const parsed = parseCatalogueFile(text, 'signalbox.yaml', loadPriceLibrary());
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, undefined, 1));
  expect(parsed.ok.providers.map(({ name }) => name)).toEqual(expect.arrayContaining(['claude', 'codex', 'gemini', 'local', 'scripted']));
  expect(parsed.ok.budgets).toHaveLength(2);
  expect(parsed.ok.warnings).toEqual([]);
});

test('the starting policy is the default policy, and its commented examples are valid', () => {
  expect(parsePolicyFile(policyText, 'policy.yaml', config.catalogue)).toEqual({ ok: DEFAULT_POLICY });
  const text = policyText
    .replace('classes: {}', 'classes:')
    .replace(/^#( {2}.*)$/gm, '$1')
    .replace('# max_cost', 'max_cost');
  expect(parsePolicyFile(text, 'policy.yaml', config.catalogue)).toMatchObject({
    ok: { classes: { 'documentation/simple': {}, 'debugging/complex': { floor: 0.8 } }, constraints: { maxCostPerCallNanoUsd: 2e9 } },
  });
});
