/** Which model of the catalogue a name of another system may stand for. A suggestion, for a person to say yes or no to. */

import { nearestWord } from '../../db/documents/nearest-word';

/** Ways to a model that other systems put before its name. */
const PREFIXES =
  /^(?:openrouter|azure_ai|azure|bedrock|converse|vertex_ai(?:_beta)?|gemini|google|models|aws\.bedrock|azure\.ai\.(?:inference|openai)|gcp\.(?:vertex_ai|gemini|gen_ai))[/.]/u;
/** Regions and vendors that Bedrock puts there. */
const VENDORS = /^(?:(?:us|eu|apac|global)\.)?(?:anthropic|openai|meta|amazon|mistral|cohere|google|deepseek)[./]/u;
/** Dates and versions that stand behind a name: `-20250514`, `-2025-05-14`, `@20250514`, `-v1:0`, `:free`, `-latest`. */
const VERSIONS = /(?:[-@]\d{4}-?\d{2}-?\d{2}|-v\d+(?::\d+)?|-latest|:[a-z]+)$/u;

/** @param catalogue ids of models; undefined: none is near */
export function suggestModel(foreign: string, catalogue: readonly string[]): string | undefined {
  const plain = plainName(foreign);
  const named = catalogue.map((id) => ({ id, name: plainName(id) }));
  const same = named.filter(({ name }) => name === plain);
  const sameProvider = same.find(({ id }) => foreign.startsWith(`${id.slice(0, id.indexOf('/'))}/`));
  if (sameProvider !== undefined) return sameProvider.id;
  if (same[0] !== undefined) return same[0].id;
  const near = nearestWord(
    plain,
    named.map(({ name }) => name),
  );
  return named.find(({ name }) => name === near)?.id;
}

/** A name without the way to it and without its version: what is left when two systems mean the same model. */
function plainName(model: string): string {
  let name = model.toLowerCase();
  for (let shorter = ''; shorter !== name; ) {
    shorter = name;
    name = name.replace(PREFIXES, '').replace(VENDORS, '').replace(VERSIONS, '');
  }
  return name.slice(name.lastIndexOf('/') + 1).replaceAll(/[._]/gu, '-');
}
