/** What is wrong with a value that a program gave us, every problem at once. */

import type { z } from 'zod';
import { formatPath } from '../db/documents/problem';
import { RoutingError, type RoutingErrorCode } from '../routing/errors';

/** More problems than anybody reads. */
const MOST_PROBLEMS = 20;

/**
 * @param what names the value in the message: `The configuration`
 * @throws {RoutingError} `code`, naming every problem
 */
export function parseOrRefuse<T>(schema: z.ZodType<T>, value: unknown, what: string, code: RoutingErrorCode): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refusal(what, parsed.error.issues.map(describe), code);
}

/** The error of a value with these problems. */
export function refusal(what: string, problems: readonly string[], code: RoutingErrorCode): RoutingError {
  return new RoutingError(code, `${what} cannot be used. ${problems.slice(0, MOST_PROBLEMS).join('; ')}.`);
}

function describe(issue: z.core.$ZodIssue): string {
  const path = formatPath(issue.path as (string | number)[]);
  const message = issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}` : issue.message;
  return `${path === '' ? '' : `${path}: `}${message.replace(/\.$/u, '')}`;
}
