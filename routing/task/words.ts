/**
 * Reads a text once and says which words it has and what shape it is in.
 *
 * Classification must be fast and safe on any text, so nothing here backtracks and no word is copied out: a word is
 * known by its hash. It is one loop, since a second one over the same characters would double the time.
 */

import { extendHash, HASH_SEED, NUMBER_WORD } from './word-hash';

/** A long text is judged by its beginning and its end, where people say what they want. */
export const HEAD_CHARS = 700;
export const TAIL_CHARS = 200;

/** More numbers than this say nothing more about what is asked for. */
const MAX_NUMBERS = 32;

/** Words beyond these are counted and not kept (a typed array ignores what is written past its end); prose has about 180 in the windows. */
const MAX_WORDS = 400;

/** What was seen while reading. Counts are of the part that was read. */
export interface Reading {
  /** Hashes of the words in their order, see word-hash.ts; the first `keptWords` entries are valid. */
  readonly words: Int32Array;
  readonly keptWords: number;
  readonly wordCount: number;
  /** How many of the words belong to the first sentence. */
  readonly firstSentenceWords: number;
  readonly sentenceCount: number;
  readonly lineCount: number;
  /** Words that begin with a capital within a sentence, as names do. */
  readonly nameCount: number;
  readonly numberCount: number;
  /** Whole numbers of at most six digits by the place of their word, at most MAX_NUMBERS of them. */
  readonly numbers: ReadonlyMap<number, number>;
  readonly commaCount: number;
  readonly questionMarks: number;
  /** Lines that begin as an item of a list: "1.", "2)", "-" or "*". */
  readonly listItems: number;
  /** Lines that begin as an answer to choose from: "A.", "(B)", "C)". */
  readonly optionLines: number;
  /** Lines that begin with "#". */
  readonly headings: number;
  /** Lines that end as code does, with "{", "}" or ";", or begin with ">>>" or "@@". */
  readonly codeLines: number;
  /** Fences of three back quotes; an opening and a closing one count as two. */
  readonly codeFences: number;
  /** Names as programs write them: with an underscore, or with upper case after lower case, or followed by "(". */
  readonly identifiers: number;
  /** Version numbers of three parts, such as "1.25.4", and words such as "v2". */
  readonly versions: number;
  /** Marks of mathematics: "$", "^", "\" and "=". */
  readonly mathMarks: number;
  /** Blanks to be filled in: "${" and "{{". */
  readonly placeholders: number;
  readonly startsLowerCase: boolean;
  readonly endsWithQuestion: boolean;
  /** The text ends as a sentence does, with ".", "!" or "?". */
  readonly endsAsSentence: boolean;
}

const SPACE = 1;
const NEWLINE = 2;
const DIGIT = 3;
const LOWER = 4;
const UPPER = 5;
const UNDERSCORE = 6;
const BEYOND_ASCII = 7;

/** Kind of each ASCII character by its code; 0 for punctuation and control characters. */
const KINDS = new Uint8Array(128);
for (const code of [9, 11, 12, 32]) KINDS[code] = SPACE;
for (const code of [10, 13]) KINDS[code] = NEWLINE;
for (let code = 48; code <= 57; code++) KINDS[code] = DIGIT;
for (let code = 97; code <= 122; code++) KINDS[code] = LOWER;
for (let code = 65; code <= 90; code++) KINDS[code] = UPPER;
KINDS[95] = UNDERSCORE;

/** Characters that mean something, by their code. */
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;
const EXCLAMATION = 33;
const HASH_SIGN = 35;
const DOLLAR = 36;
const OPENING_PAREN = 40;
const CLOSING_PAREN = 41;
const ASTERISK = 42;
const COMMA = 44;
const HYPHEN = 45;
const DOT = 46;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
const QUESTION = 63;
const AT_SIGN = 64;
const BACKSLASH = 92;
const CARET = 94;
const BACK_QUOTE = 96;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;
/** Stand for any digit and any letter, where only that matters. */
const ANY_DIGIT = 48;
const ANY_LETTER = 97;

function kindOf(code: number): number {
  if (code < 128) return KINDS[code]!;
  // General punctuation and CJK punctuation part words; the rest of Unicode, unpaired surrogates included, makes them.
  return (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f) || code === 0xa0 ? 0 : BEYOND_ASCII;
}

/**
 * Reads a text, or the first HEAD_CHARS and the last TAIL_CHARS of a longer one. Takes time proportional to what is
 * read and throws on no string.
 */
