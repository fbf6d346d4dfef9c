/**
 * A value that takes the place of what a file says, and who gave it: a flag of the command, or the environment.
 *
 * It is put into what was read of the file, and the whole is then checked as if somebody had written it there: what a file may
 * not say, nobody else may.
 */

import { readYaml, type YamlValue } from '../../db/documents/yaml-source';
import { RoutingError } from '../../routing/errors';
import type { YamlInput } from '../models/set-in-yaml';

export type RulesFileName = 'signalbox.yaml' | 'policy.yaml';

export interface Override {
  readonly file: RulesFileName;
  /** Keys from the top; of `budgets`, the scope takes the place of the position. */
  readonly path: readonly string[];
  readonly value: YamlInput;
  readonly origin: 'flag' | 'environment';
  /** What gave it: `--set weights.cost=0.5`, `ROUTING_TIMEOUT`. */
  readonly source: string;
}

type YamlMap = { [key: string]: YamlValue };

/**
 * The text of a file with other values in it, for the program to read: comments and layout are gone.
 *
 * @param text of a file without problems
 * @throws {RoutingError} `bad_argument` for a place inside of a list
 */
export function overlaid(text: string, overrides: readonly Override[]): string {
  const { value } = readYaml(text, '');
  const document = structuredClone(isMap(value) ? value : {});
  for (const { path, value: given } of overrides) setAt(document, path, given as YamlValue);
  return JSON.stringify(document);
}

function setAt(map: YamlMap, path: readonly string[], value: YamlValue): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    map[key] = value;
    return;
  }
  const inner = map[key];
  if (key === 'budgets') {
    const budgets = Array.isArray(inner) ? inner : [];
    map[key] = budgets;
    setAt(budgetOf(budgets, rest[0] ?? ''), rest.slice(1), value);
    return;
  }
  if (Array.isArray(inner)) throw new RoutingError('bad_argument', `"${key}" is a list. Give the whole list, as [a, b].`);
  const next = isMap(inner) ? inner : {};
  map[key] = next;
  setAt(next, rest, value);
}

/** The budget of a scope, which is made where there is none. */
function budgetOf(budgets: YamlValue[], scope: string): YamlMap {
  const found = budgets.filter(isMap).find((budget) => budget.scope === scope);
  if (found !== undefined) return found;
  const made: YamlMap = { scope };
  budgets.push(made);
  return made;
}

function isMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
