/** The scope of money as people write it: `global`, `team:search`, `project:NAME`, `tag:NAME`, `key:ID`. */

import { RoutingError } from '../errors';
import type { BudgetLimit } from './budget';

/** Whose money: of everyone, or of one team, project, tag or key. */
export type MoneyScope = Pick<BudgetLimit, 'scopeKind' | 'scopeId'>;

export const EVERYONE: MoneyScope = { scopeKind: 'global', scopeId: '' };

/** @throws {RoutingError} `bad_argument` */
export function parseScope(text: string): MoneyScope {
  const words = text.trim();
  if (words === 'global') return EVERYONE;
  const [, kind, id] = /^(team|project|tag|key):(\S(?:.{0,198}\S)?)$/u.exec(words) ?? [];
  if (kind === undefined || id === undefined) {
    throw new RoutingError('bad_argument', `"${text}" is not a scope. Give global, team:NAME, project:NAME, tag:NAME or key:ID.`);
  }
  return { scopeKind: kind as MoneyScope['scopeKind'], scopeId: id };
}

/** The inverse of `parseScope`. */
export function scopeText({ scopeKind, scopeId }: MoneyScope): string {
  return scopeKind === 'global' ? 'global' : `${scopeKind}:${scopeId}`;
}
