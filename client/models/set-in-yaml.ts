/**
 * Sets one value in the text of a YAML file and leaves every other character as it is: comments, order and layout are the
 * user's own.
 */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { canonicalJson } from '../../db/documents/canonical-json';
import { RoutingError } from '../../routing/errors';

/** What may be written: scalars, and lists and maps of them. */
export type YamlInput = string | number | boolean | readonly YamlInput[] | { readonly [key: string]: YamlInput };

/** A way down into a file. */
export type YamlPath = readonly (string | number)[];

type Parsed = Document.Parsed;
export type MapOfNodes = YAMLMap<Node, Node | null>;
export type ListOfNodes = YAMLSeq<Node>;

/** Insertion or replacement of a stretch of the text. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The file was read before, by a reader that bounds what aliases stand for. */
const UNLIMITED = { maxAliasCount: -1 } as const;
/** Spaces by which what is inserted is moved to the right of what it belongs to. */
const STEP = 2;

/**
 * The text with the value at the path, which is made where it does not exist.
 *
 * @param path keys of maps, and places in lists, from the top. The place behind the last of a list adds to it; only the last step may
 *   do so
 * @throws {RoutingError} `bad_config` when the text is written in a way that cannot be changed at this place alone
 */
export function setInYaml(text: string, path: YamlPath, value: YamlInput): string {
  const before = parseDocument(text, { stringKeys: true });
  const splice = spliceFor(text, before, path, value);
  const wanted = before.clone();
  wanted.setIn(path, value);
  return spliced(text, splice, wanted, path);
}

/** The text after a splice. Whatever the layout: what is written must read as what is wanted. */
export function spliced(text: string, { from, to, text: inserted }: Splice, wanted: Document, path: YamlPath): string {
  const after = `${text.slice(0, from)}${inserted}${text.slice(to)}`;
  const written = parseDocument(after, { stringKeys: true });
  if (written.errors.length > 0 || !isSame(written, wanted)) throw cannotEdit(path);
  return after;
}

function isSame(one: Document, other: Document): boolean {
  try {
    return canonicalJson(one.toJS(UNLIMITED)) === canonicalJson(other.toJS(UNLIMITED));
  } catch {
    return false; // an alias of what is not there any more
  }
}

function spliceFor(text: string, document: Parsed, path: YamlPath, value: YamlInput): Splice {
  let node = document.contents as Node | null;
  for (const [depth, key] of path.entries()) {
    const rest = path.slice(depth + 1);
    let next: Node | null;
    if (typeof key === 'number') {
      if (!isSeq(node)) throw cannotEdit(path);
      const items = node.items as Node[];
      if (key === items.length && rest.length === 0) return addition(text, node as ListOfNodes, value, path);
      next = items[key] ?? null;
    } else {
      if (!isMap(node)) throw cannotEdit(path);
      const pair: Pair<Node, Node | null> | undefined = (node as MapOfNodes).items.find((item) => keyOf(item) === key);
      if (pair === undefined) return insertion(text, node as MapOfNodes, key, rest, value);
      next = pair.value;
    }
    if (rest.length === 0) return replacement(text, next, value, path);
    if (isAlias(next)) throw cannotEdit(path);
    node = next;
  }
  throw cannotEdit(path);
}

function replacement(text: string, old: Node | null, value: YamlInput, path: YamlPath): Splice {
  const range = old?.range;
  if (range === undefined || range === null || old?.anchor !== undefined) throw cannotEdit(path);
  const [from, to] = [range[0], range[0] + text.slice(range[0], range[1]).trimEnd().length];
  // A value that is not there has no place to write to but behind its colon.
  return { from, to, text: from === to ? ` ${inFlow(value)}` : inFlow(value) };
}

/** A new item at the end of a list, in the manner in which the list is written. */
function addition(text: string, list: ListOfNodes, value: YamlInput, path: YamlPath): Splice {
  const last = list.items.at(-1);
  if (list.flow) {
    const at = last === undefined ? (list.range?.[0] ?? 0) + 1 : endOf(last);
    return { from: at, to: at, text: last === undefined ? inFlow(value) : `, ${inFlow(value)}` };
  }
  const start = last?.range?.[0];
  const dash = start === undefined ? undefined : /^ *- /u.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))?.[0];
  if (last === undefined || dash === undefined) throw cannotEdit(path);
  return newLines(text, endOf(last), [`${dash}${inFlow(value)}`]);
}

/** A new pair at the end of a map, in the manner in which the map is written. */
function insertion(text: string, map: MapOfNodes, key: string, rest: YamlPath, value: YamlInput): Splice {
  const nested = rest.reduceRight<YamlInput>((inner, name) => (typeof name === 'number' ? [inner] : { [name]: inner }), value);
  const last = map.items.at(-1);
  if (map.flow) {
    const pair = `${inFlow(key)}: ${inFlow(nested)}`;
    const at = last === undefined ? (map.range?.[0] ?? 0) + 1 : endOf(last.value ?? last.key);
    return { from: at, to: at, text: last === undefined ? ` ${pair} ` : `, ${pair}` };
  }
  if (last === undefined) throw cannotEdit([key]);
  const start = map.items[0]?.key.range?.[0] ?? 0;
  const indent = start - (text.lastIndexOf('\n', start - 1) + 1);
  return newLines(text, endOf(last.value ?? last.key), inBlock(key, nested, indent, rest.length + 1));
}

/** Lines behind the one that holds a place, whose own end may be a comment. */
function newLines(text: string, place: number, lines: readonly string[]): Splice {
  const lineEnd = text.indexOf('\n', place);
  const at = lineEnd < 0 ? text.length : lineEnd - (text[lineEnd - 1] === '\r' ? 1 : 0);
  return { from: at, to: at, text: lines.map((line) => `${text.includes('\r\n') ? '\r\n' : '\n'}${line}`).join('') };
}

/** Where the last character of a node stands, comments after it left out. */
export function endOf(node: Node): number {
  if (isMap(node) && !node.flow) {
    const last = (node as MapOfNodes).items.at(-1);
    if (last !== undefined) return endOf(last.value ?? last.key);
  }
  if (isSeq(node) && !node.flow) {
    const last = node.items.at(-1) as Node | undefined;
    if (last !== undefined) return endOf(last);
  }
  const end = node.range?.[1] ?? 0;
  // The text of a block scalar includes the end of its last line.
  const isBlock = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  return isBlock ? end - 1 : end;
}

/** @param blocks levels that are written over several lines; what is deeper stands on one */
function inBlock(key: string, value: YamlInput, indent: number, blocks: number): string[] {
  const head = `${' '.repeat(indent)}${inFlow(key)}:`;
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
  if (blocks === 0 || entries.length === 0) return [`${head} ${inFlow(value)}`];
  return [head, ...entries.flatMap(([inner, member]) => inBlock(inner, member, indent + STEP, blocks - 1))];
}

/** On one line. */
function inFlow(value: YamlInput): string {
  if (typeof value !== 'object')
    return stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim().slice(1, -1);
  if (Array.isArray(value)) return `[${value.map(inFlow).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, member]) => `${inFlow(key)}: ${inFlow(member)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** The text of a key. */
export function keyOf({ key }: Pair<Node, Node | null>): string {
  return String((key as { value?: unknown }).value);
}

/** A layout in which this place cannot be changed alone. */
export function cannotEdit(path: YamlPath): RoutingError {
  return new RoutingError(
    'bad_config',
    `"${path.join('.')}" cannot be written into this file without changing something else; nothing was changed. Edit the file by hand, then run "signalbox config check".`,
  );
}
