/** What differs between two values of JSON, key by key. */

import { canonicalJson, type JsonValue } from './canonical-json';

/** One changed value. A side is absent where the value is. */
export interface JsonChange {
  /** Keys from the top; a key of the user's own is one element, whatever it contains. */
  readonly path: readonly string[];
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** In the order of the keys. A list counts as one value. */
export function differenceJson(before: JsonValue | undefined, after: JsonValue | undefined, path: readonly string[] = []): JsonChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differenceJson(own(before, key), own(after, key), [...path, key]));
  }
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return [];
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

type JsonObject = { readonly [key: string]: JsonValue | undefined };

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
