/** Takes one value out of the text of a YAML file, with its key and what is said beside it, and leaves the rest as it is. */

import { isMap, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import { cannotEdit, endOf, keyOf, type MapOfNodes, type Splice, spliced, type YamlPath } from './set-in-yaml';

/** Characters of a part from its key, or its first, to its last. */
interface Extent {
  readonly from: number;
  readonly to: number;
}

/**
 * The text without the value at the path. A comment on its last line goes with it.
 *
 * @param path keys of maps, and places in lists, from the top; the value must exist
 * @throws {RoutingError} `bad_config` when the text is written in a way that it cannot be taken out of alone
 */
export function removeFromYaml(text: string, path: YamlPath): string {
  const before = parseDocument(text, { stringKeys: true });
  const parent = path.length === 1 ? before.contents : before.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  if (!isMap(parent) && !isSeq(parent)) throw cannotEdit(path);
  const parts = isMap(parent) ? (parent as MapOfNodes).items.map(extentOfPair) : (parent.items as Node[]).map(extentOfItem);
  const place = isMap(parent) ? (parent as MapOfNodes).items.findIndex((pair) => keyOf(pair) === key) : Number(key);
  if (parts[place] === undefined) throw cannotEdit(path);
  const wanted = before.clone();
  wanted.deleteIn(path);
  const splice = parent.flow ? betweenCommas(parts, place) : wholeLines(text, parts, place, isSeq(parent) ? /^ *- +$/u : /^ *$/u);
  if (splice === undefined) throw cannotEdit(path);
  return spliced(text, splice, wanted, path);
}

function extentOfPair({ key, value }: Pair<Node, Node | null>): Extent {
  return { from: key.range?.[0] ?? 0, to: endOf(value ?? key) };
}

function extentOfItem(item: Node): Extent {
  return { from: item.range?.[0] ?? 0, to: endOf(item) };
}

/** With the comma that keeps it from the next one, or from the one before when it is the last. */
function betweenCommas(parts: readonly Extent[], place: number): Splice {
  const [previous, part, next] = [parts[place - 1], parts[place]!, parts[place + 1]];
  if (next !== undefined) return { from: part.from, to: next.from, text: '' };
  return { from: previous?.to ?? part.from, to: part.to, text: '' };
}

/** @param lead what may stand before it on its line; undefined is given when something else does */
function wholeLines(text: string, parts: readonly Extent[], place: number, lead: RegExp): Splice | undefined {
  const [part, next] = [parts[place]!, parts[place + 1]];
  const start = text.lastIndexOf('\n', part.from - 1) + 1;
  const lineEnd = text.indexOf('\n', part.to);
  const end = lineEnd < 0 ? text.length : lineEnd + 1;
  // At the end of a file without a last line end, the line end before it goes.
  if (lead.test(text.slice(start, part.from))) return { from: lineEnd < 0 && start > 0 ? start - 1 : start, to: end, text: '' };
  // The first key of an item stands behind its dash: the next one takes its place.
  return next === undefined || text.slice(end, next.from).trim() !== '' ? undefined : { from: part.from, to: next.from, text: '' };
}
