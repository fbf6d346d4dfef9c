/**
 * Whether two answers say the same. Two models that were wrong independently seldom agree on the same wrong thing, so agreement is a
 * sign of a right answer, where answers are short enough to be compared at all.
 */

import type { AgreementCheck } from './check';

/** Longest answers that are compared, in characters; longer ones are not told to say the same. */
const MAX_CHARACTERS = 65_536;

/**
 * Whether two answers agree. By `auto`: as JSON when both are JSON, else as numbers when both are nothing but a number, else word for
 * word, without regard to case, white space and punctuation at the ends. By `last-number`: both end with a number, and it is the same.
 */
export function agree(first: string, second: string, { compare, tolerance }: Pick<AgreementCheck, 'compare' | 'tolerance'>): boolean {
  if (first.length > MAX_CHARACTERS || second.length > MAX_CHARACTERS) return false;
  if (compare === 'last-number') {
    const [a, b] = [lastNumberIn(first), lastNumberIn(second)];
    return a !== undefined && b !== undefined && isNear(a, b, tolerance);
  }
  const [left, right] = [bare(first), bare(second)];
  if (left === '' || right === '') return false;
  const [a, b] = [jsonOf(left), jsonOf(right)];
  if (isStructured(a) && isStructured(b)) return sameJson(a, b, tolerance);
  const [x, y] = [numberOf(left), numberOf(right)];
  if (x !== undefined && y !== undefined) return isNear(x, y, tolerance);
  return words(left) === words(right);
}

/** A number that a text is, with signs of currency and percent and separators of thousands left away. */
function numberOf(text: string): number | undefined {
  const digits = text.replace(/^[$€£\s]+/u, '').replace(/[\s.%]+$/u, '');
  if (!/^[-+\u2212]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d{1,3})?$/.test(digits)) return undefined;
  return parsed(digits);
}

/** The last number in a text; undefined: it holds none. */
export function lastNumberIn(text: string): number | undefined {
  let last: string | undefined;
  for (const [match] of text.matchAll(/[-+\u2212]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d{1,3})?/g)) last = match;
  return last === undefined ? undefined : parsed(last);
}

function parsed(digits: string): number | undefined {
  const number = Number(digits.replaceAll(',', '').replace('\u2212', '-'));
  return Number.isFinite(number) ? number : undefined;
}

function isNear(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

/** Without a code fence around all of it, and white space at the ends. */
function bare(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('```') || !trimmed.endsWith('```') || trimmed.length < 6) return trimmed;
  const inner = trimmed.slice(3, -3);
  const lineEnd = inner.indexOf('\n');
  return (lineEnd < 0 ? inner : inner.slice(lineEnd + 1)).trim();
}

function words(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase();
  return folded
    .split(/\s+/u)
    .map((word) => word.replace(/^\p{P}+/u, '').replace(/\p{P}+$/u, ''))
    .filter((word) => word !== '')
    .join(' ');
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Objects and lists; a bare number or word is compared as what it is. */
function isStructured(value: Json | undefined): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

/** Compared with a list of its own, so that no depth of nesting ends the stack. */
function sameJson(first: Json, second: Json, tolerance: number): boolean {
  const open: [Json, Json][] = [[first, second]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    if (typeof a === 'number' && typeof b === 'number') {
      if (!isNear(a, b, tolerance)) return false;
    } else if (isStructured(a) && isStructured(b)) {
      const keys = Object.keys(a);
      if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
      for (const key of keys) {
        if (!Object.hasOwn(b, key)) return false;
        open.push([(a as Readonly<Record<string, Json>>)[key]!, (b as Readonly<Record<string, Json>>)[key]!]);
      }
    } else if (typeof a === 'string' && typeof b === 'string') {
      if (words(a) !== words(b)) return false;
    } else if (a !== b) return false;
  }
  return true;
}
