/** A change of settings, written into the text of a file whose comments and layout stay. */

import { isMap, parseDocument, stringify } from 'yaml';
import { setInYaml, type YamlInput } from '../models/set-in-yaml';

/** A key of the file with its new value. */
export interface Change {
  readonly path: readonly string[];
  readonly value: YamlInput;
}

/** @throws {RoutingError} `bad_config` when a key cannot be written without changing something else */
export function withSettings(text: string, changes: readonly Change[]): string {
  return changes.reduce((before, { path, value }) => withSetting(before, path, value), text);
}

function withSetting(text: string, path: readonly string[], value: YamlInput): string {
  if (isMap(parseDocument(text, { stringKeys: true }).contents)) return setInYaml(text, path, value);
  // Nothing but comments so far.
  const nested = path.reduceRight<YamlInput>((inner, key) => ({ [key]: inner }), value);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${stringify(nested)}`;
}
