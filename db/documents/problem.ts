/**
 * What is wrong with a file, where, and what to do about it. All problems of a file are reported at once.
 */

export interface Problem {
  /** As the reader was given it. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** Keys from the top of the file: `providers.anthropic.models.haiku.cost_tier`; empty for the file as a whole. */
  readonly path: string;
  /** For people: what is wrong and what to do. Never a secret, never a prompt. */
  readonly message: string;
}

/** A file with more mistakes than this is not the file that was meant; the rest is only said to exist. */
export const MAX_PROBLEMS = 100;

/** Keys and list positions from the top of a file down to one value. */
export type DocumentPath = readonly (string | number)[];

/** `providers.my azure.models[2]`, as people read a path. */
export function formatPath(path: DocumentPath): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`)).join('');
}

/** One line per problem in the order of the file, as compilers print them, so that editors can jump to each. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, path, message }) => `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`)
    .join('\n');
}

/** In the order of the file, each problem once, and not more than anybody reads. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  const sorted = [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .filter(({ path, message }) => {
      const key = `${path}\n${message}`;
      return !seen.has(key) && seen.add(key);
    });
  const last = sorted[MAX_PROBLEMS];
  if (last === undefined) return sorted;
  return [
    ...sorted.slice(0, MAX_PROBLEMS),
    { ...last, path: '', message: `There are more problems from here on than these ${MAX_PROBLEMS}.` },
  ];
}

/** Names come from the file: a control character in one must not reach a terminal. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
