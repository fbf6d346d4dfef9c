/**
 * Reads YAML that somebody else may have written: within fixed limits, into plain values, remembering where each stood.
 *
 * The library's own conversion is not used. One walk over the parsed nodes refuses duplicate keys in linear time (the
 * library compares every pair of keys), keys that reach into JavaScript's own objects, and aliases that multiply.
 */

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { DocumentPath, Problem } from './problem';
import { formatPath, sortProblems, withoutControls } from './problem';

/** A hand-written file is a few hundred lines; this is two hundred times as much. */
export const MAX_YAML_BYTES = 1024 * 1024;
/** Our deepest key stands at level 8. */
export const MAX_YAML_DEPTH = 32;
/** Values after aliases are written out, so that a few lines cannot stand for millions of values. */
export const MAX_YAML_VALUES = 100_000;

/** Names that lead from plain data to the objects of the program. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A value of YAML's core schema. */
export type YamlValue = null | boolean | number | string | YamlValue[] | { [key: string]: YamlValue };

export interface YamlSource {
  /** Absent when the text cannot be read at all. An empty file is an empty object. */
  readonly value?: YamlValue;
  /** What the walk itself found; the caller adds what the values mean. */
  readonly problems: readonly Problem[];
  /** A problem at the value of a path, or at its key; where the path does not exist, at the nearest parent that does. */
  at(path: DocumentPath, message: string, place?: 'key' | 'value'): Problem;
}

/** Reads one YAML document. Never throws and never takes more than a few seconds, whatever the text. */
export function readYaml(text: string, file: string): YamlSource {
  const lineCounter = new LineCounter();
  const problems: Problem[] = [];
  const problemAt = (offset: number, path: DocumentPath, message: string): Problem => {
    const { line, col } = lineCounter.linePos(offset);
    return {
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: withoutControls(formatPath(path)),
      message: withoutControls(message),
    };
  };

  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_YAML_BYTES) {
    const problem = problemAt(
      0,
      [],
      `The file has ${bytes} bytes; at most ${MAX_YAML_BYTES} are read. Split off what is not configuration.`,
    );
    return { problems: [problem], at: () => problem };
  }

  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, stringKeys: true, logLevel: 'error' });
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    problems.push(problemAt(pos[0], [], `This is not valid YAML: ${message}`));
  }
  const pairs = new PairIndex();
  const at: YamlSource['at'] = (path, message, place = 'value') => problemAt(offsetOf(document, pairs, path, place), path, message);
  if (problems.length > 0) return { problems: sortProblems(problems), at };

  const walk = new Walk((node, path, message) => problems.push(problemAt(node.range?.[0] ?? 0, path, message)));
  const value = document.contents === null ? {} : walk.read(document.contents, [], 0);
  return walk.isComplete ? { value: value ?? {}, problems: sortProblems(problems), at } : { problems: sortProblems(problems), at };
}

/** Builds plain values from nodes and reports what it had to refuse. */
class Walk {
  /** False once a limit was passed: the value is then a part of what was meant. */
  isComplete = true;
  private values = 0;
  private readonly anchors = new Map<string, Node>();

  constructor(private readonly report: (node: Node, path: DocumentPath, message: string) => void) {}

  read(node: Node, path: DocumentPath, depth: number): YamlValue {
    this.values++;
    if (this.values > MAX_YAML_VALUES) {
      return this.stop(node, [], `More than ${MAX_YAML_VALUES} values, aliases written out. Make the file smaller.`);
    }
    if (depth > MAX_YAML_DEPTH) return this.stop(node, [], `Nested deeper than ${MAX_YAML_DEPTH} levels. No setting is that deep.`);
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (target !== undefined) return this.read(target, path, depth + 1);
      this.report(node, path, `The alias *${node.source} has no anchor &${node.source} above it.`);
      return null;
    }
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isMap(node)) return this.readMap(node.items as Pair<Node, Node | null>[], path, depth);
    if (isSeq(node)) return (node.items as Node[]).map((item, index) => this.read(item, [...path, index], depth + 1));
    if (!isScalar(node)) return null;
    if (typeof node.value === 'string') this.checkText(node, node.value, path);
    return node.value as YamlValue;
  }

  /** Postgres stores neither NUL nor half of a surrogate pair. */
  private checkText(node: Node, text: string, path: DocumentPath): void {
    if (text.includes('\0') || !text.isWellFormed()) {
      this.report(node, path, 'The text holds a character that cannot be stored. Remove it.');
    }
  }

  private readMap(pairs: readonly Pair<Node, Node | null>[], path: DocumentPath, depth: number): YamlValue {
    const object: { [key: string]: YamlValue } = {};
    const seen = new Set<string>();
    for (const pair of pairs) {
      if (!this.isComplete) break;
      const key = keyOf(pair);
      const keyPath = [...path, key];
      this.checkText(pair.key, key, path);
      if (FORBIDDEN_KEYS.has(key)) this.report(pair.key, keyPath, `"${key}" cannot be a key. Rename it.`);
      else if (seen.has(key)) this.report(pair.key, keyPath, `"${key}" is here twice. Keep one; the other would silently be lost.`);
      else object[key] = pair.value === null ? null : this.read(pair.value, keyPath, depth + 1);
      seen.add(key);
    }
    return object;
  }

  private stop(node: Node, path: DocumentPath, message: string): null {
    if (this.isComplete) this.report(node, path, message);
    this.isComplete = false;
    return null;
  }
}

/** Finds a map's pairs by key; the first of each, which is the one whose value counts. */
class PairIndex {
  private readonly known = new WeakMap<YAMLMap, Map<string, Pair<Node, Node | null>>>();

  find(map: YAMLMap, key: string): Pair<Node, Node | null> | undefined {
    let pairs = this.known.get(map);
    if (pairs === undefined) {
      pairs = new Map((map.items as Pair<Node, Node | null>[]).toReversed().map((pair) => [keyOf(pair), pair]));
      this.known.set(map, pairs);
    }
    return pairs.get(key);
  }
}

/** Keys are texts: the parser refuses any other. */
function keyOf(pair: Pair<Node, Node | null>): string {
  return String((pair.key as { value?: unknown }).value);
}

/** Where a path's key or value begins, or that of its nearest parent, as an offset into the text. */
function offsetOf(document: Document.Parsed, pairs: PairIndex, path: DocumentPath, place: 'key' | 'value'): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = pairs.find(node, String(key));
      if (pair === undefined) return offset;
      const isLast = index === path.length - 1;
      const value: Node | null = pair.value;
      const shown: Node =
        isLast && place === 'value' && value?.range && value.range[0] < value.range[1] && isScalar(value) ? value : pair.key;
      offset = shown.range?.[0] ?? offset;
      node = value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)] as Node | undefined;
      if (item === undefined) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else {
      return offset;
    }
  }
  return offset;
}
