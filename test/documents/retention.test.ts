/** `retention` in signalbox.yaml: what holds when nothing is said, what may be said, and what may not. */

import { parseCatalogueFile, type RetentionSettings } from '../../db/documents/catalogue-file';
import { loadPriceLibrary } from '../../db/documents/price-library';

function parse(retention: string) {
  return parseCatalogueFile(`providers: { scripted: { models: { one: {} } } }\n${retention}`, 'signalbox.yaml', loadPriceLibrary());
}

test.each<[string, RetentionSettings]>([
  ['', { tasksMonths: 13, contentDays: 90, embeddedDays: 400 }],
  ['retention: { content_days: 7 }', { tasksMonths: 13, contentDays: 7, embeddedDays: 400 }],
  ['retention: { tasks_months: 1, content_days: 1, embedded_days: 32 }', { tasksMonths: 1, contentDays: 1, embeddedDays: 32 }],
  ['retention: { content_days: forever, embedded_days: forever }', { tasksMonths: 13 }],
  ['retention: { tasks_months: forever, content_days: forever, embedded_days: forever }', {}],
])('%j keeps %j', (text, retention) => {
  expect(parse(text)).toMatchObject({ ok: expect.objectContaining({ retention }) });
});

test.each([
  ['retention: { content_days: 0 }', 'content_days'],
  ['retention: { content_days: 1.5 }', 'content_days'],
  ['retention: { content_days: never }', 'content_days'],
  ['retention: { tasks_months: -1 }', 'tasks_months'],
  ['retention: { embedded_days: 31 }', 'embedded_days'],
  ['retention: { days: 3 }', 'days'],
])('%j is refused, with its key and line', (text, key) => {
  const { problems } = parse(text) as { problems: readonly { message: string }[] };
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems[0])).toContain(key);
});
