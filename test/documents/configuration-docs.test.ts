import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCatalogueFile } from '../../db/documents/catalogue-file';
import { packageRoot } from '../../db/documents/package-root';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { policyYaml } from '../../db/documents/policy-yaml';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { documentKeys } from '../../db/documents/read-document';
import { signalboxYaml } from '../../db/documents/signalbox-yaml';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { PROVIDER_OPTIONS, WELL_KNOWN_PROVIDERS } from '../../db/documents/well-known-providers';

const text = readFileSync(join(packageRoot(), 'docs', 'configuration.md'), 'utf8');
const [signalboxPart = '', policyPart = ''] = text.split('\n## policy.yaml\n');
const examples = [...text.matchAll(/```yaml\n(# (\S+)\n[^`]*)```/g)].map(([, body = '', file = '']) => [file, body] as const);

test.each([
  ['signalbox.yaml', signalboxYaml, signalboxPart],
  ['policy.yaml', policyYaml, policyPart],
])('every key of %s is explained', (_, schema, part) => {
  // Nested keys that are explained elsewhere in the same words: prices of steps, and ewma of policy.yaml.
  const keys = documentKeys(schema).filter((path) => !/^ewma\.|\.batch\./.test(path) || part === signalboxPart);
  expect(keys.length).toBeGreaterThan(30);
  expect(keys.filter((path) => !part.includes(`\`${path.split('.').at(-1)}\``))).toEqual([]);
});

test('every well-known provider and every option is named', () => {
  const words = [...WELL_KNOWN_PROVIDERS.keys(), ...Object.values(PROVIDER_OPTIONS).flat()];
  expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
});

test('both files have examples', () => {
  expect(new Set(examples.map(([file]) => file))).toEqual(new Set(['signalbox.yaml', 'policy.yaml']));
});

test.each(examples)('the example of %s is valid: %s', (file, body) => {
  const parsed =
    file === 'policy.yaml'
      ? parsePolicyFile(body, file, loadStartingCatalogue().catalogue)
      : parseCatalogueFile(body, file, loadPriceLibrary());
  expect(parsed).toEqual({ ok: expect.anything() });
});
