import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { formatNamed } from '../../client/telemetry/formats/formats';
import { type ReadOptions, readTelemetry } from '../../client/telemetry/read-telemetry';
import type { TelemetryRecord } from '../../client/telemetry/record';
import { createSeenIds } from '../../client/telemetry/seen-ids';
import { newTally } from '../../client/telemetry/tally';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const line = (over: object = {}) => ({ id: 'a', ended_at: '2026-11-20T09:30:00Z', model: 'openai/gpt-6', ...over });

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a file gives, read in parts of a size that cuts through lines and characters. */
async function read(file: string | Buffer, options: ReadOptions = {}, size = 7) {
  const tally = newTally();
  const records: TelemetryRecord[] = [];
  for await (const batch of readTelemetry(inParts(Buffer.from(file), size), { now: NOW, tally, ...options })) records.push(...batch);
  return { records, tally, ids: records.map(({ id }) => id), skipped: Object.fromEntries(tally.skipped) };
}

const lines = (...values: readonly object[]) => values.map((value) => JSON.stringify(value)).join('\n');

test('reads JSON Lines with blank lines, either kind of newline, and none at the end', async () => {
  const file = `\n${JSON.stringify(line())}\r\n  \n${JSON.stringify(line({ id: 'b' }))}`;
  const { ids, tally } = await read(file);
  expect(ids).toEqual(['a', 'b']);
  expect(tally).toMatchObject({ read: 2, taken: 2, problems: [] });
});

test.each([
  ['gzip', (text: string) => gzipSync(text)],
  ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, little end first', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, big end first', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
  ['gzip of UTF-16', (text: string) => gzipSync(Buffer.from(`\uFEFF${text}`, 'utf16le'))],
])('reads %s', async (_, encode) => {
  const { records } = await read(encode(lines(line({ tenant: 'Zürich 🚋' }), line({ id: 'b' }))));
  expect(records.map(({ id, tenant }) => [id, tenant])).toEqual([
    ['a', 'Zürich 🚋'],
    ['b', undefined],
  ]);
});

test('names each bad line by number, reason and field, and takes the rest', async () => {
  const bad = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]);
  const file = Buffer.concat([
    Buffer.from(`${lines(line(), line({ id: undefined }), line({ id: 'c', cost_usd: -1 }))}\nnoise\n`),
    bad,
    Buffer.from(`[1]\n${JSON.stringify(line({ id: 'g' }))}\n{"id":"h","ended_`),
  ]);
  const { ids, tally } = await read(file);
  expect(ids).toEqual(['a', 'g']);
  expect(tally.problems).toEqual([
    { row: 2, skipped: 'missing', field: 'id' },
    { row: 3, skipped: 'out-of-range', field: 'cost_usd' },
    { row: 4, skipped: 'not-json' },
    { row: 5, skipped: 'bad-bytes' },
    { row: 6, skipped: 'not-an-object' },
    { row: 8, skipped: 'cut-off' },
  ]);
  expect(tally).toMatchObject({ read: 8, taken: 2 });
});

test('names twenty problems and counts the others', async () => {
  const { tally, skipped } = await read(Array.from({ length: 50 }, () => '{}').join('\n'), { format: formatNamed('jsonl') });
  expect(tally.problems).toHaveLength(20);
  expect(skipped).toEqual({ missing: 50 });
});

test.each([
  ['ended_at', { ended_at: '2026-11-20T12:06:00Z' }, 'in-the-future'],
  ['ended_at', { ended_at: 'yesterday' }, 'wrong-type'],
  ['ended_at', { ended_at: 1_000 }, 'out-of-range'],
  ['model', { model: 7 }, 'wrong-type'],
  ['model', { model: 'a\u001b[31m' }, 'out-of-range'],
  ['score', { score: 1.01 }, 'out-of-range'],
  ['score', { score: '0.5' }, 'wrong-type'],
  ['propensity', { propensity: 0 }, 'out-of-range'],
  ['rating', { rating: 6 }, 'out-of-range'],
  ['cost_usd', { cost_usd: 'NaN' }, 'wrong-type'],
  ['input_tokens', { input_tokens: 1.5 }, 'wrong-type'],
  ['cached_input_tokens', { input_tokens: 5, cached_input_tokens: 6 }, 'out-of-range'],
  ['calls', { calls: 0 }, 'out-of-range'],
  ['outcome', { outcome: 'won' }, 'unknown-value'],
  ['capabilities', { capabilities: ['flying'] }, 'unknown-value'],
  ['class', { class: '' }, 'out-of-range'],
])('skips a line with a bad %s: %j', async (field, over, reason) => {
  const { tally, ids } = await read(lines(line(over), line({ id: 'fine' })));
  expect(tally.problems).toEqual([{ row: 1, skipped: reason, field }]);
  expect(ids).toEqual(['fine']);
});

test('takes a clock that is a little ahead for now', async () => {
  const { records } = await read(lines(line({ ended_at: '2026-11-20T12:04:00Z' })));
  expect(records[0]?.endedAt).toBe(NOW);
});

test.each(['api_key', 'x-api-key', 'accessToken', 'Authorization', 'db_password', 'client_secret', 'token', 'session_token'])(
  'refuses a line with a field %s by the name of the field, and never tells its value',
  async (name) => {
    const { tally, ids } = await read(lines(line({ [name]: 'correct horse battery' }), line({ id: 'b' })));
    expect(tally.problems).toEqual([{ row: 1, skipped: 'secret-looking', field: name }]);
    expect(ids).toEqual(['b']);
    expect(JSON.stringify([...tally.unknownFields, tally.problems])).not.toContain('horse');
  },
);

