/** Content is stored as it was written, to the last character and in its order. */

import fc from 'fast-check';
import { connect, type Database } from '../../db/connect';
import { loadAnswer, loadTaskToDecide } from '../../db/queries/dispatch';
import { loadStory } from '../../db/queries/tasks';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { accepted, applyLedgerRules, attemptOf, decided, failed, open, settle } from './ledger-moves';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyLedgerRules(db);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

async function storedPrompt(prompt: unknown): Promise<unknown> {
  const loaded = await loadTaskToDecide(db, await accepted(db, { prompt }));
  return loaded?.prompt;
}

async function storedAnswer(answer: unknown): Promise<unknown> {
  const task = await decided(db);
  const { attemptId } = attemptOf(task);
  await open(db, task, { attemptId });
  await settle(db, task, { answer });
  return loadAnswer(db, task.taskId, attemptId);
}

test.each([
  ['quotes', `'single' "double" \`back\` ''doubled'' $$dollar$$ $1 :name ?`],
  ['backslashes', 'C:\\new\\table \\\\ \\u0041 \\x00 \\'],
  ['statements', `'); DROP TABLE tasks; --`],
  ['line ends and blanks', '\r\n\t\u00a0\u2028\u2029 end '],
  ['scripts of the world', 'ñ ß İ ı 中文 日本語 한국어 العربية עברית ไทย'],
  ['characters beyond the basic plane', '🚂🇩🇪👩🏽‍💻 𝔘𝔫𝔦'],
  ['combining and right-to-left marks', 'e\u0301 é \u202Ereversed\u202C \u200b\ufeff'],
  ['control characters', '\u0001\u0007\u001b[31m\u007f\u0080'],
  ['JSON in text', '{"a": [1, 2, {"b": "\\"c\\""}]}'],
  ['nothing', ''],
])('a prompt and an answer with %s come back unchanged', async (_, text) => {
  const prompt = { messages: [{ role: 'user', content: text }] };
  expect(await storedPrompt(prompt)).toEqual(prompt);
  expect(await storedAnswer({ text })).toEqual({ text });
});

test('any JSON comes back unchanged, as prompt and as answer', async () => {
  const value = fc
    .object({ withNullPrototype: false, stringUnit: 'binary', maxDepth: 3 })
    .map((object) => JSON.parse(JSON.stringify(object)) as unknown);
  await fc.assert(
    fc.asyncProperty(value, async (content) => {
      expect(await storedPrompt({ content })).toEqual({ content });
      expect(await storedAnswer({ content })).toEqual({ content });
    }),
    { numRuns: 40 },
  );
});

test('a prompt of one megabyte comes back unchanged', async () => {
  const line = 'All work and no play makes Jack a dull boy. "Ünïcödé" \\ 🚂\n';
  const content = line.repeat(Math.ceil(2 ** 20 / Buffer.byteLength(line)));
  const prompt = { messages: [{ role: 'user', content }] };
  expect(await storedPrompt(prompt)).toEqual(prompt);
});

test('the properties of a schema keep their order: models fill them in it', async () => {
  const properties = { reasoning: { type: 'string' }, answer: { type: 'string' }, a: { type: 'string' } };
  const stored = (await storedPrompt({ responseFormat: { type: 'json', schema: { type: 'object', properties } } })) as {
    responseFormat: { schema: { properties: object } };
  };
  expect(Object.keys(stored.responseFormat.schema.properties)).toEqual(['reasoning', 'answer', 'a']);
});

test('a call is settled whatever characters the provider sent beside its answer', async () => {
  const task = await decided(db);
  await open(db, task);
  await settle(db, task, {
    ...failed(),
    failure: { class: 'server-error', message: 'half \ud800 and nul \u0000' },
    providerRequestId: 'id\u0000',
  });
  const [attempt] = (await loadStory(db, task.taskId))!.attempts;
  expect(attempt).toMatchObject({ state: 'failed', failureMessage: 'half \ufffd and nul \ufffd', providerRequestId: 'id\ufffd' });
});
