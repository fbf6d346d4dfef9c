import { familiesOf, kinOf, sharedFamilies } from '../../../routing/judging/family';
import { testModel } from '../../support/catalogue';

const named = (id: string, changes: object = {}) => ({ ...testModel(id), ...changes });

test.each([
  ['anthropic/claude-sonnet-4-5', ['anthropic']],
  ['bedrock/eu.anthropic.claude-opus-4-6-v1:0', ['anthropic']],
  ['azure/gpt-4o', ['openai']],
  ['azure/gpt4', ['openai']],
  ['openai/o3-mini', ['openai']],
  ['openrouter/meta-llama/llama-3.3-70b', ['meta']],
  ['together/deepseek-r1-distill-llama-70b', ['deepseek', 'meta']],
  ['google/gemini-3.8-flash', ['google']],
  ['mistral/codestral-latest', ['mistral']],
  ['groq/qwen-qwq-32b', ['alibaba']],
  ['bedrock/amazon.nova-pro-v1:0', ['amazon']],
  ['somewhere/our-fine-tune', ['somewhere']],
  ['somewhere/tiny-philosopher', ['somewhere']],
])('%s is of the family of %j', (id, families) => {
  expect(familiesOf(named(id, { providerModel: id.slice(id.indexOf('/') + 1) }))).toEqual(families);
});

test('what the catalogue says wins over the name', () => {
  expect(familiesOf(named('acme/claude-tuned', { family: 'acme-labs' }))).toEqual(['acme-labs']);
});

test('the maker counts, not who serves the model', () => {
  const judge = named('bedrock/anthropic.claude-opus-4-6', { providerModel: 'anthropic.claude-opus-4-6' });
  const direct = named('anthropic/claude-haiku-4-5', { providerModel: 'claude-haiku-4-5' });
  const other = named('bedrock/meta.llama4', { providerModel: 'meta.llama4' });
  expect(sharedFamilies(judge, direct)).toEqual(['anthropic']);
  expect(kinOf(judge, [other, direct])).toBe(direct);
  expect(kinOf(judge, [other])).toBeUndefined();
});

test('a judge is kin to itself, whatever the families say', () => {
  const judge = named('a/x', { family: 'one' });
  expect(kinOf(judge, [{ ...judge, family: 'another' }])).toMatchObject({ id: 'a/x' });
});
