/** What changes of slots, for people: a line for each change. */

import type { JsonValue } from '../../../db/documents/canonical-json';
import type { JsonChange } from '../../../db/documents/json-differences';
import { onOneLine } from './text';

export function describeSlotChanges(changes: readonly JsonChange[]): readonly string[] {
  return changes.map((change) => onOneLine(`slots: ${describe(change)}`));
}

function describe({ path, before, after }: JsonChange): string {
  const [kind, account, part, ...rest] = path;
  if (kind !== 'accounts' || account === undefined) return `${path.map(words).join(' ')} ${moved(before, after)}`;
  const subject = `account ${account}`;
  if (part === undefined) return after === undefined ? `${subject} removed` : `${subject} added: ${describeAccount(after)}`;
  if (part === 'models') return `${subject}: models ${describeModels(before, after)}`;
  const [per, limit] = rest;
  if (part !== 'windows' || per === undefined) return `${subject}: ${words(part)} ${moved(before, after)}`;
  const quota = `${subject}: quota per ${words(per)}`;
  if (limit !== undefined) return `${quota}: ${words(limit)} ${moved(before, after)}`;
  return after === undefined ? `${quota} removed` : `${quota} added: ${describeWindow(after)}`;
}

/** `a, b; 2 at a time; per day 100 requests`. */
function describeAccount(account: JsonValue): string {
  const { models, concurrency, timeZone, windows } = account as Readonly<Record<string, JsonValue>>;
  const quotas = Object.entries((windows ?? {}) as Readonly<Record<string, JsonValue>>);
  return [
    shown(models),
    `${shown(concurrency)} at a time`,
    ...quotas.map(([per, window]) => `per ${words(per)} ${describeWindow(window)}`),
    ...(timeZone === 'UTC' ? [] : [`in ${shown(timeZone)}`]),
  ].join('; ');
}

/** `safety rate 0.9, requests 100`. */
function describeWindow(window: JsonValue): string {
  return Object.entries(window as Readonly<Record<string, JsonValue>>)
    .map(([key, value]) => `${words(key)} ${shown(value)}`)
    .join(', ');
}

function describeModels(before: JsonValue | undefined, after: JsonValue | undefined): string {
  const [old, fresh] = [before, after].map((models) => (Array.isArray(models) ? models.map(String) : [])) as [string[], string[]];
  const added = fresh.filter((model) => !old.includes(model)).map((model) => `+${model}`);
  const removed = old.filter((model) => !fresh.includes(model)).map((model) => `-${model}`);
  return [...added, ...removed].join(' ') || `in another order: ${shown(after)}`;
}

function moved(before: JsonValue | undefined, after: JsonValue | undefined): string {
  return `${shown(before)} → ${shown(after)}`;
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `spendUsd` as `spend usd`, `five_hours` as `five hours`; names of people's own stay as they are. */
function words(key: string): string {
  return /^[a-z]+([A-Z][a-z]+|_[a-z]+)*$/.test(key)
    ? key.replace(/_/g, ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    : key;
}
