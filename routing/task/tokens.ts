/**
 * Estimates how many tokens a text is, without any provider's tokenizer.
 *
 * Byte-pair encoders of current models agree on the large features: a common Latin word with the space before it is one
 * token, longer words are cut into pieces of four to five letters, digits go by threes, punctuation stands for itself,
 * a run of white space is one token, and scripts beyond Latin take about a token per character (Chinese, Japanese,
 * Korean) or per two to three characters (others). Counting these needs one pass and no memory.
 */

const SPACE = 1;
const NEWLINE = 2;
const DIGIT = 3;
const LETTER = 4;
const MARK = 5;

const KINDS = new Uint8Array(128).fill(MARK);
for (const code of [9, 32]) KINDS[code] = SPACE;
for (const code of [10, 11, 12, 13]) KINDS[code] = NEWLINE;
for (let code = 48; code <= 57; code++) KINDS[code] = DIGIT;
for (let code = 65; code <= 90; code++) KINDS[code] = KINDS[code + 32] = LETTER;

/** Letters of a Latin word that one token holds, and what each further group of letters adds: long words are often whole too. */
const LETTERS_IN_FIRST_TOKEN = 7;
const LETTERS_PER_FURTHER_TOKEN = 4;
const FURTHER_TOKENS = 0.6;
const DIGITS_PER_TOKEN = 3;
const SPACES_PER_TOKEN = 16;
const LINE_BREAKS_PER_TOKEN = 4;
const MARKS_PER_TOKEN = 2;
/** Tokens per UTF-16 unit: an emoji is two units and about two to three tokens. */
const PER_IDEOGRAPH = 1;
const PER_SURROGATE = 1.2;
const PER_OTHER_LETTER = 0.45;

/**
 * Estimated tokens of a text, an integer ≥ 1. Takes time proportional to the text's length, and no memory.
 */
export function estimateTokens(text: string): number {
  const end = text.length;
  let tokens = 0;
  let at = 0;
  while (at < end) {
    const start = at;
    const code = text.charCodeAt(at++);
    if (isLetter(code)) {
      while (at < end && isLetter(text.charCodeAt(at))) at++;
      const length = at - start;
      tokens += length <= LETTERS_IN_FIRST_TOKEN ? 1 : tokensOfLongWord(length);
      // The space after a word belongs to the next one, and is most often single.
      if (at + 1 < end && text.charCodeAt(at) === 32 && text.charCodeAt(at + 1) !== 32) at++;
      continue;
    }
    if (code >= 128) {
      tokens += tokensBeyondAscii(code);
      continue;
    }
    const kind = KINDS[code]!;
    while (at < end) {
      const next = text.charCodeAt(at);
      if (next >= 128 || KINDS[next] !== kind) break;
      at++;
    }
    tokens += tokensOfRun(kind, at - start);
  }
  return Math.max(1, Math.round(tokens));
}

function tokensOfLongWord(length: number): number {
  return 1 + FURTHER_TOKENS * Math.ceil((length - LETTERS_IN_FIRST_TOKEN) / LETTERS_PER_FURTHER_TOKEN);
}

/** Tokens of a run of characters of one kind other than letters. */
function tokensOfRun(kind: number, length: number): number {
  if (kind === DIGIT) return Math.ceil(length / DIGITS_PER_TOKEN);
  // A single space belongs to what follows; a longer run is a token of its own, up to some length.
  if (kind === SPACE) return length === 1 ? 0 : Math.ceil(length / SPACES_PER_TOKEN);
  if (kind === NEWLINE) return Math.ceil(length / LINE_BREAKS_PER_TOKEN);
  // Pairs such as "()", "=>" and "//" are one token.
  return Math.ceil(length / MARKS_PER_TOKEN);
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

function tokensBeyondAscii(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return PER_SURROGATE;
  if ((code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7af) || (code >= 0xf900 && code <= 0xfaff)) return PER_IDEOGRAPH;
  if (code >= 0x2000 && code <= 0x2bff) return 1;
  return PER_OTHER_LETTER;
}
