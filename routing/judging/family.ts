/**
 * Whose child a model is. A judge likes answers of its own kind better than others do, so it never judges a model of its own maker,
 * wherever that is served: Claude on Bedrock is Anthropic's.
 */

import type { Model } from '../catalogue';

/**
 * Names by which the models of a maker are known, in lower case; each is looked for at the beginning of a word of the model's name.
 * What is told apart here are makers and not models, so a new version needs no new line.
 */
const MAKERS: readonly (readonly [maker: string, names: readonly string[]])[] = [
  ['anthropic', ['claude', 'anthropic']],
  ['openai', ['gpt', 'chatgpt', 'o1', 'o3', 'o4', 'codex', 'davinci', 'openai']],
  ['google', ['gemini', 'gemma', 'palm', 'google']],
  ['meta', ['llama', 'meta']],
  ['mistral', ['mistral', 'mixtral', 'ministral', 'codestral', 'devstral', 'magistral', 'pixtral', 'mistralai']],
  ['alibaba', ['qwen', 'qwq', 'alibaba']],
  ['deepseek', ['deepseek']],
  ['xai', ['grok', 'xai']],
  ['cohere', ['command-r', 'command-a', 'cohere', 'aya']],
  ['amazon', ['nova', 'titan', 'amazon']],
  ['microsoft', ['phi', 'microsoft']],
  ['nvidia', ['nemotron', 'nvidia']],
  ['ibm', ['granite', 'ibm']],
  ['moonshot', ['kimi', 'moonshot', 'moonshotai']],
  ['zhipu', ['glm', 'zhipu', 'zai']],
  ['ai21', ['jamba', 'ai21']],
  ['01-ai', ['yi']],
];

/**
 * The makers of a model, ascending: the one that the catalogue names, else those whose names its name has; else its provider, so that
 * two models of one provider that nobody knows are taken for kin. A distilled model (`deepseek-r1-distill-llama`) has two.
 */
export function familiesOf({ family, provider, providerModel }: Pick<Model, 'family' | 'provider' | 'providerModel'>): readonly string[] {
  if (family !== undefined) return [family];
  const name = providerModel.toLowerCase();
  const makers = MAKERS.filter(([, names]) => names.some((known) => hasWord(name, known))).map(([maker]) => maker);
  return makers.length > 0 ? makers.sort() : [provider];
}

/** The name stands at the beginning of a word, and what follows it is no letter: `yi-34b`, `gpt4`, and not `tiny`. */
function hasWord(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const [before = '', after = ''] = [text[at - 1], text[at + name.length]];
    if (!/[a-z0-9]/.test(before) && !/[a-z]/.test(after)) return true;
  }
  return false;
}

/** The makers that two models share; empty when neither is of the other's family. */
export function sharedFamilies(one: Parameters<typeof familiesOf>[0], other: Parameters<typeof familiesOf>[0]): readonly string[] {
  const others = familiesOf(other);
  return familiesOf(one).filter((family) => others.includes(family));
}

/**
 * The first of the models that a judge may not judge: itself, or one of its family. Undefined: it may judge all of them.
 *
 * @param judged models whose answers are compared
 */
export function kinOf<Judged extends Pick<Model, 'id' | 'family' | 'provider' | 'providerModel'>>(
  judge: Pick<Model, 'id' | 'family' | 'provider' | 'providerModel'>,
  judged: readonly Judged[],
): Judged | undefined {
  return judged.find((model) => model.id === judge.id || sharedFamilies(judge, model).length > 0);
}
