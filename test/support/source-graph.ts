/** What each source file imports and which globals it uses, read from its syntax and not from its text. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { parseSync } from '@swc/core';

/** One import of a file: `import`, `export … from`, `require(…)` or `import(…)`. */
export interface Import {
  /** A path from the root, without extension, or the name of a package with its subpath. */
  readonly target: string;
  readonly isPackage: boolean;
  /** Erased by the compiler. */
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** From the root, with extension, in posix form. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** `Date.now`, `process.env`, `fetch`: a global and the member that is read of it, for those that are asked about. */
  readonly globals: ReadonlySet<string>;
}

/** Every TypeScript file of these folders. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => readSource(root, relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))),
  );
}

function readSource(root: string, path: string): SourceFile {
  const imports: Import[] = [];
  const globals = new Set<string>();
  visit(parseSync(readFileSync(join(root, path), 'utf8'), { syntax: 'typescript', target: 'es2024' }), (node) => {
    const found = importIn(node);
    if (found !== undefined) imports.push({ ...targetOf(path, found.specifier), isTypeOnly: found.isTypeOnly });
    const used = globalIn(node);
    if (used !== undefined) globals.add(used);
  });
  return { path, imports, globals };
}

type Node = Readonly<Record<string, unknown>>;

function visit(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, see);
  else if (typeof node === 'object' && node !== null) {
    see(node as Node);
    for (const value of Object.values(node)) visit(value, see);
  }
}

function importIn(node: Node): { readonly specifier: string; readonly isTypeOnly: boolean } | undefined {
  const { type, source } = node;
  if (type === 'ImportDeclaration' || type === 'ExportAllDeclaration' || type === 'ExportNamedDeclaration') {
    if (source === null || source === undefined) return undefined;
    const specifiers = (node.specifiers ?? []) as readonly Node[];
    const areAllTypes = specifiers.length > 0 && specifiers.every(({ isTypeOnly }) => isTypeOnly === true);
    return { specifier: (source as { value: string }).value, isTypeOnly: node.typeOnly === true || areAllTypes };
  }
  if (type === 'CallExpression') {
    const { callee } = node as { callee: Node };
    const [first] = node.arguments as readonly { expression: Node }[];
    const isImport = callee.type === 'Import' || (callee.type === 'Identifier' && callee.value === 'require');
    if (!isImport || first === undefined) return undefined;
    if (first.expression.type !== 'StringLiteral') return { specifier: 'computed', isTypeOnly: false };
    return { specifier: first.expression.value as string, isTypeOnly: false };
  }
  if (type === 'TsImportType') return { specifier: (node.argument as { value: string }).value, isTypeOnly: true };
  return undefined;
}

/** Globals whose every use is reported, and those of which a member is. */
const ASKED = new Set(['process', 'performance', 'Date', 'Math', 'crypto', 'fetch', 'setTimeout', 'setInterval', 'globalThis', 'console']);

function globalIn(node: Node): string | undefined {
  if (node.type === 'MemberExpression') {
    const { object, property } = node as { object: Node; property: Node };
    if (object.type === 'Identifier' && ASKED.has(object.value as string)) return `${object.value}.${property.value ?? '?'}`;
  }
  if (node.type === 'NewExpression') {
    const { callee } = node as { callee: Node };
    const isEmpty = ((node.arguments ?? []) as readonly unknown[]).length === 0;
    if (callee.value === 'Date' && isEmpty) return 'new Date()';
  }
  if (node.type === 'CallExpression') {
    const { callee } = node as { callee: Node };
    if (callee.type === 'Identifier' && ASKED.has(callee.value as string)) return `${callee.value}()`;
  }
  return undefined;
}

function targetOf(from: string, specifier: string): { readonly target: string; readonly isPackage: boolean } {
  if (!specifier.startsWith('.')) return { target: specifier, isPackage: true };
  return { target: posix.normalize(posix.join(dirname(from), specifier)), isPackage: false };
}