export function read(text: string): Reading {
  const length = text.length;
  // Both windows are read in one go; the step from one to the other is a line break.
  let end = length <= HEAD_CHARS + TAIL_CHARS ? length : HEAD_CHARS;
  const words = new Int32Array(Math.min(length, MAX_WORDS));
  let wordCount = 0;
  let firstSentenceWords = -1;
  let sentenceCount = 0;
  let lineCount = 1;
  let nameCount = 0;
  let numberCount = 0;
  const numbers = new Map<number, number>();
  let commaCount = 0;
  let questionMarks = 0;
  let listItems = 0;
  let optionLines = 0;
  let headings = 0;
  let codeLines = 0;
  let codeFences = 0;
  let identifiers = 0;
  let versions = 0;
  let mathMarks = 0;
  let placeholders = 0;
  /** Nothing but white space and opening brackets has been seen on this line. */
  let atLineStart = true;
  /** The last character but white space: of this line, 0 where it has none yet, and of the lines before. */
  let lastOnLine = 0;
  let lastBefore = 0;
  let firstVisible = 0;

  let at = 0;
  for (;;) {
    if (at >= end && end < length) {
      at = length - TAIL_CHARS;
      end = length;
      lineCount++;
      lastOnLine = 0;
      atLineStart = true;
    }
    if (at >= end) break;
    const code = text.charCodeAt(at);
    const kind = kindOf(code);
    if (kind === SPACE) {
      at++;
      continue;
    }
    if (kind === NEWLINE) {
      if (endsAsCode(lastOnLine)) codeLines++;
      if (firstSentenceWords < 0 && wordCount > 0) firstSentenceWords = wordCount;
      lineCount++;
      if (lastOnLine !== 0) lastBefore = lastOnLine;
      lastOnLine = 0;
      atLineStart = true;
      at++;
      continue;
    }
    if (firstVisible === 0) firstVisible = code;
    if (kind === DIGIT) {
      const start = at;
      let parts = 1;
      let value = code - 48;
      at++;
      while (at < end) {
        const next = text.charCodeAt(at);
        if (next >= 48 && next <= 57) {
          value = value * 10 + next - 48;
          at++;
        } else if (next === DOT && isDigit(text, at + 1)) {
          parts++;
          at++;
        } else break;
      }
      if (parts >= 3) versions++;
      if (atLineStart && isListMark(text, at)) listItems++;
      if (parts === 1 && at - start <= 6 && numbers.size < MAX_NUMBERS) numbers.set(wordCount, value);
      words[wordCount++] = NUMBER_WORD;
      numberCount++;
      atLineStart = false;
      lastOnLine = ANY_DIGIT;
      continue;
    }
    if (kind >= LOWER) {
      const start = at;
      let hash = HASH_SEED;
      let afterLower = false;
      let isIdentifier = false;
      while (at < end) {
        let unit = text.charCodeAt(at);
        if (unit >= 97 && unit <= 122) afterLower = true;
        else {
          const current = kindOf(unit);
          if (current < DIGIT) break;
          if (current === UPPER) {
            if (afterLower) isIdentifier = true;
            unit += 32;
          } else if (current === UNDERSCORE && at > start) isIdentifier = true;
          afterLower = false;
        }
        hash = extendHash(hash, unit);
        at++;
      }
      const next = at < end ? text.charCodeAt(at) : 0;
      if (kind === UPPER && (lastOnLine === ANY_LETTER || lastOnLine === COMMA)) nameCount++;
      if (isIdentifier || next === OPENING_PAREN) identifiers++;
      if (at - start === 1 && atLineStart && kind === UPPER && isListMark(text, at)) optionLines++;
      if ((code === 118 || code === 86) && at - start > 1 && isDigit(text, start + 1)) versions++;
      words[wordCount++] = hash;
      atLineStart = false;
      lastOnLine = ANY_LETTER;
      continue;
    }
    // Punctuation
    const next = at + 1 < end ? text.charCodeAt(at + 1) : BLANK;
    switch (code) {
      case DOT:
      case EXCLAMATION:
      case QUESTION:
        if (code === QUESTION) questionMarks++;
        if (next === BLANK || next === LINE_FEED || next === CARRIAGE_RETURN) {
          sentenceCount++;
          if (firstSentenceWords < 0 && wordCount > 0) firstSentenceWords = wordCount;
        }
        break;
      case COMMA:
        commaCount++;
        break;
      case BACK_QUOTE:
        if (next === BACK_QUOTE && at + 2 < end && text.charCodeAt(at + 2) === BACK_QUOTE) {
          codeFences++;
          at += 2;
        }
        break;
      case DOLLAR:
        if (next === OPENING_BRACE) placeholders++;
        else mathMarks++;
        break;
      case OPENING_BRACE:
        if (next === OPENING_BRACE) placeholders++;
        break;
      case BACKSLASH:
      case CARET:
      case EQUALS:
        mathMarks++;
        break;
      default:
        if (atLineStart) {
          if (code === HASH_SIGN) headings++;
          else if ((code === ASTERISK || code === HYPHEN) && next === BLANK) listItems++;
          else if ((code === GREATER && next === GREATER) || (code === AT_SIGN && next === AT_SIGN)) codeLines++;
        }
    }
    if (code !== OPENING_PAREN) atLineStart = false;
    lastOnLine = code;
    at++;
  }
  if (endsAsCode(lastOnLine)) codeLines++;
  const last = lastOnLine === 0 ? lastBefore : lastOnLine;
  return {
    words,
    keptWords: Math.min(wordCount, MAX_WORDS),
    wordCount,
    firstSentenceWords: firstSentenceWords < 0 ? wordCount : firstSentenceWords,
    sentenceCount,
    lineCount,
    nameCount,
    numberCount,
    numbers,
    commaCount,
    questionMarks,
    listItems,
    optionLines,
    headings,
    codeLines,
    codeFences,
    identifiers,
    versions,
    mathMarks,
    placeholders,
    startsLowerCase: firstVisible >= 97 && firstVisible <= 122,
    endsWithQuestion: last === QUESTION,
    endsAsSentence: last === DOT || last === EXCLAMATION || last === QUESTION,
  };
}

function endsAsCode(lastOnLine: number): boolean {
  return lastOnLine === OPENING_BRACE || lastOnLine === CLOSING_BRACE || lastOnLine === SEMICOLON;
}

function isDigit(text: string, at: number): boolean {
  const code = at < text.length ? text.charCodeAt(at) : 0;
  return code >= 48 && code <= 57;
}

/** Whether "." or ")" and then white space stand at this place, as after the number of an item. */
function isListMark(text: string, at: number): boolean {
  if (at + 1 >= text.length) return false;
  const mark = text.charCodeAt(at);
  if (mark !== DOT && mark !== CLOSING_PAREN && mark !== COLON) return false;
  const next = text.charCodeAt(at + 1);
  return next === BLANK || next === 9 || next === LINE_FEED;
}
