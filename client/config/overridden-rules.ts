/** The rules that a text says, with other values in it than the ones that stand there. */

import { parseCatalogueFile, type SignalboxConfig } from '../../db/documents/catalogue-file';
import { didYouMean } from '../../db/documents/nearest-word';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { formatProblems, type Problem } from '../../db/documents/problem';
import { readYaml } from '../../db/documents/yaml-source';
import type { Catalogue } from '../../routing/catalogue';
import type { LearningParameters, Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import { type Override, overlaid, type RulesFileName } from './override';
import { valueAt } from './setting-key';

/** @throws {RoutingError} as `catalogueFrom` */
export function policyFrom(
  file: NamedText,
  catalogue: Catalogue,
  learning: LearningParameters | undefined,
  overrides: readonly Override[],
): Policy {
  return parsedWith(file, 'policy.yaml', overrides, (text, name) => parsePolicyFile(text, name, catalogue, learning));
}

/**
 * @param overrides what takes the place of what the text says
 * @throws {RoutingError} `bad_config` naming every problem with its line, or the override that does not fit
 */
export function catalogueFrom(file: NamedText, overrides: readonly Override[]): SignalboxConfig {
  return parsedWith(file, 'signalbox.yaml', overrides, (text, name) => parseCatalogueFile(text, name, loadPriceLibrary()));
}

interface NamedText {
  readonly text: string;
  /** How errors name it. */
  readonly name: string;
}

/** The file must be right by itself before anything takes the place of what it says: its problems have lines. */
function parsedWith<T>(
  { text, name }: NamedText,
  file: RulesFileName,
  overrides: readonly Override[],
  parse: (text: string, name: string) => { readonly ok: T } | { readonly problems: readonly Problem[] },
): T {
  const parsed = parse(text, name);
  if ('problems' in parsed) throw badConfig(name, parsed.problems);
  const own = overrides.filter((override) => override.file === file);
  if (own.length === 0) return parsed.ok;
  if (file === 'signalbox.yaml') requireDefaultModels(own, text, name);
  const changed = parse(overlaid(text, own), name);
  if ('ok' in changed) return changed.ok;
  const sources = own.map(({ source }) => source).join(', ');
  const told = changed.problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
  throw new RoutingError('bad_config', `Together with ${sources}, ${name} has problems; nothing was done.\n${told}`);
}

/** A default model that does not exist would be told as what is missing around it. */
function requireDefaultModels(overrides: readonly Override[], text: string, name: string): void {
  const document = readYaml(text, name).value;
  for (const { path, value, source } of overrides) {
    const [top, provider = '', key] = path;
    if (top !== 'providers' || key !== 'default_model' || path.length !== 3) continue;
    if (valueAt(document, ['providers', provider, 'models', String(value)]) !== undefined) continue;
    const providers = Object.entries((valueAt(document, ['providers']) ?? {}) as Readonly<Record<string, { readonly models?: object }>>);
    const known = providers.flatMap(([each, { models = {} }]) => Object.keys(models).map((model) => `${each}/${model}`));
    const id = `${provider}/${value}`;
    throw new RoutingError(
      'bad_config',
      `${source} names "${id}", which is not in ${name}.${didYouMean(id, known) || ` Known are: ${known.slice(0, 10).join(', ')}.`}`,
    );
  }
}

function badConfig(path: string, problems: readonly Problem[]): RoutingError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new RoutingError('bad_config', `${path} has ${count}; nothing was done.\n${formatProblems(problems)}`);
}
