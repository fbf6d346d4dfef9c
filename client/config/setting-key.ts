/**
 * Names of settings: the keys of signalbox.yaml and policy.yaml from the top, with dots between them, as `weights.quality`.
 *
 * Names of models and classes may have dots of their own; where the file has such a key, it is found as a whole.
 */

import { didYouMean } from '../../db/documents/nearest-word';
import { policyYaml } from '../../db/documents/policy-yaml';
import { documentKeys } from '../../db/documents/read-document';
import { signalboxYaml } from '../../db/documents/signalbox-yaml';
import { RoutingError } from '../../routing/errors';
import type { RulesFileName } from './override';

/** Names that lead from plain data to the objects of the program. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The keys that a name stands for.
 *
 * @param documents what the files say now; keys with dots in them are looked for there
 * @throws {RoutingError} `bad_argument` for a name that cannot be one of a setting
 */
export function pathOfKey(key: string, documents: readonly unknown[]): readonly string[] {
  const words = key.split('.');
  if (words.some((word) => word === '' || FORBIDDEN.has(word))) throw unknownSetting(key);
  const path: string[] = [];
  let places = documents;
  for (let at = 0; at < words.length; ) {
    let length = 1;
    for (let longer = words.length - at; longer > 1; longer--) {
      const name = words.slice(at, at + longer).join('.');
      if (places.some((place) => valueIn(place, name) !== undefined)) {
        length = longer;
        break;
      }
    }
    const name = words.slice(at, at + length).join('.');
    path.push(name);
    places = places.map((place) => valueIn(place, name));
    at += length;
  }
  return path;
}

/** The value at a path; undefined: there is none. Of a list of budgets, a scope stands for its position. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const name of path) value = valueIn(value, name);
  return value;
}

function valueIn(place: unknown, name: string): unknown {
  if (Array.isArray(place)) return place.find((entry) => valueIn(entry, 'scope') === name);
  if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return undefined;
  return (place as Readonly<Record<string, unknown>>)[name];
}

/** The files that may hold a top key; of two, the one that wins comes first. */
export function filesOf(topKey: string): readonly RulesFileName[] {
  return [
    ...(Object.hasOwn(policyYaml.shape, topKey) ? (['policy.yaml'] as const) : []),
    ...(Object.hasOwn(signalboxYaml.shape, topKey) ? (['signalbox.yaml'] as const) : []),
  ];
}

/** There is no such setting. */
export function unknownSetting(key: string): RoutingError {
  const known = [...documentKeys(policyYaml), ...documentKeys(signalboxYaml)].filter((name) => !name.includes('*'));
  const hint = didYouMean(key, known) || ' "signalbox config show --origin" lists those that have a value, docs/configuration.md all.';
  return new RoutingError('bad_argument', `There is no setting "${key}".${hint}`);
}
