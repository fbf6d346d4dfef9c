/** Which keys docs/cli.md names for the JSON of a command. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Sections of docs/cli.md that name a command. */
const DOCUMENTED = readFileSync(join(__dirname, '..', '..', 'docs', 'cli.md'), 'utf8');
function sectionsOf(command: string): string {
  const [first = '', second = ''] = command.split(' ');
  return DOCUMENTED.split(/^## /mu)
    .filter((section) => section.split(/`|^signalbox /mu).some((part) => part.startsWith(first) && part.includes(second)))
    .join('\n');
}

/** Keys of a value: its own, or those of what it lists. */
function keysOf(value: unknown): string[] {
  const one = Array.isArray(value) ? value[0] : value;
  return one !== null && typeof one === 'object' ? Object.keys(one) : [];
}

/** A report is documented as a page, in docs/review.md. */
const SHAPED_ELSEWHERE: readonly string[] = ['review report'];

/** Keys of what a command printed that docs/cli.md does not have where it has the command. */
export function undocumentedKeys(command: string, value: unknown): string[] {
  if (SHAPED_ELSEWHERE.includes(command)) return [];
  const documented = sectionsOf(command);
  return keysOf(value).filter((key) => !new RegExp(`\\b${key}\\b`, 'u').test(documented));
}
