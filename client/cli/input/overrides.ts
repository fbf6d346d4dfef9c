/** What takes the place of the files' values in one command: `--set KEY=VALUE`, and the environment. */

import { InvalidArgumentError, Option } from 'commander';
import { parse } from 'yaml';
import type { Environment } from '../../../db/documents/routing-environment';
import { readYaml } from '../../../db/documents/yaml-source';
import { RoutingError } from '../../../routing/errors';
import type { Override } from '../../config/override';
import { filesOf, pathOfKey, unknownSetting } from '../../config/setting-key';
import { environmentOverrides } from '../../config/variables';
import type { YamlInput } from '../../models/set-in-yaml';
import { findRulesFiles, readConfigurationText } from './rules-files';

export interface OverrideOptions {
  /** As `KEY=VALUE`. */
  readonly set?: readonly string[];
  readonly config?: string;
}

export function setOption(): Option {
  return new Option('--set <key=value>', 'another value of a setting for this command, e.g. weights.cost=0.5; may be repeated').argParser(
    (words: string, before: readonly string[] = []) => {
      if (words.indexOf('=') < 1) throw new InvalidArgumentError('Give a setting and its value, as weights.cost=0.5.');
      return [...before, words];
    },
  );
}

/**
 * Those of the environment, then those of the flags, which win.
 *
 * @throws {RoutingError} `bad_config` for a variable, `bad_argument` for a flag that cannot be read
 */
export async function readOverrides({ set = [], config: place }: OverrideOptions, env: Environment): Promise<readonly Override[]> {
  const fromEnvironment = environmentOverrides(env);
  if (set.length === 0) return fromEnvironment;
  const documents = await Promise.all(
    Object.values(findRulesFiles(place)).map(async (path: string) => readYaml(await readConfigurationText(path), path).value),
  );
  return [...fromEnvironment, ...set.map((words) => flagOverride(words, documents))];
}

function flagOverride(words: string, documents: readonly unknown[]): Override {
  const at = words.indexOf('=');
  const key = words.slice(0, at).trim();
  const path = pathOfKey(key, documents);
  const [file] = filesOf(path[0] ?? '');
  if (file === undefined) throw unknownSetting(key);
  return { file, path, value: settingValue(key, words.slice(at + 1)), origin: 'flag', source: `--set ${words}` };
}

/**
 * A value as a file would have it: a number, true or false, a text, `[a, b]`, `{ a: 1 }`.
 *
 * @throws {RoutingError} `bad_argument`
 */
export function settingValue(key: string, words: string): YamlInput {
  const value = parsed(words);
  if (value !== undefined && value !== null) return value as YamlInput;
  throw new RoutingError('bad_argument', `"${key}" needs a value as the file would have it: a number, true, a text, or a list [a, b].`);
}

function parsed(words: string): unknown {
  try {
    return parse(words, { stringKeys: true, maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}
