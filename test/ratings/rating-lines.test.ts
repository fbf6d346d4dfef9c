/** Ratings in JSON Lines: what is read, what is refused, and that what is written reads as the same. */

import { Readable } from 'node:stream';
import fc from 'fast-check';
import { parseRatingLines, ratingLineOf } from '../../client/ratings/rating-lines';
import { readLines } from '../../client/ratings/read-lines';
import type { FiledRating, IncomingRating } from '../../db/queries/ratings-import';
import { CAPABILITY_TIERS } from '../../routing/catalogue';

async function all<T>(parts: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const part of parts) found.push(...part);
  return found;
}

async function parse(...lines: readonly string[]): Promise<IncomingRating[]> {
  return all(parseRatingLines(Readable.from([lines]), 'The file'));
}

const LINE = {
  timestamp: '2026-11-20T09:30:00Z',
  provider: 'anthropic',
  model: 'claude-sonnet-5-5',
  score: 4,
  tier: 'STANDARD',
  task_hash: 'a1b2c3',
};

test('a line is read', async () => {
  expect(await parse(JSON.stringify(LINE))).toEqual([
    {
      line: 1,
      ratedAt: '2026-11-20T09:30:00Z',
      provider: 'anthropic',
      model: 'anthropic/claude-sonnet-5-5',
      score: 4,
      tier: 'STANDARD',
      taskHash: 'a1b2c3',
    },
  ]);
});

test.each([
  ['a model with its provider', { model: 'anthropic/claude-sonnet-5-5' }, { model: 'anthropic/claude-sonnet-5-5' }],
  ['no model', { model: undefined }, { model: null }],
  ['a model that is null', { model: null }, { model: null }],
  ['a tier by the name of its complexity', { tier: 'critical' }, { tier: 'REASONING' }],
  ['a time without a zone, in UTC', { timestamp: '2026-11-20 09:30' }, { ratedAt: '2026-11-20 09:30Z' }],
  ['a time of another zone', { timestamp: '2026-11-20T09:30:00.123456+01:00' }, { ratedAt: '2026-11-20T09:30:00.123456+01:00' }],
  ['no hash', { task_hash: undefined }, { taskHash: null }],
  ['a key that nobody knows', { comment: 'x' }, { score: 4 }],
])('a line may have %s', async (_, change, read) => {
  expect(await parse(JSON.stringify({ ...LINE, ...change }))).toEqual([expect.objectContaining(read)]);
});

test.each([
  ['{', 'this is not JSON'],
  ['[]', 'this is not an object'],
  ['null', 'this is not an object'],
  [JSON.stringify({ ...LINE, score: 6 }), 'score must be a number from 1 to 5'],
  [JSON.stringify({ ...LINE, score: '4' }), 'score must be a number from 1 to 5'],
  [JSON.stringify({ ...LINE, score: null }), 'score must be a number from 1 to 5'],
  [JSON.stringify({ ...LINE, timestamp: 'yesterday' }), 'timestamp must be an instant'],
  [JSON.stringify({ ...LINE, timestamp: '2026-13-01T00:00:00Z' }), 'timestamp must be an instant'],
  [JSON.stringify({ ...LINE, timestamp: '1970-01-01T00:00:00Z' }), 'timestamp must be an instant'],
  [JSON.stringify({ ...LINE, tier: 'HUGE' }), 'tier must be one of'],
  [JSON.stringify({ ...LINE, provider: undefined }), 'provider is missing'],
  [JSON.stringify({ ...LINE, provider: 'a\0b' }), 'provider is not what it may be'],
  [JSON.stringify({ ...LINE, task_hash: 'xyz' }), 'task_hash must be hexadecimal'],
])('%s is refused: %s', async (line, says) => {
  await expect(parse(JSON.stringify(LINE), '', line)).rejects.toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining(`The file has 1 wrong line; nothing was imported.\nline 3: ${says}`),
  });
});

test('of many wrong lines, twenty are told and the others counted', async () => {
  await expect(parse(...Array.from({ length: 30 }, () => '{'))).rejects.toMatchObject({
    message: expect.stringMatching(/^The file has 30 wrong lines(.|\n)*line 20: .*\n… and 10 more$/),
  });
});

test('what is written reads as the same', async () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '/', '.', '-', 'é') });
  const rating: fc.Arbitrary<FiledRating> = fc.record({
    ratedAt: fc.date({ min: new Date('2016-01-01'), max: new Date('2026-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
    provider: word.filter((text) => !text.includes('/')),
    model: fc.option(word),
    score: fc.double({ min: 1, max: 5, noNaN: true }),
    tier: fc.constantFrom(...CAPABILITY_TIERS),
    taskHash: fc.option(fc.constant('0a1b2c')),
  });
  await fc.assert(
    fc.asyncProperty(rating, async ({ model, ...rest }) => {
      const written = { ...rest, model: model === null ? null : `${rest.provider}/${model}` };
      expect(await parse(ratingLineOf(written))).toEqual([{ line: 1, ...written }]);
    }),
  );
});

describe('lines of a stream', () => {
  test('are the same however it is cut', async () => {
    const text = 'one\ntwo ünd\n\nthree';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 25 })), async (cuts) => {
        const bytes = Buffer.from(text);
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
        expect(await all(readLines(() => Readable.from(chunks), 'It'))).toEqual(['one', 'two ünd', '', 'three']);
      }),
    );
  });

  test('that never end are refused before they fill the memory', async () => {
    function* endless() {
      for (;;) yield Buffer.alloc(16_384, 'x');
    }
    await expect(all(readLines(() => Readable.from(endless()), 'It'))).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringContaining('It has a line of more than 65536 characters'),
    });
  });
});
