import * as fc from 'fast-check';
import { hashPair, hashWord, NUMBER_WORD } from '../../../routing/task/word-hash';
import { indexTerms } from '../../../routing/task/word-index';
import { HEAD_CHARS, read, TAIL_CHARS } from '../../../routing/task/words';

const wordsOf = (text: string): number[] => {
  const { words, keptWords } = read(text);
  return Array.from(words.subarray(0, keptWords));
};

test('words are heard in their order, whatever their case, with numbers alike', () => {
  expect(wordsOf('Fix the LOGIN, 42 times')).toEqual([hashWord('fix'), hashWord('the'), hashWord('login'), NUMBER_WORD, hashWord('times')]);
});

test('what a text is shaped like is counted', () => {
  expect(read('Which one?\nA. red\nB. blue\n(C) green')).toMatchObject({
    optionLines: 3,
    questionMarks: 1,
    endsWithQuestion: false,
    lineCount: 4,
  });
  expect(read('```js\nconst a = f(1);\n```')).toMatchObject({ codeFences: 2, codeLines: 1 });
  expect(read('Is it so?\n\n')).toMatchObject({ endsWithQuestion: true, endsAsSentence: true });
  expect(read('Bump a from 1.25.4 to v2')).toMatchObject({ versions: 2 });
  expect(read('1. eggs\n2) milk\n- bread\n* salt')).toMatchObject({ listItems: 4 });
  expect(read('call my_name and otherName and run()')).toMatchObject({ identifiers: 3 });
  expect(read('In Paris I met Anna')).toMatchObject({ nameCount: 3 });
  expect(read('Dear {{name}}, {{greeting}}')).toMatchObject({ placeholders: 2 });
  expect(read('write 500 words').numbers.get(1)).toBe(500);
});

test('a long text is read at its beginning and its end', () => {
  const text = `first ${'x '.repeat(HEAD_CHARS)}${'y '.repeat(TAIL_CHARS)}last`;
  const words = wordsOf(text);
  expect(words[0]).toBe(hashWord('first'));
  expect(words.at(-1)).not.toBe(hashWord('x'));
  expect(words.length).toBeLessThan(HEAD_CHARS + TAIL_CHARS);
});

test('an index finds what it was given and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { maxLength: 200 }), fc.integer(), (hashes, other) => {
      const find = indexTerms(hashes);
      hashes.forEach((hash, term) => {
        expect(find(hash)).toBe(term);
      });
      if (!hashes.includes(other)) expect(find(other)).toBe(-1);
    }),
  );
});

test('a pair of words is not the pair the other way round', () => {
  expect(hashPair(hashWord('act'), hashWord('as'))).not.toBe(hashPair(hashWord('as'), hashWord('act')));
});