test.each(['sk-proj-abcdefghijklmnop', 'AKIAIOSFODNN7EXAMPLE', 'Bearer abcdef0123456789', 'ghp_abcdefghijklmnopqrstuvwxyz0123'])(
  'refuses a line in which a field holds what looks like a key: %s',
  async (key) => {
    const { tally } = await read(lines(line({ tenant: key })));
    expect(tally.problems).toEqual([{ row: 1, skipped: 'secret-looking', field: 'tenant' }]);
    expect(JSON.stringify(tally.problems)).not.toContain(key);
  },
);

test('takes names of counts for what they are', async () => {
  const { ids } = await read(lines(line({ total_tokens: 5, time_to_first_token: 1, cache_key: 'x', token_count: 3 })));
  expect(ids).toEqual(['a']);
});

test('counts fields that it does not know, and takes the line', async () => {
  const { tally } = await read(lines(line({ colour: 'red' }), line({ id: 'b', colour: 1, size: 2 })));
  expect([...tally.unknownFields]).toEqual([
    ['colour', 2],
    ['size', 1],
  ]);
  expect(tally.taken).toBe(2);
});

test('hands prompts on only when it is asked to', async () => {
  const file = lines(line({ prompt: 'Fix the bug' }));
  expect((await read(file)).records[0]).not.toHaveProperty('prompt');
  expect((await read(file, { withPrompts: true })).records[0]).toHaveProperty('prompt', 'Fix the bug');
});

test('lets the first of several records with an id count, where it is asked to look', async () => {
  const file = lines(line({ score: 1 }), line({ score: 0 }), line({ id: 'b' }));
  const { records, skipped, tally } = await read(file, { seen: createSeenIds() });
  expect(records.map(({ id, score }) => [id, score])).toEqual([
    ['a', 1],
    ['b', undefined],
  ]);
  expect(skipped).toEqual({ duplicate: 1 });
  expect(tally.problems).toEqual([]);
});

test('remembers a hundred thousand ids, and mistakes none for another', () => {
  const seen = createSeenIds();
  const ids = Array.from({ length: 100_000 }, (_, index) => `task-${index}`);
  expect(ids.every((id) => seen.add(id))).toBe(true);
  expect(ids.some((id) => seen.add(id))).toBe(false);
});

test('passes over the rows that were taken before, with the same numbers for the rest', async () => {
  const file = lines(line(), line({ id: 'b' }), line({ id: 'c', score: 2 }));
  const { ids, tally } = await read(file, { skipRows: 1, format: formatNamed('jsonl') });
  expect(ids).toEqual(['b']);
  expect(tally.problems).toEqual([{ row: 3, skipped: 'out-of-range', field: 'score' }]);
});

describe('JSON that is not on lines', () => {
  const shapes: readonly (readonly [string, (values: readonly object[]) => string])[] = [
    ['an array', (values) => JSON.stringify(values)],
    ['an array on many lines', (values) => JSON.stringify(values, null, 2)],
    ['an array on each line', (values) => values.map((value) => JSON.stringify([value])).join('\n')],
    ['a page of an API', (values) => JSON.stringify({ meta: { data: 1, list: ['}'] }, data: values, total: 2 }, null, 2)],
    ['objects on many lines each', (values) => values.map((value) => JSON.stringify(value, null, 2)).join('\n')],
  ];
  test.each(shapes)('reads %s', async (_, print) => {
    const values = [line({ tenant: 'a "quoted" \\ {name}, [x]' }), line({ id: 'b', capabilities: ['tools'] })];
    const { ids, tally } = await read(print(values), { format: formatNamed('jsonl') });
    expect([ids, tally.problems]).toEqual([['a', 'b'], []]);
  });

  test('names the element that is cut off, and what is no object', async () => {
    const { ids, tally } = await read(`[${JSON.stringify(line())}, 5, "x", null, {"id": "b", "ended`, {});
    expect(ids).toEqual(['a']);
    expect(tally.problems).toEqual([
      { row: 2, skipped: 'not-an-object' },
      { row: 3, skipped: 'not-an-object' },
      { row: 4, skipped: 'not-an-object' },
      { row: 5, skipped: 'cut-off' },
    ]);
  });

  test('finds the same elements however the file is cut into parts', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.object(), { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), fc.nat(2), async (extra, size, indent) => {
        const values = extra.map((each, index) => line({ ...each, ...line({ id: String(index) }), data: undefined }));
        const file = JSON.stringify(values, null, indent);
        const { tally } = await read(file, { format: formatNamed('jsonl') }, size);
        expect(tally.read).toBe(values.length);
      }),
    ));
});

test('says of a file that it is compressed in another way, cut off in gzip, or of no known format', async () => {
  await expect(read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]))).rejects.toThrow(/gzip/);
  const packed = gzipSync(lines(...Array.from({ length: 999 }, (_, index) => line({ id: String(index) }))));
  await expect(read(packed.subarray(0, packed.length - 20))).rejects.toMatchObject({ code: 'bad_input' });
  await expect(read('{"colour":"red"}')).rejects.toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining('docs/telemetry.md'),
  });
});

test('gives nothing for an empty file', async () => {
  expect((await read('')).tally.read).toBe(0);
  expect((await read('\n\n')).tally.read).toBe(0);
});
